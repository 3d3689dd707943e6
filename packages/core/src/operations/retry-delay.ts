import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import { totalSeconds } from '../duration.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { isNonRetryable, retryPresets } from '../retry.ts';
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
    const decision = strategy?.(error, attempt) ?? retryPresets.default(error, attempt);
    if (!decision.shouldRetry) return { error: thrown, delay: undefined };
    const seconds = decision.delay ? totalSeconds(decision.delay, 'the delay') : 1;
    // The wire takes whole seconds from 1; a shorter delay means "at once".
    return { error: thrown, delay: Math.min(Math.max(1, Math.ceil(seconds)), MAX_DURATION_SECONDS) };
  } catch (cause) {
    const failure = cause instanceof Error ? cause : new Error(String(cause));
    failure.message = `${call.describe()}: the retry strategy failed after attempt ${attempt}: ${failure.message}`;
    return { error: failure, delay: undefined };
  }
}
