import { randomUUID } from 'node:crypto';
import { type Backend, isDurableInvocation } from '@middy-durable/protocol';
import { callbackOperations } from './callbacks.ts';
import { type BackendOptions, createEngine, type Engine } from './engine.ts';
import { engineClient } from './engine-client.ts';
import { executionOperations } from './executions.ts';
import { openOrdinary } from './ordinary/open-ordinary.ts';
import { openWakeUp } from './ordinary/open-wake-up.ts';
import { isWakeUpEvent } from './ordinary/wake-up-event.ts';

/** A backend over an execution store. */
export interface StoreBackend extends Backend {
  /** What a service's loop shares with the backend it serves. */
  readonly engine: Engine;
}

/**
 * The service's side of durable executions over a store: checkpoints, state, callbacks, executions. It never calls a
 * handler; a service's loop does ({@link ./service.ts}), in this process or in another one on the same store.
 *
 * Throws ValidationException for an option out of range.
 *
 * @example
 * const backend = createBackend({ store: memoryStore() });
 * const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders', input: '{"id":7}' });
 */
export function createBackend(options: BackendOptions): StoreBackend {
  const engine = createEngine(options);
  return {
    engine,
    place: options.place ?? `process:${randomUUID()}`,
    client: engineClient(engine),
    callbacks: callbackOperations(engine),
    executions: executionOperations(engine),
    async open(event, lambdaContext, ordinary) {
      if (isDurableInvocation(event)) return { run: event };
      if (isWakeUpEvent(event)) return openWakeUp(engine, event, lambdaContext);
      return openOrdinary(engine, event, lambdaContext, ordinary);
    },
  };
}
