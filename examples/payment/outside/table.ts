import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { startDynamoDB } from '../../../test/support/dynamodb-engines.ts';

const DAY_MS = 86_400_000;

/** The table of the template, in a DynamoDB of this machine. */
export interface LocalTable {
  /** What a process needs in its environment to find it. */
  environment: Record<string, string>;
  /** Lets days pass for what is in the table: all its times are that much earlier. */
  passDays(days: number): Promise<void>;
  /** How many records it has. */
  count(): Promise<number>;
  close(): Promise<void>;
}

export async function localTable(): Promise<LocalTable> {
  const engine = await startDynamoDB('dynalite');
  const { client } = engine;
  const TableName = await engine.createTable((name) => ({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  }));
  const records = async () => (await client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  return {
    environment: {
      IDEMPOTENCY_TABLE: TableName,
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    async passDays(days) {
      for (const { id, expiration, in_progress_expiration: claimed } of await records()) {
        const earlier = (moment: string | undefined, by: number) => ({ N: String(Number(moment) - by) });
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: { id: id as { S: string } },
            UpdateExpression: `SET expiration = :expiration${claimed ? ', in_progress_expiration = :claimed' : ''}`,
            ExpressionAttributeValues: {
              ':expiration': earlier(expiration?.N, (days * DAY_MS) / 1000),
              ...(claimed && { ':claimed': earlier(claimed.N, days * DAY_MS) }),
            },
          }),
        );
      }
    },
    count: async () => (await records()).length,
    close: () => engine.close(),
  };
}
