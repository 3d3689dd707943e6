import { isFinal, type WireOperation } from '@middy-durable/protocol';
import type { AmbientPlace } from '../ambient/ambient-ids.ts';
import type { DurablePromise } from '../durable-promise.ts';
import { durationSeconds } from '../duration.ts';
import type { Context } from '../engine/context.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { fromErrorObject, StepInterruptedError, toErrorObject } from '../errors.ts';
import type { Serdes } from '../serdes.ts';
import type { InterruptedOutcome, StepConfig, StepFunc, StepIdempotency } from '../types.ts';
import { checkFunction, checkOptions, operationLabel } from '../validation.ts';
import { childContext } from './child-context.ts';
import { fromPayload, roundTrip } from './payload.ts';
import { retryDelay } from './retry-delay.ts';
import { runBody } from './step-body.ts';

const OPTIONS = {
  retryStrategy: 'function',
  semantics: ['AT_MOST_ONCE_PER_RETRY', 'AT_LEAST_ONCE_PER_RETRY'],
  serdes: 'serdes',
  idempotency: 'object',
} as const;
const INTERRUPTION = { onInterrupted: ['retry', 'fail'] } as const;

/**
 * Runs a body until an attempt succeeds or no further one is allowed; its outcome is durable before user code sees it.
 * @param observedName what plugins are told it is called, where it has no name on record
 * @param ambient where an ambient function calls: its place
 */
export function step<T>(
  context: Context,
  name: string | undefined,
  fn: StepFunc<T>,
  config?: StepConfig<T>,
  observedName?: string,
  ambient?: () => AmbientPlace,
): DurablePromise<T> {
  if (config?.idempotency != null) return guardedStep(context, name, fn, config, observedName, ambient);
  let timeout: number | undefined;
  return context.operate(
    () => {
      const label = operationLabel('step', name);
      checkFunction(fn, label, 'the body');
      timeout = checkStepOptions(config, label);
      return { method: 'step', type: 'STEP', subType: 'Step', name, observedName, ambient: ambient?.() };
    },
    (call) => new Step(context, call, fn, config ?? {}, timeout).run(),
  );
}

/**
 * A step that a business key guards. What it is made of runs in a context of its own without a record, so that it takes one
 * position, and one record in the common case.
 */
function guardedStep<T>(
  context: Context,
  name: string | undefined,
  fn: StepFunc<T>,
  config: StepConfig<T>,
  observedName: string | undefined,
  ambient: (() => AmbientPlace) | undefined,
): DurablePromise<T> {
  const { idempotency, serdes = context.settings.serdes as Serdes<T>, ...rest } = config;
  return childContext<T>(
    context,
    name ?? observedName,
    (child, { id }) =>
      (idempotency as StepIdempotency).perform({ context: child, id, name, fn, config: { ...rest, serdes } }),
    { virtualContext: true, serdes, errorMapper: (error) => error },
    {
      method: 'step',
      check(label) {
        checkFunction(fn, label, 'the body');
        checkStepOptions(config, label);
      },
      ...(ambient && { ambient }),
      after: (_call, value) => value,
    },
  );
}

/** Refuses options that can't be right. Gives the timeout in seconds. */
export function checkStepOptions<T>(config: StepConfig<T> | undefined, label: string): number | undefined {
  checkOptions(config, OPTIONS, label);
  const { timeout, onInterrupted, idempotency } = config ?? {};
  if (idempotency != null && typeof idempotency.perform !== 'function') {
    throw new TypeError(`${label}: option idempotency must be what stepIdempotency(...) returns`);
  }
  const seconds = timeout == null ? undefined : durationSeconds(timeout, `${label}: timeout`);
  if (typeof onInterrupted !== 'function') checkOptions({ onInterrupted }, INTERRUPTION, label);
  return seconds;
}

class Step<T> {
  readonly #context: Context;
  readonly #call: OperationCall;
  readonly #fn: StepFunc<T>;
  readonly #config: StepConfig<T>;
  readonly #timeout: number | undefined;
  readonly #serdes: Serdes<T>;
  /** START is durable before the body: what an interrupted attempt did is asked or counted, not repeated unseen. */
  readonly #startFirst: boolean;

  constructor(
    context: Context,
    call: OperationCall,
    fn: StepFunc<T>,
    config: StepConfig<T>,
    timeout: number | undefined,
  ) {
    this.#context = context;
    this.#call = call;
    this.#fn = fn;
    this.#config = config;
    this.#timeout = timeout;
    this.#serdes = config.serdes ?? (context.settings.serdes as Serdes<T>);
    this.#startFirst =
      config.semantics === 'AT_MOST_ONCE_PER_RETRY' || timeout !== undefined || config.onInterrupted != null;
  }

  async run(): Promise<T> {
    const call = this.#call;
    let { record } = call;
    if (record?.Status === 'STARTED' && this.#startFirst) {
      const found = await this.#afterInterruption(attemptOf(record));
      if (found) return found.value;
      record = this.#latest();
    }
    for (;;) {
      if (record?.Status === 'PENDING') {
        call.subscribed(); // It goes on by itself, whether or not somebody waits.
        record = await call.settled(record.StepDetails?.NextAttemptTimestamp);
      }
      if (record && isFinal(record.Status)) return this.#recorded(record);
      const attempt = attemptOf(record);
      call.frame.bodyStarted(); // Until the outcome is durable the engine moves by itself.
      if (record?.Status !== 'STARTED') {
        if (this.#startFirst) await call.send('START');
        else call.post('START');
      }
      let returned = false;
      try {
        const value = await runBody(this.#context, call, this.#fn, attempt, this.#timeout);
        returned = true;
        const { payload, readBack } = await roundTrip(call, this.#serdes, value);
        await this.#succeed(payload);
        return readBack;
      } catch (error) {
        // An error of the serdes would meet another attempt again.
        await this.#fail(error, attempt, returned);
      }
      record = this.#latest();
    }
  }

  async #recorded(record: WireOperation): Promise<T> {
    const details = record.StepDetails;
    if (record.Status !== 'SUCCEEDED') throw fromErrorObject(details?.Error);
    try {
      return await fromPayload(this.#call, this.#serdes, details?.Result);
    } catch (error) {
      throw fromErrorObject(toErrorObject(error));
    }
  }

  async #succeed(payload: string | undefined): Promise<void> {
    await this.#call.send('SUCCEED', payload === undefined ? undefined : { Payload: payload });
    this.#call.frame.bodyEnded();
  }

  /** Records that an attempt failed. Rejects when there will be no further one. */
  async #fail(thrown: unknown, attempt: number, final: boolean): Promise<undefined> {
    const { error, delay } = final
      ? { error: thrown, delay: undefined }
      : retryDelay(this.#call, this.#config.retryStrategy, thrown, attempt);
    const stored = toErrorObject(error);
    if (delay === undefined) {
      await this.#call.send('FAIL', { Error: stored });
      this.#call.frame.bodyEnded();
      throw fromErrorObject(stored);
    }
    await this.#call.send('RETRY', { Error: stored, StepOptions: { NextAttemptDelaySeconds: delay } });
    this.#call.frame.bodyEnded();
    return undefined;
  }

  /** An attempt was started by an invocation that died. What became of it is asked, or it counts as failed. */
  async #afterInterruption(attempt: number): Promise<{ value: T } | undefined> {
    const { onInterrupted } = this.#config;
    const interrupted = new StepInterruptedError(this.#call.rawId, this.#call.kind.name);
    this.#call.frame.bodyStarted();
    if (typeof onInterrupted !== 'function') return this.#fail(interrupted, attempt, onInterrupted === 'fail');
    let found: InterruptedOutcome<T>;
    try {
      found = await runBody(
        this.#context,
        this.#call,
        onInterrupted as StepFunc<InterruptedOutcome<T>>,
        attempt,
        this.#timeout,
      );
      if (found?.outcome === 'succeeded') {
        const { payload, readBack } = await roundTrip(this.#call, this.#serdes, found.result);
        await this.#succeed(payload);
        return { value: readBack };
      }
    } catch (error) {
      // Nobody knows what became of the attempt: running it again could do it twice.
      return this.#fail(error, attempt, true);
    }
    if (found?.outcome === 'retry') return this.#fail(interrupted, attempt, false);
    const error = found?.outcome === 'failed' ? found.error : new TypeError(badOutcome(this.#call));
    return this.#fail(error, attempt, true);
  }

  #latest(): WireOperation | undefined {
    return this.#call.invocation.log.get(this.#call.id);
  }
}

/** `Attempt` on the wire counts attempts that have ended. */
export function attemptOf(record: WireOperation | undefined): number {
  return (record?.StepDetails?.Attempt ?? 0) + 1;
}

function badOutcome(call: OperationCall): string {
  return `${call.describe()}: onInterrupted must resolve to { outcome: 'succeeded' | 'failed' | 'retry', ... }`;
}
