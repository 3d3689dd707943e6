import { type Backend, InvalidParameterValueException, isDurableInvocation } from '@middy-durable/protocol';
import { callbackOperations } from './callbacks.ts';
import { checkpoint } from './checkpoint.ts';
import { type BackendOptions, createEngine, type Engine } from './engine.ts';
import { executionOperations } from './executions.ts';
import { getExecutionState } from './state-page.ts';

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
    client: {
      checkpoint: (request) => checkpoint(engine, request),
      getExecutionState: (request) => getExecutionState(engine, request),
    },
    callbacks: callbackOperations(engine),
    executions: executionOperations(engine),
    async open(event) {
      if (isDurableInvocation(event)) return { run: event };
      throw new InvalidParameterValueException(
        'This event carries no durable execution, and this backend does not take ordinary events yet. ' +
          'Start the execution with backend.executions.start(...) and let a service invoke the function, ' +
          'or use the test runner of @middy-durable/testing.',
      );
    },
    async close(_envelope, output) {
      return output;
    },
  };
}
