import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import { describeValue } from '../describe-value.ts';
import { totalSeconds } from '../duration.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { toErrorObject } from '../errors.ts';
import { defaultRetryStrategy, isNonRetryable } from '../retry.ts';
import type { StepConfig } from '../types.ts';

/**
 * Asks the retry strategy about a failed attempt. Without a delay there is no further attempt. A strategy that throws, or
 * that answers nonsense, fails the operation: its error takes the place of the attempt's.
 */
export function retryDelay(
  call: OperationCall,
  strategy: StepConfig<unknown>['retryStrategy'],
  thrown: unknown,
  attempt: number,
): { error: unknown; delay: number | undefined } {
  if (isNonRetryable(thrown)) return { error: thrown, delay: undefined };
  // A strategy is promised an Error, whatever was thrown.
  const error = thrown instanceof Error ? thrown : new Error('Unknown Error', { cause: thrown });
  try {
    const decision = strategy?.(error, attempt) ?? defaultRetryStrategy(error, attempt);
    checkDecision(decision, 'it', '{ shouldRetry, delay }');
    if (!decision.shouldRetry) return { error: thrown, delay: undefined };
    return { error: thrown, delay: decision.delay ? wireDelay(decision.delay) : 1 };
  } catch (cause) {
    // A new error: not every error lets its message be changed.
    const { ErrorType = 'Error', ErrorMessage } = toErrorObject(cause);
    const failure = new Error(
      `${call.describe()}: the retry strategy failed after attempt ${attempt}: ${ErrorMessage}`,
      { cause },
    );
    failure.name = ErrorType;
    return { error: failure, delay: undefined };
  }
}

/**
 * A strategy decides at once.
 * @throws TypeError for a promise, which would pass for "no", and for nothing
 */
export function checkDecision(decision: unknown, who: string, wanted: string): void {
  const given = decision !== undefined && decision !== null;
  if (given && typeof (decision as { then?: unknown }).then !== 'function') return;
  throw new TypeError(`${who} must return ${wanted}, not a promise; got ${describeValue(decision)}`);
}

/** A delay as the wire takes it: whole seconds from 1 to 366 days. A shorter delay means "at once". */
export function wireDelay(delay: unknown): number {
  return Math.min(Math.max(1, Math.ceil(totalSeconds(delay, 'the delay'))), MAX_DURATION_SECONDS);
}
