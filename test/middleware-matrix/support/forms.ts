import middy from '@middy/core';
import { type DurableExecutionConfig, durableExecution, withDurableExecution } from '@middy-durable/core';
import type { Handler, Middleware } from './row.ts';

type Form = (handler: Handler, middlewares: Middleware[], config: DurableExecutionConfig) => LambdaHandler;
export type LambdaHandler = (event: any, context: any) => Promise<unknown>;

/** The ways in which a handler with middlewares becomes durable. */
export const FORMS: Readonly<Record<string, Form>> = {
  'the execution mode': (handler, middlewares, config) =>
    middy(handler as never, { executionMode: durableExecution(config) }).use(middlewares as never) as never,
  'withDurableExecution(middy(handler))': (handler, middlewares, config) =>
    withDurableExecution(middy(handler as never).use(middlewares as never) as never, config) as never,
};
