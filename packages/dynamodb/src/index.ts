export type { DynamoDBBackend, DynamoDBBackendOptions } from './dynamodb-backend.ts';
export { dynamoDBBackend } from './dynamodb-backend.ts';
export type { DynamoDBStore } from './dynamodb-store.ts';
export { dynamoDBStore } from './dynamodb-store.ts';
export { INDEX_NAME, TTL_ATTRIBUTE, tableDefinition } from './layout.ts';
export type { CodecInfo, DynamoDBStoreOptions, ObjectStore, PayloadCodec } from './options.ts';
export { type S3ClientLike, type S3ObjectsOptions, s3Objects } from './s3-objects.ts';
export { StoreBusy } from './store-busy.ts';
