import { type BackendOptions, createBackend, processClock, type StoreBackend } from '@middy-durable/backend';
import { type DynamoDBStore, dynamoDBStore } from './dynamodb-store.ts';
import type { DynamoDBStoreOptions } from './options.ts';
import { startingBackend } from './wake-up/starting-backend.ts';
import { withStatusOutbox } from './wake-up/status-outbox.ts';
import { tableOf } from './wake-up/table-of.ts';
import { type WakeUpChoice, wakeUpStarter } from './wake-up/wake-up-choice.ts';

/** Where the table lies, and everything that a backend takes besides its store. */
export interface DynamoDBBackendOptions extends Omit<DynamoDBStoreOptions, 'clock'>, Omit<BackendOptions, 'store'> {
  /** The wake-up function of the table, or false for a process that needs none. Default: what the environment says. */
  wakeUp?: WakeUpChoice | false | undefined;
  /** Notes every start and end, for a wake-up function with `eventBusName` to deliver: two write units each. Default false. */
  statusChanges?: boolean | undefined;
}

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
  const {
    tableName,
    client,
    retentionDays,
    bucket,
    offloadBytes,
    codec,
    wakeUp = {},
    statusChanges = false,
    ...rest
  } = options;
  const store = dynamoDBStore({
    tableName,
    client,
    retentionDays,
    bucket,
    offloadBytes,
    codec,
    clock: rest.clock,
  });
  const noted = statusChanges ? withStatusOutbox(store, tableOf(store)) : store;
  const place = `dynamodb:${tableName.split('/').at(-1)}`;
  if (wakeUp === false) return Object.assign(createBackend({ place, ...rest, store: noted }), { store });
  const { starter, dueSoon } = wakeUpStarter(store, rest.clock ?? processClock, wakeUp);
  const backend = createBackend({ place, ...rest, store: dueSoon.watch(noted) });
  return Object.assign(startingBackend(backend, starter), { store });
}
