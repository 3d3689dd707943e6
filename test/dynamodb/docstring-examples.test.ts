import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createBackend } from '@middy-durable/backend';
import {
  createWakeUpHandler,
  dynamoDBBackend,
  dynamoDBStore,
  onStatusChange,
  runWakeUps,
  s3Objects,
  statusChangePattern,
  tableDefinition,
} from '@middy-durable/dynamodb';
import { durablePolicies, dynamoDBResources, dynamoDBTerraform } from '@middy-durable/dynamodb/resources';
import { type DynamoDBEngine, openDynamoDB } from '../support/dynamodb-engines.ts';

/** The examples of the docstrings, as they stand there; only the client is this machine's. */
describe('examples', () => {
  let engine: DynamoDBEngine;
  let client: DynamoDBClient;
  beforeAll(async () => {
    engine = await openDynamoDB('dynalite');
    client = engine.client;
    await client.send(new CreateTableCommand(tableDefinition('durable-executions')));
  });
  afterAll(() => engine.close());

  it('dynamoDBBackend, dynamoDBStore', async () => {
    const backend = dynamoDBBackend({ tableName: 'durable-executions', client });
    const request = { functionName: 'orders', name: 'order-1', input: '{}' };
    const { DurableExecutionArn } = await backend.executions.start(request);
    const other = createBackend({ store: dynamoDBStore({ tableName: 'durable-executions', client }) });
    expect(await other.executions.get(DurableExecutionArn)).toMatchObject({ DurableExecutionName: 'order-1' });
  });

  it('s3Objects', () => {
    const s3 = new S3Client({ region: 'us-east-1' });
    const bucket = s3Objects({ bucket: 'payloads', client: s3 });
    expect(() => dynamoDBStore({ tableName: 'durable-executions', bucket, client })).not.toThrow();
    s3.destroy();
  });

  it('createWakeUpHandler, runWakeUps', async () => {
    const handler = createWakeUpHandler({
      tableName: 'durable-executions',
      client,
      lambda: { send: async () => ({}) },
    });
    // With no time left it looks once.
    const answer = await handler({}, { getRemainingTimeInMillis: () => 0 });
    expect(answer).toEqual({ stayedMs: expect.any(Number) });
    const signal = AbortSignal.abort();
    await expect(
      runWakeUps({ backend: dynamoDBBackend({ tableName: 'durable-executions', client }), signal }),
    ).resolves.toBeUndefined();
  });

  it('onStatusChange, statusChangePattern', async () => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => {});
    const handler = onStatusChange(({ detail }) => {
      if (detail.status === 'FAILED') console.error(`${detail.durableExecutionName} failed`);
    });
    const [source] = [...statusChangePattern.source].reverse();
    const detail = { status: 'FAILED', durableExecutionName: 'order-1', durableExecutionArn: 'arn' };
    await handler({ source, 'detail-type': statusChangePattern['detail-type'][0], detail }, {});
    expect(error.mock.calls).toEqual([['order-1 failed']]);
    error.mockRestore();
    const rule = new PutRuleCommand({ Name: 'executions', EventPattern: JSON.stringify(statusChangePattern) });
    expect(JSON.parse(String(rule.input.EventPattern)).source).toEqual(['aws.lambda', 'middy-durable']);
  });

  it('dynamoDBResources, dynamoDBTerraform, durablePolicies', () => {
    const template = dynamoDBResources({ functions: ['orders'], wakeUp: { code: 'dist/wake-up' } });
    expect(JSON.stringify(template, null, 2)).toContain('"DurableTable"');
    const configuration = dynamoDBTerraform({ functions: ['orders'], wakeUp: { code: 'dist/wake-up.zip' } });
    expect(JSON.stringify(configuration, null, 2)).toContain('"aws_dynamodb_table"');
    const { callback } = durablePolicies({ table: 'arn:aws:dynamodb:eu-west-1:123456789012:table/durable-executions' });
    expect(callback.Statement.length).toBeGreaterThan(0);
  });
});
