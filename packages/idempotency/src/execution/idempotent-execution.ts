import {
  currentDurableContext,
  type DurableContext,
  durableChildContext,
  type ExecutionGuard,
} from '@middy-durable/core';
import { type CurrentExecution, currentExecution, type HandlerOutcome } from '@middy-durable/core/middleware';
import {
  IdempotencyConflictError,
  IdempotencyOwnershipLostError,
  IdempotencyPersistenceLayerError,
  IdempotencyResultError,
} from '../errors.ts';
import { executionHolder } from '../execution-holder.ts';
import { type Holder, Idempotency } from '../idempotency.ts';
import { keyDigest } from '../key/key-digest.ts';
import type { RecordKey } from '../key/record-key.ts';
import type { IdempotencyOptions } from '../options.ts';
import type { StoredRecord } from '../persistence/record.ts';
import { waitUntilFree } from '../wait-until-free.ts';
import { type MiddyRequest, plainHooks } from './plain-hooks.ts';
import { errorOf, type RecordedVerdict, recordedError, recordedValue } from './recorded-verdict.ts';

/** Options of {@link idempotentExecution}. */
export interface IdempotentExecutionOptions<TEvent = never> extends IdempotencyOptions {
  /** What of the event the key is made of, and what is compared. Default: the event. */
  data?: ((event: TEvent) => unknown) | undefined;
  /** The key itself, in place of one that is made of the event. It holds across functions: put a `keyPrefix` before it. */
  key?: ((event: TEvent) => string) | undefined;
}

/** A middleware for middy, and the option `idempotency` of `withDurableExecution` and `durableExecution`. */
export interface IdempotentExecution extends ExecutionGuard {
  before(request: MiddyRequest): Promise<unknown>;
  after(request: MiddyRequest): Promise<void>;
  onError(request: MiddyRequest): Promise<void>;
}

const METHOD = 'idempotentExecution';
const PROMISE = "an execution's own replays pass, nobody else's do, and its claim lasts until it has ended";

/**
 * Handles a business fact once, however many executions it starts: the first one runs the handler, later ones get its result,
 * an error, or wait for it, as `onConflict` says. The key is claimed before the handler runs, for as long as the execution
 * lives; the result is recorded when the handler and all its middlewares are done, before the execution ends.
 *
 * As a middleware it sees the event as the middlewares before it left it. In a handler that does not run durably it does the
 * same for one invocation.
 *
 * @throws TypeError, RangeError for options that can't be right; IdempotencyPromiseError for a store that can't do it
 * @example
 * const once = idempotentExecution({
 *   persistenceStore: new DynamoDBPersistenceLayer({ tableName: 'idempotency' }),
 *   config: new IdempotencyConfig({ eventKeyJmesPath: 'orderId' }),
 * });
 * export const handler = middy(processOrder, { executionMode: durableExecution() }).use(once);
 * // or: withDurableExecution(processOrder, { idempotency: once })
 */
export function idempotentExecution<TEvent = never>(options: IdempotentExecutionOptions<TEvent>): IdempotentExecution {
  const idempotency = new Idempotency(options, METHOD, PROMISE);
  const { data, key } = options;
  for (const [option, value] of Object.entries({ data, key })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`${METHOD}: option ${option} must be a function of the event`);
    }
  }
  const keyOf = (event: unknown): RecordKey | undefined => {
    if (!idempotency.config.isEnabled()) return undefined;
    return idempotency.keyOf({}, data ? data(event as TEvent) : event, key?.(event as TEvent));
  };
  const enter = async (event: unknown): Promise<{ answer: unknown } | undefined> => {
    const execution = currentExecution();
    const recordKey = keyOf(event);
    if (!execution || !recordKey) return undefined;
    return enterExecution(idempotency, execution, executionHolder(execution, recordKey, options));
  };
  const plain = plainHooks(idempotency, keyOf);
  return {
    enter: (event: unknown, _context: DurableContext) => enter(event),
    before: async function idempotentBefore(request) {
      const entered = currentExecution() ? await enter(request.event) : await plain.before(request);
      if (!entered) return undefined;
      // The member allows `undefined` as an answer.
      request.earlyResponse = entered.answer;
      return entered.answer;
    },
    after: async function idempotentAfter(request) {
      if (!currentExecution()) await plain.after(request);
    },
    onError: async function idempotentOnError(request) {
      if (!currentExecution()) await plain.onError(request);
    },
  };
}

async function enterExecution(
  idempotency: Idempotency,
  execution: CurrentExecution,
  holder: Holder,
): Promise<{ answer: unknown } | undefined> {
  // A handler may have several keys: each has verdicts of its own.
  const mark = keyDigest(holder.key).slice(0, 16);
  for (let round = 1; ; round++) {
    const name = `idempotency ${mark}${round === 1 ? '' : ` ${round}`}`;
    const verdict = await execution.decide(name, async () => {
      const value = await claim(idempotency, holder).catch((error: unknown) => {
        // Who can't reach the store has no outcome yet, and may hold the key already.
        if (error instanceof IdempotencyPersistenceLayerError) return execution.retryInvocation(error);
        throw error;
      });
      const isOwn = value.kind === 'owner' || (value.kind === 'value' && value.record.owner === holder.owner);
      return { value, record: !isOwn };
    });
    if (verdict.kind === 'owner') {
      execution.beforeAnswer((outcome) => settle(idempotency, holder, outcome));
      return undefined;
    }
    if (verdict.kind === 'error') throw errorOf(verdict);
    if (verdict.kind === 'value')
      return { answer: await idempotency.valueOf(await whole(idempotency, verdict), holder) };
    await untilFree(idempotency, holder, name);
  }
}

async function claim(idempotency: Idempotency, holder: Holder): Promise<RecordedVerdict> {
  try {
    const claimed = await idempotency.claim(holder);
    if (claimed.kind === 'owned') return { kind: 'owner' };
    const { onConflict = 'wait' } = idempotency.options;
    const verdict = idempotency.verdict(claimed.record, holder, onConflict);
    if (verdict.kind === 'value') return recordedValue(verdict.record);
    return verdict.kind === 'busy' && onConflict === 'wait' ? { kind: 'busy' } : recordedError(verdict.error);
  } catch (error) {
    if (error instanceof IdempotencyConflictError) return recordedError(error);
    throw error;
  }
}

/** A result that was too large for the verdict. */
async function whole(
  idempotency: Idempotency,
  { record, isLarge }: Extract<RecordedVerdict, { kind: 'value' }>,
): Promise<StoredRecord> {
  if (!isLarge) return record;
  const stored = await idempotency.read(record.key);
  if (stored?.status === 'COMPLETED' && stored.owner === record.owner) return stored;
  throw new IdempotencyResultError(
    `The stored result of idempotency key ${record.key} has expired before this execution could answer with it.`,
  );
}

/** Waits in a child context: its operations take no position of the handler's. */
function untilFree(idempotency: Idempotency, holder: Holder, name: string): Promise<unknown> {
  const wait = durableChildContext(
    () => waitUntilFree(currentDurableContext() as DurableContext, 'owner of the key', idempotency, holder),
    { name, key: () => holder.key },
  );
  return wait();
}

/** What is recorded of the handler's outcome. Rejecting fails the invocation, which is tried again. */
async function settle(idempotency: Idempotency, holder: Holder, outcome: HandlerOutcome): Promise<HandlerOutcome> {
  if (outcome.kind === 'reject') {
    await giveUp(idempotency, holder, outcome.error);
    return outcome;
  }
  try {
    const { record, isAnother } = await idempotency.complete(holder, outcome.result);
    // Another invocation of this execution may have been first: then its result is the one.
    if (!isAnother || record.status !== 'COMPLETED') return outcome;
    return { kind: 'return', result: await idempotency.valueOf(record, holder) };
  } catch (error) {
    if (error instanceof IdempotencyOwnershipLostError || error instanceof IdempotencyResultError) {
      return { kind: 'reject', error };
    }
    throw error;
  }
}

async function giveUp(idempotency: Idempotency, holder: Holder, error: unknown): Promise<void> {
  try {
    await idempotency.fail(holder, error);
  } catch (failure) {
    // Somebody else has the key; or it is free as soon as this execution has ended, which is now.
    const isReleased = (idempotency.options.onError ?? 'release') === 'release';
    if (!isReleased && !(failure instanceof IdempotencyOwnershipLostError)) throw failure;
    console.warn(`Idempotency key ${holder.key} was not released: ${(failure as Error).message}`);
  }
}
