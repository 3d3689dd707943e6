import type { DurableExecutionClient } from '@middy-durable/protocol';
import { checkpoint } from './checkpoint.ts';
import type { Engine } from './engine.ts';
import { getExecutionState } from './state-page.ts';

/** The transport of a function that runs where the engine is. */
export function engineClient(engine: Engine): DurableExecutionClient {
  return {
    tracksCode: true,
    checkpoint: (request) => checkpoint(engine, request),
    getExecutionState: (request) => getExecutionState(engine, request),
  };
}
