import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import { type Duration, totalSeconds } from './duration.ts';
import { exponentialStrategy, type JitterStrategy } from './retry.ts';
import type { WaitForConditionDecision, WaitForConditionWaitStrategyFunc } from './types.ts';
import { checkFunction } from './validation.ts';

const METHOD = 'createWaitStrategy';

export interface WaitStrategyConfig<T> {
  /** Whether another check is needed after this state. */
  shouldContinuePolling: (result: T) => boolean;
  /** Checks in all. Default 60. */
  maxAttempts?: number | undefined;
  /** Pause after the first check. Default 5 seconds. */
  initialDelay?: Duration | undefined;
  /** No pause is longer. Default 5 minutes. */
  maxDelay?: Duration | undefined;
  /** Each pause is this many times the one before. Default 1.5. */
  backoffRate?: number | undefined;
  /** Default `FULL`. */
  jitter?: JitterStrategy | undefined;
  /** Seconds since the first check after which polling fails. The last pause ends with them. Default: no limit. */
  timeoutSeconds?: number | undefined;
}

/**
 * Makes a wait strategy whose pauses grow by a factor. It fails the operation when its checks or its time are used up.
 * @throws TypeError or RangeError at once for an option of the wrong type or out of range
 * @example
 * const untilDone = createWaitStrategy({ shouldContinuePolling: (job) => job !== 'done', jitter: 'NONE' });
 * untilDone('running', 1) // => { shouldContinue: true, delay: { seconds: 5 } }
 * untilDone('done', 2) // => { shouldContinue: false }
 */
export function createWaitStrategy<T>(config: WaitStrategyConfig<T>): WaitForConditionWaitStrategyFunc<T> {
  const { shouldContinuePolling, timeoutSeconds, maxAttempts = 60, backoffRate = 1.5, ...delays } = config ?? {};
  checkFunction(shouldContinuePolling, METHOD, 'shouldContinuePolling');
  const limit =
    timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : totalSeconds({ seconds: timeoutSeconds }, METHOD);
  const next = exponentialStrategy({ ...delays, maxAttempts, backoffRate });
  const none = new Error('not done yet');
  return (result, attemptsMade, progress): WaitForConditionDecision => {
    if (!shouldContinuePolling(result)) return { shouldContinue: false };
    const { shouldRetry, delay } = next(none, attemptsMade);
    if (!shouldRetry) throw new Error(`waitForCondition exceeded maximum attempts (${maxAttempts})`);
    const left = limit - (progress?.elapsedSeconds ?? 0);
    if (left <= 0) throw new Error(`waitForCondition exceeded its time limit (${timeoutSeconds} s)`);
    const seconds = Math.min(totalSeconds(delay, METHOD), Math.max(1, Math.ceil(left)), MAX_DURATION_SECONDS);
    return { shouldContinue: true, delay: { seconds } };
  };
}
