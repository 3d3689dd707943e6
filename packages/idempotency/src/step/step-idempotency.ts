import type { DurableContext, DurablePromise, StepConfig, StepFunc, StepIdempotency } from '@middy-durable/core';
import { Idempotency } from '../idempotency.ts';
import type { IdempotencyOptions } from '../options.ts';
import { guardOf, unguarded } from './guard.ts';

/** Options of {@link stepIdempotency}: `key`, or `data`, or both, where `data` is what is compared. */
export interface StepIdempotencyOptions extends IdempotencyOptions {
  /**
   * Names the effect, in every execution and function that performs it: `charge-${orderId}`. Put what a later repetition may
   * be told by into it, such as a month.
   */
  key?: string | undefined;
  /** What a key is made of where there is none, and what is compared (`payloadValidationJmesPath`). */
  data?: unknown;
  /** Second part of the prefix of a key that is made of `data`, after the Lambda function's name. Default: none. */
  functionName?: string | undefined;
}

const PROMISE = "a step's own retries and replays pass, nobody else's do, and its claim lasts until it has ended";

/**
 * The option `idempotency` of a step: its effect happens once per key, whichever execution of whichever function comes first,
 * and the others get its result.
 *
 * The key is the step's from its first attempt until it has ended, also while it waits for its next attempt. The step's
 * `idempotencyKey` is then derived from the key, so that the API behind it is told the same by everybody. A process that dies
 * between the effect and its record performs it again in the next attempt: hand that key on where the API takes one.
 *
 * @throws TypeError, RangeError for options that can't be right; IdempotencyPromiseError for a store that can't do it
 * @example
 * const receipt = await context.step('charge', ({ idempotencyKey }) => charge(order, idempotencyKey), {
 *   idempotency: stepIdempotency({ persistenceStore, key: `charge-${order.id}` }),
 * });
 */
export function stepIdempotency(options: StepIdempotencyOptions): StepIdempotency {
  return make(options, 'stepIdempotency');
}

/** Options of {@link idempotentStep}: those of the key, and those of a step. */
export interface IdempotentStepOptions<T> extends StepIdempotencyOptions, Omit<StepConfig<T>, 'idempotency'> {}

/**
 * A step that happens once per business key: short for `context.step(name, fn, { idempotency: stepIdempotency(...) })`.
 * @throws as `stepIdempotency`, and what a step throws
 * @example
 * const receipt = await idempotentStep(context, 'charge', { persistenceStore, key: `charge-${order.id}` }, () => charge(order));
 */
export function idempotentStep<T>(
  context: DurableContext,
  name: string | undefined,
  options: IdempotentStepOptions<T>,
  fn: StepFunc<T>,
): DurablePromise<T> {
  const { retryStrategy, semantics, serdes, timeout, onInterrupted, ...rest } = options ?? {};
  const guard = make(rest as StepIdempotencyOptions, 'idempotentStep');
  let isGuarded = false;
  const idempotency: StepIdempotency = {
    perform(step) {
      isGuarded = true;
      return guard.perform(step);
    },
  };
  // Another engine knows no such option, and would leave it away without a word.
  const body: StepFunc<T> = async (step) => {
    if (!isGuarded) throw unguarded(name);
    return fn(step);
  };
  return context.step(name, typeof fn === 'function' ? body : fn, {
    retryStrategy,
    semantics,
    serdes,
    timeout,
    onInterrupted,
    idempotency,
  });
}

function make(options: StepIdempotencyOptions, method: string): StepIdempotency {
  const idempotency = new Idempotency(options, method, PROMISE);
  const { key, data, functionName } = options;
  if (key === undefined && data === undefined) throw new TypeError(`${method}: say option key, or data to make one of`);
  if (key !== undefined && (typeof key !== 'string' || key === '')) {
    throw new TypeError(`${method}: option key must be a text that is not empty; got ${typeof key}`);
  }
  return guardOf(idempotency, () => idempotency.keyOf({ functionName }, data ?? null, key));
}
