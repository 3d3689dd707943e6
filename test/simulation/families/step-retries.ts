import { createLinearRetryStrategy, createRetryStrategy, type RetryStrategy } from '@middy-durable/core';
import type { StepNode } from './step.ts';

/** More attempts than any number of interruptions uses up. */
const ENOUGH = 1000;

/** Without jitter: a strategy's own chance would not repeat. */
export function strategyOf({ strategy, delay, failures, last }: StepNode): RetryStrategy {
  const maxAttempts = last === 'isGivenUp' ? failures.length : ENOUGH;
  const initialDelay = { seconds: delay };
  const jitter = 'NONE';
  switch (strategy) {
    case 'exponential':
      return createRetryStrategy({ maxAttempts, initialDelay, jitter, maxDelay: { seconds: 60 } });
    case 'linear':
      return createLinearRetryStrategy({ maxAttempts, initialDelay, jitter, maxDelay: { seconds: 60 } });
    case 'custom':
      return (_error, attempts) =>
        attempts < maxAttempts ? { shouldRetry: true, delay: { seconds: delay } } : { shouldRetry: false };
  }
}
