import type { InvocationRetries, LoopOptions } from '@middy-durable/backend';
import { ValidationException } from '@middy-durable/protocol';
import { type DynamoDBBackend, type DynamoDBBackendOptions, dynamoDBBackend } from '../dynamodb-backend.ts';
import type { ClientLike } from './aws-clients.ts';

/** What is to be woken up: a backend, or what to make one of. */
export type WakeUpSource = { backend: DynamoDBBackend } | (DynamoDBBackendOptions & { backend?: undefined });

export interface WakeUpSettings {
  /**
   * The `LambdaClient` with which functions are invoked. Default: one of its own from the environment. From one of yours remove
   * the SDK's recursion detection (`client.middlewareStack.remove('recursionDetectionMiddleware')`): Lambda takes a run that
   * often goes on for a loop otherwise, and drops its events.
   */
  lambda?: ClientLike | undefined;
  /** Functions that chained invokes call, by name: the same as in the backends of the functions. Default: the backend's. */
  functions?: LoopOptions['functions'];
  /**
   * How often an invocation that died is repeated. Default: the backend's `retries`. What a function itself reports as failed
   * goes by the `retries` of the backend in that function.
   */
  retries?: InvocationRetries | undefined;
  /** Runs looked at together, 1 or more. Default 25. */
  concurrency?: number | undefined;
  /** Bus to which starts and ends of executions go. Every backend of the table needs `statusChanges`. Default: none. */
  eventBusName?: string | undefined;
  /** The `EventBridgeClient` for that. Default: one of its own from the environment. */
  eventBridge?: ClientLike | undefined;
  /** Hears of what could not be done and will be tried again. Default: `console.error`. */
  onError?: ((error: unknown, runId?: string) => void) | undefined;
}

export function backendOf(source: WakeUpSource & Pick<WakeUpSettings, 'eventBusName'>): DynamoDBBackend {
  if (source.backend !== undefined) return source.backend;
  const statusChanges = source.statusChanges ?? source.eventBusName !== undefined;
  // Who wakes others up needs nobody to be started.
  return dynamoDBBackend({ ...source, statusChanges, wakeUp: false });
}

/** Refuses what can't be right, before anything is sent. */
export function checkSettings({ lambda, eventBridge, eventBusName, onError }: WakeUpSettings): void {
  for (const [option, client] of Object.entries({ lambda, eventBridge })) {
    if (client === undefined || typeof (client as Partial<ClientLike> | null)?.send === 'function') continue;
    throw new ValidationException(`${option} is no client of the AWS SDK: it has no send().`);
  }
  if (eventBusName !== undefined && (typeof eventBusName !== 'string' || eventBusName === '')) {
    throw new ValidationException('eventBusName must be the name or ARN of an event bus.');
  }
  if (onError !== undefined && typeof onError !== 'function') {
    throw new ValidationException('onError must be a function.');
  }
}
