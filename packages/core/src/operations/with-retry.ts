import type { RetryDecision } from '../retry.ts';
import type { ChildConfig, DurableContext } from '../types.ts';
import { checkFunction, checkOptions, operationLabel } from '../validation.ts';

/** A function that is retried as a whole, its durable operations included. `attempt` counts from 1. */
export type RetryableFunc<T> = (context: DurableContext, attempt: number) => Promise<T>;

export interface WithRetryConfig<T> {
  /** Asked after each failed attempt. A delay is a durable wait; default 1 second. */
  retryStrategy: (error: Error, attemptCount: number) => RetryDecision;
  /** Whether the attempts run in a child context of their own. Default true; the last error is then a `ChildContextError`. */
  wrapWithRunInChildContext?: boolean | undefined;
  /** Options of that child context. */
  childContextConfig?: ChildConfig<T> | undefined;
}

/**
 * Retries a function that itself performs durable operations; between attempts the execution suspends.
 * @throws the last attempt's error when the strategy says no more
 * @example
 * const booking = await withRetry(context, 'book', async (child) => {
 *   const seat = await child.step('seat', reserveSeat);
 *   return child.step('pay', () => pay(seat));
 * }, { retryStrategy: createRetryStrategy({ maxAttempts: 3 }) });
 */
export function withRetry<T>(
  context: DurableContext,
  name: string | undefined,
  func: RetryableFunc<T>,
  config: WithRetryConfig<T>,
): Promise<T>;
export function withRetry<T>(context: DurableContext, func: RetryableFunc<T>, config: WithRetryConfig<T>): Promise<T>;
export async function withRetry<T>(
  context: DurableContext,
  ...args: [string | undefined, RetryableFunc<T>, WithRetryConfig<T>] | [RetryableFunc<T>, WithRetryConfig<T>]
): Promise<T> {
  const [name, func, config] = (typeof args[0] === 'function' ? [undefined, ...args] : args) as [
    string | undefined,
    RetryableFunc<T>,
    WithRetryConfig<T>,
  ];
  const label = operationLabel('withRetry', name);
  if (!config) throw new TypeError(`${label}: config is required, with a retryStrategy`);
  checkFunction(func, label, 'the body');
  checkFunction(config.retryStrategy, label, 'retryStrategy');
  checkOptions(config, { wrapWithRunInChildContext: 'boolean', childContextConfig: 'object' }, label);

  const attempts = async (inner: DurableContext): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await func(inner, attempt);
      } catch (error) {
        const decision = config.retryStrategy(error as Error, attempt);
        if (!decision.shouldRetry) throw error;
        const pause = decision.delay ?? { seconds: 1 };
        await inner.wait(name === undefined ? undefined : `${name}-backoff-${attempt}`, pause);
      }
    }
  };
  if (config.wrapWithRunInChildContext === false) return attempts(context);
  return context.runInChildContext(name, attempts, config.childContextConfig);
}
