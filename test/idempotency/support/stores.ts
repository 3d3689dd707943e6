import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { describe } from '@jest/globals';
import { type FencedPersistenceLayer, MemoryPersistenceLayer } from '@middy-durable/idempotency';
import { DynamoDBPersistenceLayer, type DynamoDBPersistenceLayerOptions } from '@middy-durable/idempotency/dynamodb';
import { describeOnEach } from '../../support/describe-dynamodb.ts';
import type { DynamoDBEngine } from '../../support/dynamodb-engines.ts';
import { type FaultyDynamoDB, faultyDynamoDB } from '../../support/faulty-dynamodb.ts';

/** A table as Powertools wants it. */
export function idempotencyTable(TableName: string, keyAttr = 'id', sortKeyAttr?: string): CreateTableCommandInput {
  const attributes = [keyAttr, ...(sortKeyAttr ? [sortKeyAttr] : [])];
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: attributes.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
  };
}

/** A new table with a layer on it, and a way to strike its requests. */
export interface TableOfRecords extends FaultyDynamoDB {
  tableName: string;
  layer: DynamoDBPersistenceLayer;
}

export type MakeTable = (
  options?: Partial<DynamoDBPersistenceLayerOptions>,
  attempts?: { maxAttempts: number },
) => Promise<TableOfRecords>;

/** Does `tests` on every DynamoDB that can run here. */
export function onEveryDynamoDB(tests: (make: MakeTable, engine: () => DynamoDBEngine) => void): void {
  describeOnEach((engine) =>
    tests(async (options, attempts) => {
      const { keyAttr, sortKeyAttr } = options ?? {};
      const tableName = await engine().createTable((name) => idempotencyTable(name, keyAttr, sortKeyAttr));
      const faulty = faultyDynamoDB(engine(), attempts);
      const layer = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: faulty.client, ...options });
      return { ...faulty, tableName, layer };
    }, engine),
  );
}

/** Does `tests` on every store of ours. */
export function onEveryStore(tests: (make: () => Promise<FencedPersistenceLayer>) => void): void {
  describe('in memory', () => tests(async () => new MemoryPersistenceLayer()));
  onEveryDynamoDB((make) => tests(async () => (await make()).layer));
}
