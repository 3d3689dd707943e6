import type { HeadChange, LogItem } from '@middy-durable/backend';
import { item, RUNNING } from '@middy-durable/backend/store-contract';
import { type DynamoDBStore, type DynamoDBStoreOptions, dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { describeOnEach } from '../support/describe-dynamodb.ts';
import type { DynamoDBEngine } from '../support/dynamodb-engines.ts';
import { type FaultyDynamoDB, faultyDynamoDB } from '../support/faulty-dynamodb.ts';

export { item, newRun, RUNNING, readAll, STOPPED } from '@middy-durable/backend/store-contract';

export const working = (leaseUntil: number): HeadChange => ({ status: 'RUNNING', dueAt: leaseUntil, leaseUntil });
export const due = (dueAt: number): HeadChange => ({ ...RUNNING, dueAt });

/** A store whose requests are watched, and another process on the same table. */
export interface Stores extends FaultyDynamoDB {
  store: DynamoDBStore;
  other: DynamoDBStore;
}

export type MakeStores = (
  options?: Partial<DynamoDBStoreOptions>,
  attempts?: { maxAttempts: number },
) => Promise<Stores>;

/** Does `tests` on every engine that can run here. */
export function onEveryEngine(tests: (make: MakeStores, engine: () => DynamoDBEngine) => void): void {
  describeOnEach((engine) =>
    tests(async (options, attempts) => {
      const tableName = await engine().createTable(tableDefinition);
      const faulty = faultyDynamoDB(engine(), attempts);
      const store = dynamoDBStore({ tableName, client: faulty.client, ...options });
      return { ...faulty, store, other: dynamoDBStore({ tableName, client: engine().client, ...options }) };
    }, engine),
  );
}

/** The first item of an invocation. */
export function started(sequence: number, leaseUntil: number): LogItem {
  const ids = { invocationId: `invocation-${sequence}`, requestId: `request-${sequence}` };
  return item(sequence, { events: [{ type: 'InvocationStarted', at: 2000, ...ids, leaseUntil }] });
}
