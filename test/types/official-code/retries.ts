import {
  createLinearRetryStrategy,
  createRetryStrategy,
  type DurableContext,
  JitterStrategy,
  type LinearRetryStrategyConfig,
  type RetryableFunc,
  type RetryDecision,
  type RetryStrategyConfig,
  retryPresets,
  type WithRetryConfig,
  withRetry,
} from '@aws/durable-execution-sdk-js';

class Throttled extends Error {}

const exponential: RetryStrategyConfig = {
  maxAttempts: 5,
  initialDelay: { seconds: 1 },
  maxDelay: { minutes: 1 },
  backoffRate: 3,
  jitter: JitterStrategy.FULL,
  retryableErrors: ['timeout', /^5\d\d/],
  retryableErrorTypes: [Throttled],
};
const linear: LinearRetryStrategyConfig = {
  maxAttempts: 4,
  initialDelay: { seconds: 2 },
  increment: { seconds: 3 },
  maxDelay: { hours: 1 },
  jitter: JitterStrategy.NONE,
  retryableErrors: [/busy/],
  retryableErrorTypes: [Throttled],
};
const strategies: ((error: Error, attemptsMade: number) => RetryDecision)[] = [
  createRetryStrategy(),
  createRetryStrategy(exponential),
  createLinearRetryStrategy(),
  createLinearRetryStrategy(linear),
  retryPresets.default,
  retryPresets.linear,
  retryPresets.noRetry,
];
const composed = (error: Error, attempt: number): RetryDecision => {
  const base = createRetryStrategy({ maxAttempts: 3 })(error, attempt);
  return error instanceof Throttled ? { shouldRetry: base.shouldRetry, delay: base.delay ?? { seconds: 1 } } : base;
};

export async function retried(context: DurableContext): Promise<unknown[]> {
  const config: WithRetryConfig<string> = {
    retryStrategy: composed,
    wrapWithRunInChildContext: true,
    childContextConfig: { subType: 'Booking', summaryGenerator: (text) => text.slice(0, 10) },
  };
  const book: RetryableFunc<string> = async (child, attempt) => child.step(`book-${attempt}`, async () => 'seat');
  const named: string = await withRetry(context, 'book', book, config);
  const anonymous: string = await withRetry(context, book, { retryStrategy: retryPresets.default });
  const invoked: string = await withRetry(
    context,
    'charge',
    (child, attempt) => child.invoke<{ orderId: string }, string>(`charge-${attempt}`, 'payments', { orderId: 'o' }),
    { retryStrategy: composed },
  );
  const flat = await withRetry(context, 'flat', async (same) => same.wait({ seconds: 1 }), {
    retryStrategy: composed,
    wrapWithRunInChildContext: false,
  });
  return [named, anonymous, invoked, flat, strategies.map((decide) => decide(new Error('x'), 1).shouldRetry)];
}

export const jitters: Record<keyof typeof JitterStrategy, JitterStrategy> = {
  NONE: JitterStrategy.NONE,
  FULL: JitterStrategy.FULL,
  HALF: JitterStrategy.HALF,
};
