import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import { describeValue } from './describe-value.ts';
import { type Duration, totalSeconds } from './duration.ts';

export { isNonRetryable, NonRetryableError } from './non-retryable-error.ts';

/** Whether a failed attempt is followed by another one, and after how long. */
export interface RetryDecision {
  shouldRetry: boolean;
  /** Default 1 second; whole seconds from 1. Only read when `shouldRetry` is true. */
  delay?: Duration | undefined;
}

/** Decides after each failed attempt. `attemptsMade` counts from 1 and includes the attempt that has just failed. */
export type RetryStrategy = (error: Error, attemptsMade: number) => RetryDecision;

/**
 * How much chance goes into a delay: `NONE` none; `FULL` anything from 0 to the delay; `HALF` from half of it to all.
 * @example JitterStrategy.FULL // => 'FULL'
 */
export const JitterStrategy: { readonly NONE: 'NONE'; readonly FULL: 'FULL'; readonly HALF: 'HALF' } = {
  NONE: 'NONE',
  FULL: 'FULL',
  HALF: 'HALF',
};
export type JitterStrategy = keyof typeof JitterStrategy;
// Types only, so that JitterStrategy.FULL is a type too, as it is for the official SDK's enum.
export declare namespace JitterStrategy {
  type NONE = 'NONE';
  type FULL = 'FULL';
  type HALF = 'HALF';
}

interface SharedRetryConfig {
  /** Attempts in all, the first included: a whole number, or `Infinity`. 0 and 1 mean no retry. */
  maxAttempts?: number | undefined;
  /** Delay before the second attempt. */
  initialDelay?: Duration | undefined;
  /** No delay is longer. Default 5 minutes. */
  maxDelay?: Duration | undefined;
  /** Default `FULL`. */
  jitter?: JitterStrategy | undefined;
  /**
   * Only errors whose message contains one of the strings or matches one of the patterns, or that are instances of a
   * class in `retryableErrorTypes`, are retried. Default, with neither list: all.
   */
  retryableErrors?: readonly (string | RegExp)[] | undefined;
  /** See `retryableErrors`. */
  retryableErrorTypes?: readonly (abstract new (...args: never[]) => Error)[] | undefined;
}

/** Defaults: 3 attempts, 5 seconds, then twice as long each time up to 5 minutes, full jitter, every error. */
export interface RetryStrategyConfig extends SharedRetryConfig {
  /** Each delay is this many times the one before. Default 2. */
  backoffRate?: number | undefined;
}

/** Defaults: 6 attempts, 1 second, then 1 second more each time up to 5 minutes, full jitter, every error. */
export interface LinearRetryStrategyConfig extends SharedRetryConfig {
  /** Each delay is this much longer than the one before. Default 1 second. */
  increment?: Duration | undefined;
}

/**
 * Makes a retry strategy whose delays grow by a factor. Delays are rounded to whole seconds, at least 1.
 * @throws TypeError or RangeError at once for an option of the wrong type or out of range
 * @example
 * const strategy = createRetryStrategy({ maxAttempts: 3, initialDelay: { seconds: 2 }, jitter: JitterStrategy.NONE });
 * strategy(new Error('busy'), 2) // => { shouldRetry: true, delay: { seconds: 4 } }
 * strategy(new Error('busy'), 3) // => { shouldRetry: false }
 */
export function createRetryStrategy(config?: RetryStrategyConfig): RetryStrategy {
  return exponentialStrategy(config);
}

/**
 * Makes a retry strategy whose delays grow by a fixed step. Delays are rounded to whole seconds, at least 1.
 * @throws TypeError or RangeError at once for an option of the wrong type or out of range
 * @example
 * const strategy = createLinearRetryStrategy({ increment: { seconds: 5 }, jitter: JitterStrategy.NONE });
 * strategy(new Error('busy'), 3) // => { shouldRetry: true, delay: { seconds: 11 } }
 */
export function createLinearRetryStrategy(config?: LinearRetryStrategyConfig): RetryStrategy {
  return linearStrategy(config);
}

/** {@link createRetryStrategy} with its source of chance (0 to below 1): tests and the simulation own it. */
export function exponentialStrategy(config?: RetryStrategyConfig, random?: () => number): RetryStrategy {
  const what = 'createRetryStrategy';
  const { backoffRate = 2, initialDelay = { seconds: 5 } } = configObject(config, what);
  requireNumber(
    backoffRate > 0 && backoffRate < Number.POSITIVE_INFINITY,
    what,
    'backoffRate',
    'finite and above 0',
    backoffRate,
  );
  const initial = totalSeconds(initialDelay, `${what} initialDelay`);
  return strategy(what, config, 3, (attemptsMade) => initial * backoffRate ** (attemptsMade - 1), random);
}

/** {@link createLinearRetryStrategy} with its source of chance. */
export function linearStrategy(config?: LinearRetryStrategyConfig, random?: () => number): RetryStrategy {
  const what = 'createLinearRetryStrategy';
  const { increment = { seconds: 1 }, initialDelay = { seconds: 1 } } = configObject(config, what);
  const initial = totalSeconds(initialDelay, `${what} initialDelay`);
  const step = totalSeconds(increment, `${what} increment`);
  return strategy(what, config, 6, (attemptsMade) => initial + step * (attemptsMade - 1), random);
}

/**
 * `retryPresets.default`: `createRetryStrategy({ maxAttempts: 6, maxDelay: { seconds: 60 } })` written out, so that a handler
 * that only uses this one does not carry the rest of this module.
 */
export const defaultRetryStrategy: RetryStrategy = (_error, attemptsMade) =>
  attemptsMade < 6 ? retryAfter(Math.random() * Math.min(5 * 2 ** (attemptsMade - 1), 60)) : { shouldRetry: false };

/**
 * Ready-made strategies. `default` is what a step without a strategy uses: 6 attempts, 5 seconds, doubling up to 1
 * minute, full jitter. `linear`: 6 attempts after 1, 2, 3 ... seconds, no jitter. `noRetry`: one attempt.
 * @example
 * retryPresets.linear(new Error('busy'), 2) // => { shouldRetry: true, delay: { seconds: 2 } }
 * retryPresets.noRetry(new Error('busy'), 1) // => { shouldRetry: false }
 */
export const retryPresets: {
  readonly default: RetryStrategy;
  readonly linear: RetryStrategy;
  readonly noRetry: RetryStrategy;
} = {
  default: defaultRetryStrategy,
  linear: /* @__PURE__ */ linearStrategy({ jitter: 'NONE' }),
  noRetry: () => ({ shouldRetry: false }),
};

function strategy(
  what: string,
  config: SharedRetryConfig | undefined,
  defaultAttempts: number,
  delayAfter: (attemptsMade: number) => number,
  random: () => number = () => Math.random(),
): RetryStrategy {
  const {
    maxAttempts = defaultAttempts,
    jitter = 'FULL',
    maxDelay,
    retryableErrors,
    retryableErrorTypes,
  } = config ?? {};
  const countable = maxAttempts === Number.POSITIVE_INFINITY || (Number.isInteger(maxAttempts) && maxAttempts >= 0);
  requireNumber(countable, what, 'maxAttempts', 'whole (or Infinity), 0 or more', maxAttempts);
  if (!Object.hasOwn(JitterStrategy, jitter)) throw wrongType(what, 'jitter', 'NONE, FULL or HALF', jitter);
  const longest = Math.min(totalSeconds(maxDelay ?? { minutes: 5 }, `${what} maxDelay`), MAX_DURATION_SECONDS);
  requireList(what, 'retryableErrors', 'strings and regular expressions', retryableErrors, isPattern);
  requireList(what, 'retryableErrorTypes', 'error classes', retryableErrorTypes, (type) => typeof type === 'function');

  const retryable = (error: Error): boolean => {
    if (!retryableErrors && !retryableErrorTypes) return true;
    const message = String(error?.message);
    return Boolean(
      // search() ignores and keeps lastIndex, so a g or y flag carries nothing from one decision to the next.
      retryableErrors?.some((wanted) =>
        typeof wanted === 'string' ? message.includes(wanted) : message.search(wanted) >= 0,
      ) || retryableErrorTypes?.some((type) => error instanceof type),
    );
  };
  return (error, attemptsMade) => {
    if (attemptsMade >= maxAttempts || !retryable(error)) return { shouldRetry: false };
    // An initial delay of 0 times an infinite growth is NaN: no delay.
    const base = Math.min(delayAfter(attemptsMade), longest) || 0;
    const jittered = jitter === 'NONE' ? base : jitter === 'FULL' ? random() * base : (base + random() * base) / 2;
    return retryAfter(jittered);
  };
}

function retryAfter(seconds: number): RetryDecision {
  return { shouldRetry: true, delay: { seconds: Math.max(1, Math.round(seconds)) } };
}

function isPattern(value: unknown): boolean {
  return typeof value === 'string' || value instanceof RegExp;
}

function configObject<C extends object>(config: C | undefined, what: string): Partial<C> {
  if (typeof (config ?? {}) !== 'object') throw wrongType(what, 'config', 'an object', config);
  return config ?? {};
}

function requireNumber(holds: boolean, what: string, option: string, rule: string, value: unknown): void {
  if (typeof value !== 'number') throw wrongType(what, option, 'a number', value);
  if (!holds) throw new RangeError(`${what}: ${option} must be ${rule}; got ${value}`);
}

function requireList(
  what: string,
  option: string,
  kind: string,
  list: unknown,
  fits: (entry: unknown) => boolean,
): void {
  if (list && !(Array.isArray(list) && list.every(fits))) throw wrongType(what, option, `an array of ${kind}`, list);
}

function wrongType(what: string, option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${what}: ${option} must be ${wanted}; got ${describeValue(value)}`);
}
