/** `@middy-durable/idempotency/dynamodb`: idempotency records in a DynamoDB table, in the layout of Powertools. */
export { DynamoDBPersistenceLayer } from './dynamodb/dynamodb-persistence-layer.ts';
export type { DynamoDBPersistenceLayerOptions } from './dynamodb/options.ts';
