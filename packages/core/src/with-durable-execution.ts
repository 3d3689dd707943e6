import type { Backend } from '@middy-durable/protocol';
import { durableHandler } from './durable-handler.ts';
import type { UserCode } from './engine/run-invocation.ts';
import { checkConfig, type DurableExecutionConfig } from './handler-config.ts';
import type { LambdaContext, PartialLambdaContext } from './lambda-context.ts';
import type { DurableLogger } from './logging/types.ts';
import { guardMiddy, isMiddy } from './middy/guarded-handler.ts';
import type { DurableExecutionInvocationInput, DurableExecutionInvocationOutput } from './transport.ts';
import type { DurableContext, DurableExecutionHandler } from './types.ts';
import { checkFunction } from './validation.ts';

/** A Lambda handler whose invocations continue durable executions. */
export type DurableLambdaHandler = (
  event: DurableExecutionInvocationInput,
  context: PartialLambdaContext,
) => Promise<DurableExecutionInvocationOutput>;

/** A Lambda handler that also takes the function's ordinary events: each begins an execution, and is answered as before. */
export interface OrdinaryLambdaHandler<TEvent> extends DurableLambdaHandler {
  (event: DurableExecutionInvocationInput, context: PartialLambdaContext): Promise<DurableExecutionInvocationOutput>;
  (event: TEvent, context: PartialLambdaContext): Promise<unknown>;
}

/**
 * A handler that `Handler` of `@types/aws-lambda` types: with a callback, which an async handler leaves alone. One that can
 * only return nothing is not meant.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what those types say
type LambdaFunction<TEvent, TReturn extends void | Promise<unknown>> = ([TReturn] extends [void] ? never : unknown) &
  ((event: TEvent, context: LambdaContext, callback: never) => TReturn);

const METHOD = 'withDurableExecution';

/**
 * Makes a handler durable: its steps are recorded, its waits suspend it, and a later invocation goes on where it was. Takes
 * a plain handler, or one that middy 4 to 7 wrapped.
 *
 * The returned handler takes the events of durable invocations, and with a `backend` every ordinary event too. It rejects
 * when only this invocation failed (a stale token, a backend that can't be reached), which is tried again; everything else
 * is in the answer.
 *
 * @throws TypeError or RangeError when an option can't be right, or two places are named to keep executions
 * @example
 * export const handler = withDurableExecution(
 *   async (order: Order, context: DurableContext) => {
 *     const payment = await context.step('pay', () => pay(order));
 *     await context.wait('cool-down', { seconds: 10 });
 *     return context.step('confirm', () => confirm(payment));
 *   },
 *   { backend: localBackend() },
 * );
 */
export function withDurableExecution<
  // biome-ignore lint/suspicious/noExplicitAny: an event without a type is usable as it is with the official SDK
  TEvent = any,
  TResult = unknown,
  TLogger extends DurableLogger = DurableLogger,
>(
  handler: DurableExecutionHandler<TEvent, TResult, TLogger>,
  config: DurableExecutionConfig & { backend: Backend },
): OrdinaryLambdaHandler<TEvent>;
export function withDurableExecution<
  // biome-ignore lint/suspicious/noExplicitAny: an event without a type is usable as it is with the official SDK
  TEvent = any,
  TResult = unknown,
  TLogger extends DurableLogger = DurableLogger,
>(handler: DurableExecutionHandler<TEvent, TResult, TLogger>, config?: DurableExecutionConfig): DurableLambdaHandler;
// biome-ignore lint/suspicious/noConfusingVoidType: as above
export function withDurableExecution<TEvent, TReturn extends void | Promise<unknown>>(
  handler: LambdaFunction<TEvent, TReturn>,
  config: DurableExecutionConfig & { backend: Backend },
): OrdinaryLambdaHandler<TEvent>;
// biome-ignore lint/suspicious/noConfusingVoidType: as above
export function withDurableExecution<TEvent, TReturn extends void | Promise<unknown>>(
  handler: LambdaFunction<TEvent, TReturn>,
  config?: DurableExecutionConfig,
): DurableLambdaHandler;
export function withDurableExecution(
  handler: DurableExecutionHandler | LambdaFunction<never, Promise<unknown>>,
  config?: DurableExecutionConfig,
): DurableLambdaHandler {
  checkFunction(handler, METHOD, 'the handler');
  checkConfig(config, METHOD);
  const userCode = isMiddy(handler)
    ? guardMiddy(handler, config?.recoveredErrors)
    : plainCode(handler as DurableExecutionHandler);
  return durableHandler(userCode, config ?? {}, METHOD) as DurableLambdaHandler;
}

function plainCode(handler: DurableExecutionHandler): UserCode {
  return async (event, context) => {
    try {
      return { kind: 'return', result: await handler(event, context as DurableContext) };
    } catch (error) {
      return { kind: 'reject', error };
    }
  };
}
