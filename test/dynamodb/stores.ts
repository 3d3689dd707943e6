import { afterAll, beforeAll, describe } from '@jest/globals';
import type { HeadChange, LogItem, NewRun } from '@middy-durable/backend';
import { type DynamoDBStore, type DynamoDBStoreOptions, dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { type DynamoDBEngine, ENGINES, isAvailable, openDynamoDB } from '../support/dynamodb-engines.ts';
import { type FaultyDynamoDB, faultyDynamoDB } from '../support/faulty-dynamodb.ts';

export const RUNNING: HeadChange = { status: 'RUNNING', dueAt: undefined, leaseUntil: undefined };
export const STOPPED: HeadChange = { status: 'STOPPED', endedAt: 9000, dueAt: undefined, leaseUntil: undefined };
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
  for (const kind of ENGINES) {
    (isAvailable(kind) ? describe : describe.skip)(`on ${kind}`, () => {
      let engine: DynamoDBEngine;
      beforeAll(async () => {
        engine = await openDynamoDB(kind);
      }, 60_000);
      afterAll(() => engine?.close());
      tests(
        async (options, attempts) => {
          const tableName = await engine.createTable(tableDefinition);
          const faulty = faultyDynamoDB(engine, attempts);
          const store = dynamoDBStore({ tableName, client: faulty.client, ...options });
          return { ...faulty, store, other: dynamoDBStore({ tableName, client: engine.client, ...options }) };
        },
        () => engine,
      );
    });
  }
}

export function newRun(runId: string, members: Partial<NewRun> = {}): NewRun {
  const name = members.name ?? runId;
  return {
    runId,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST/durable-execution/${name}/${runId}`,
    functionName: 'orders',
    name,
    inputHash: 'hash',
    startedAt: 1000,
    firstItem: {
      sequence: 1,
      writeId: `first-${runId}`,
      events: [{ type: 'ExecutionStarted', at: 1000, id: runId, name, input: '{}', executionTimeout: 60 }],
    },
    ...members,
  };
}

export function item(sequence: number, members: Partial<LogItem> = {}): LogItem {
  return { sequence, writeId: `write-${sequence}`, events: [], ...members };
}

/** The first item of an invocation. */
export function started(sequence: number, leaseUntil: number): LogItem {
  const ids = { invocationId: `invocation-${sequence}`, requestId: `request-${sequence}` };
  return item(sequence, { events: [{ type: 'InvocationStarted', at: 2000, ...ids, leaseUntil }] });
}

export async function readAll(store: DynamoDBStore, runId: string): Promise<LogItem[]> {
  const items: LogItem[] = [];
  for await (const one of store.read(runId)) items.push(one);
  return items;
}
