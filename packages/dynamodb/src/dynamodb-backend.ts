import { type BackendOptions, createBackend, type StoreBackend } from '@middy-durable/backend';
import { type DynamoDBStore, dynamoDBStore } from './dynamodb-store.ts';
import type { DynamoDBStoreOptions } from './options.ts';

/** Where the table lies, and everything that a backend takes besides its store. */
export interface DynamoDBBackendOptions extends Omit<DynamoDBStoreOptions, 'clock'>, Omit<BackendOptions, 'store'> {}

/** A backend over one DynamoDB table. */
export interface DynamoDBBackend extends StoreBackend {
  /** The table; `store.close()` lets go of it when the backend is not needed any more. */
  readonly store: DynamoDBStore;
}

/**
 * Durable executions on one DynamoDB table, for functions that already exist. The table is used at the first call; a call
 * rejects with a `ServiceException` that says what to do when it can't be used as it is.
 *
 * Throws ValidationException for an option out of range.
 *
 * @example
 * const backend = dynamoDBBackend({ tableName: 'durable-executions' });
 * const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders', name: 'order-1', input: '{}' });
 */
export function dynamoDBBackend(options: DynamoDBBackendOptions): DynamoDBBackend {
  const { tableName, client, retentionDays, bucket, offloadBytes, codec, ...rest } = options;
  const store = dynamoDBStore({
    tableName,
    client,
    retentionDays,
    bucket,
    offloadBytes,
    codec,
    clock: rest.clock,
  });
  return Object.assign(createBackend({ ...rest, store }), { store });
}
