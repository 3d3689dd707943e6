import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { describeBackendContract, describeStoreContract } from '@middy-durable/backend/store-contract';
import { type DynamoDBStore, dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { type DynamoDBEngine, type EngineKind, isAvailable, startDynamoDB } from '../support/dynamodb-engines.ts';

/** Every test of a store and of a backend, over a table of an engine; skipped where it can't run. */
export function describeContract(kind: EngineKind): void {
  // A test that repeats itself for every call of the store makes some thousand requests.
  jest.setTimeout(60_000);

  (isAvailable(kind) ? describe : describe.skip)(`on ${kind}`, () => {
    let engine: DynamoDBEngine;
    beforeAll(async () => {
      engine = await startDynamoDB(kind);
    });
    afterAll(() => engine?.close());

    const makeStore = async (): Promise<DynamoDBStore> =>
      dynamoDBStore({ tableName: await engine.createTable(tableDefinition), client: engine.client });

    describeStoreContract('dynamoDBStore', makeStore, {
      async reopen(store) {
        await store.close();
        return dynamoDBStore({ tableName: (store as DynamoDBStore).tableName, client: engine.client });
      },
    });
    describeBackendContract('dynamoDBStore', makeStore);
  });
}
