import { withDurableExecution as official } from '@aws/durable-execution-sdk-js';
import { type DurableContext, withDurableExecution as ours } from '@middy-durable/core';
import type { DurableExecutionClient } from '@middy-durable/protocol';

/** The two engines; whatever one of them has recorded, the other one goes on with. */
export type EngineName = 'ours' | 'official';

/** A handler as both engines take it. */
export type Handler = (event: never, context: DurableContext) => Promise<unknown>;

/** What either engine makes of a handler, typed for every host. */
export type LambdaHandler = (event: unknown, context: unknown) => Promise<unknown>;

/** The engines differ in nominal types only: enums, and classes with private members. */
const WRAPPERS = { ours, official } as unknown as Record<
  EngineName,
  (handler: Handler, config?: { durableExecutionClient: DurableExecutionClient }) => LambdaHandler
>;

const quiet = (): void => {};
const SILENT = { error: quiet, warn: quiet, info: quiet, debug: quiet };

/** Makes a handler durable with the engine of that name. What it logs is not printed. */
export function durable(engine: EngineName, handler: Handler, client?: DurableExecutionClient): LambdaHandler {
  const silent: Handler = async (event, context) => {
    context.configureLogger({ customLogger: SILENT });
    return handler(event, context);
  };
  return WRAPPERS[engine](silent, client && { durableExecutionClient: client });
}
