import { makeIdempotent as plainIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer as PlainLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeIdempotent } from '@middy-durable/idempotency';
import { DynamoDBPersistenceLayer } from '@middy-durable/idempotency/dynamodb';
import type { BenchCase } from '../support/bench-case.ts';
import { CannedDynamoDB } from '../support/canned-dynamodb.ts';

const CALLS = 2000;
const context = { getRemainingTimeInMillis: () => 30_000 };

type Call = (order: object, lambdaContext: object) => Promise<unknown>;

export const benchCase: BenchCase = {
  title: 'an idempotent call on a DynamoDB that takes no time; no more requests than plain Powertools 2.35',
  rows: () => ['a first call, Powertools', 'a first call, ours', 'a duplicate, Powertools', 'a duplicate, ours'],
  engines: ['ours'],
  async measure(_engine, row, report) {
    const dynamoDB = new CannedDynamoDB();
    const options = { tableName: 'idempotency', awsSdkV3Client: dynamoDB.client };
    const fn = async () => ({ receipt: 'r-1', total: 12.5 });
    const call: Call = row.endsWith('Powertools')
      ? (plainIdempotent(fn, { persistenceStore: new PlainLayer(options) }) as unknown as Call)
      : (makeIdempotent(fn, { persistenceStore: new DynamoDBPersistenceLayer(options) }) as unknown as Call);
    if (row.startsWith('a duplicate')) {
      dynamoDB.existing = {
        id: { S: '#key' },
        status: { S: 'COMPLETED' },
        expiration: { N: String(Math.floor(Date.now() / 1000) + 3600) },
        data: { M: { receipt: { S: 'r-1' }, total: { N: '12.5' } } },
      };
    }
    const some = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await call({ orderId: index, items: ['a', 'b'] }, context);
    };
    await some(200);
    dynamoDB.requests = 0;
    const before = process.cpuUsage();
    await some(CALLS);
    const { user, system } = process.cpuUsage(before);
    report({ 'CPU, µs': (user + system) / CALLS, requests: dynamoDB.requests / CALLS });
  },
};
