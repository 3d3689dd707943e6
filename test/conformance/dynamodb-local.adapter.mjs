// Executions in a table of their own in the DynamoDB Local that runs at DYNAMODB_LOCAL; the handler's process reaches them
// over IPC.
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { runHandlerOn } from './run-handler.mjs';

export { capabilities } from './run-handler.mjs';
export const name = 'dynamodb-local';
export const runHandler = runHandlerOn(async () => {
  const client = new DynamoDBClient({
    endpoint: process.env.DYNAMODB_LOCAL,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const tableName = `conformance-${randomUUID()}`;
  await client.send(new CreateTableCommand(tableDefinition(tableName)));
  return dynamoDBStore({ tableName, client });
});
