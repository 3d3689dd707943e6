// Executions in a table of dynalite, which lives in this process; the handler's process reaches them over IPC.
import { dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { inProcessTable } from '../support/in-process-dynalite.ts';
import { runHandlerOn } from './run-handler.mjs';

export { capabilities } from './run-handler.mjs';
export const name = 'dynamodb';
export const runHandler = runHandlerOn(() => {
  const table = inProcessTable(tableDefinition);
  return dynamoDBStore({ tableName: table.tableName, client: table.newClient() });
});
