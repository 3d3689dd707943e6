import type { Backend } from '@middy-durable/core';

/** Where executions are kept: a DynamoDB table on Lambda, a file on this machine. Only the one that is used is loaded. */
export const backend: Backend = await chosen();

async function chosen(): Promise<Backend> {
  const { TABLE_NAME: tableName, AWS_LAMBDA_FUNCTION_NAME: onLambda } = process.env;
  if (tableName) {
    const { dynamoDBBackend } = await import('@middy-durable/dynamodb');
    return dynamoDBBackend({ tableName });
  }
  // A file there would be lost with its environment, and the executions with it.
  if (onLambda) throw new Error('TABLE_NAME is not set: it must name the DynamoDB table that keeps the executions');
  const { localBackend } = await import('@middy-durable/local');
  return localBackend();
}
