import {
  defaultSerdes,
  type GuardedStep,
  type RetryStrategy,
  retryPresets,
  type Serdes,
  type StepContext,
  type StepIdempotency,
} from '@middy-durable/core';
import { type CurrentExecution, currentExecution } from '@middy-durable/core/middleware';
import { parseOwner } from '../claims/owner.ts';
import { pauseAfter } from '../claims/polling.ts';
import type { OutputSerializer } from '../claims/result-codec.ts';
import {
  IdempotencyAlreadyCompletedError,
  IdempotencyAlreadyFailedError,
  IdempotencyAlreadyInProgressError,
  IdempotencyConflictError,
  IdempotencyOwnershipLostError,
  IdempotencyPersistenceLayerError,
  IdempotencyPromiseError,
  IdempotencyResultError,
  IdempotencyValidationError,
} from '../errors.ts';
import { executionHolder } from '../execution-holder.ts';
import type { Holder, Idempotency } from '../idempotency.ts';
import { keyDigest } from '../key/key-digest.ts';
import type { RecordKey } from '../key/record-key.ts';
import type { ErrorPolicy } from '../options.ts';
import type { StoredRecord } from '../persistence/record.ts';
import { waitUntilFree } from '../wait-until-free.ts';
import { markingSerdes } from './marking-serdes.ts';

/** Makes steps happen once per key. @param keyOf asked in each invocation */
export function guardOf(idempotency: Idempotency, keyOf: () => RecordKey | undefined): StepIdempotency {
  return {
    async perform<T>(step: GuardedStep<T>): Promise<T> {
      const { context, name, fn, config } = step;
      const key = idempotency.config.isEnabled() ? keyOf() : undefined;
      if (!key) return context.step(name, fn, config);
      const execution = currentExecution();
      if (!execution) throw unguarded(name);
      return new StepOnce(idempotency, step, holderOf(idempotency, execution, step, key)).run();
    },
  };
}

function holderOf<T>(
  { options }: Idempotency,
  execution: CurrentExecution,
  { id, config }: GuardedStep<T>,
  key: RecordKey,
): Holder {
  const holder = executionHolder(execution, key, options, id);
  // What other executions read is what this one has on record.
  const isDefault = (config.serdes as unknown) === defaultSerdes;
  return isDefault ? holder : { ...holder, serializer: config.serdes as OutputSerializer };
}

/** No step runs that is meant to be guarded and is not. */
export function unguarded(name: string | undefined): IdempotencyPromiseError {
  return new IdempotencyPromiseError(
    `Step ${name ?? 'without a name'} is to be idempotent, and its context is of another engine than @middy-durable/core (or of ` +
      'another copy of that package), so this promise is lost: its effect happens once. Make the handler durable with ' +
      'withDurableExecution or durableExecution of @middy-durable/core.',
  );
}

/**
 * One guarded step: a step whose body claims the key, performs the effect and records the result. The claim is the step's, from
 * its first attempt until it has ended, so nobody gets in between two attempts.
 */
class StepOnce<T> {
  readonly #idempotency: Idempotency;
  readonly #step: GuardedStep<T>;
  readonly #holder: Holder;
  /** Errors that say that the effect is not for this step: no further attempt changes that. */
  readonly #refusals = new WeakSet<object>();

  constructor(idempotency: Idempotency, step: GuardedStep<T>, holder: Holder) {
    this.#idempotency = idempotency;
    this.#step = step;
    this.#holder = holder;
  }

  async run(): Promise<T> {
    for (;;) {
      const { serdes, marked } = markingSerdes(this.#step.config.serdes);
      let result: T;
      try {
        result = await this.#attempts(serdes, marked.set);
      } catch (error) {
        if (this.#isRefusal(error)) {
          if (!this.#isToWait(error)) throw error;
          await waitUntilFree(this.#step.context, this.#nameOf('owner'), this.#idempotency, this.#holder);
          continue;
        }
        await this.#fail(error);
        throw error;
      }
      // The result is durable here, and the store has not got it yet.
      if (marked.isSet()) await this.#after('record', () => this.#idempotency.complete(this.#holder, result));
      return result;
    }
  }

  #attempts(serdes: Serdes<T>, markUnrecorded: () => void): Promise<T> {
    const { context, name, config } = this.#step;
    const { retryStrategy = retryPresets.default } = config;
    const asking: RetryStrategy = (error, attempt) =>
      this.#refusals.has(error) || error instanceof IdempotencyResultError
        ? { shouldRetry: false }
        : retryStrategy(error, attempt);
    return context.step(name, (body) => this.#body(body, markUnrecorded), { ...config, serdes, retryStrategy: asking });
  }

  async #body(body: StepContext, markUnrecorded: () => void): Promise<T> {
    const claimed = await this.#idempotency.claim(this.#holder).catch((error: unknown) => {
      if (error instanceof IdempotencyConflictError) this.#refusals.add(error);
      throw error;
    });
    if (claimed.kind === 'taken') return this.#taken(claimed.record);
    currentExecution()?.adoptIdempotencyKey(keyDigest(this.#holder.key));
    const value = await this.#step.fn(body);
    try {
      const { record, isAnother } = await this.#idempotency.complete(this.#holder, value);
      if (!isAnother || record.status !== 'COMPLETED') return value;
      return (await this.#idempotency.valueOf(record, this.#holder)) as T;
    } catch (error) {
      if (error instanceof IdempotencyOwnershipLostError) this.#refusals.add(error);
      if (!(error instanceof IdempotencyPersistenceLayerError)) throw error;
      // It has happened: its result is kept in this execution, and goes to the store from there.
      markUnrecorded();
      return value;
    }
  }

  async #taken(record: StoredRecord): Promise<T> {
    const { onConflict = 'wait' } = this.#idempotency.options;
    const verdict = this.#idempotency.verdict(record, this.#holder, onConflict);
    if (verdict.kind === 'value') return (await this.#idempotency.valueOf(verdict.record, this.#holder)) as T;
    const error = this.#isHeldByItself(record) ? selfConflict(record) : verdict.error;
    this.#refusals.add(error);
    throw error;
  }

  /** By the execution as a whole, which can't end before this step has. */
  #isHeldByItself({ status, owner }: StoredRecord): boolean {
    const execution = parseOwner(owner);
    return status === 'INPROGRESS' && execution?.arn === this.#holder.arn && execution.step === undefined;
  }

  /** As it is on record: the key belongs to somebody else. */
  #isRefusal(error: unknown): boolean {
    const { name, message } = causeOf(error);
    // What the body itself calls may be refused, too, for another key.
    const { key } = this.#holder;
    return (
      REFUSALS.includes(String(name)) && AFTER_KEY.some((next) => message.includes(`dempotency key ${key}${next}`))
    );
  }

  #isToWait(error: unknown): boolean {
    const { onConflict = 'wait' } = this.#idempotency.options;
    return onConflict === 'wait' && causeOf(error).name === IdempotencyAlreadyInProgressError.name;
  }

  /** What becomes of the key, as a step of its own: it is done once, also when this invocation dies. */
  async #fail(error: unknown): Promise<void> {
    const { onError = 'release' } = this.#idempotency.options;
    try {
      await this.#after(onError, async () => {
        await this.#idempotency.fail(this.#holder, causeOf(error)).catch((failure: unknown) => {
          if (!(failure instanceof IdempotencyOwnershipLostError)) throw failure;
        });
      });
    } catch (failure) {
      // A claim that could not be released is free when the execution has ended. One that is to be kept would be, too.
      if (onError !== 'release') throw failure;
    }
  }

  async #after(what: ErrorPolicy | 'record', work: () => Promise<unknown>): Promise<void> {
    const body = async (): Promise<void> => void (await work());
    await this.#step.context.step(this.#nameOf(what), body, what === 'release' ? {} : { retryStrategy: untilStored });
  }

  #nameOf(what: string): string {
    return `${this.#step.name ?? 'idempotency'} ${what}`.slice(-MOST_NAME);
  }
}

const MOST_NAME = 256;

/** What has happened is recorded, however long the store can't be reached: without it the next owner would repeat it. */
const untilStored: RetryStrategy = (error, attempt) =>
  error instanceof IdempotencyPersistenceLayerError
    ? { shouldRetry: true, delay: { seconds: pauseAfter(attempt) } }
    : { shouldRetry: false };

/** What follows the key in the messages of refusals. */
const AFTER_KEY = [' is held by ', ' was used before', ' ran out, ', ', '];
const REFUSALS: readonly string[] = [
  IdempotencyAlreadyInProgressError,
  IdempotencyAlreadyCompletedError,
  IdempotencyAlreadyFailedError,
  IdempotencyValidationError,
  IdempotencyOwnershipLostError,
].map(({ name }) => name);

/** What was thrown in a step, as the step's error has it. */
function causeOf(error: unknown): Error {
  const { cause } = error as Error;
  return cause instanceof Error ? cause : (error as Error);
}

function selfConflict(record: StoredRecord): IdempotencyAlreadyFailedError {
  return new IdempotencyAlreadyFailedError(
    `Idempotency key ${record.key} is held by this very execution (idempotentExecution), which waits for this step: give the ` +
      'step a key of its own.',
    record,
    parseOwner(record.owner)?.arn,
  );
}
