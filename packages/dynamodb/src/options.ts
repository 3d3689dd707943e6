import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '@middy-durable/protocol';
import { ValidationException } from '@middy-durable/protocol';
import { shown } from './shown.ts';

/** What a codec may bind its bytes to: the same bytes under another run or item are a forgery. */
export interface CodecInfo {
  runId: string;
  /** `log/<number>`, `outside/<operation id>` or `snapshot/<number>`: unique in its run. */
  item: string;
}

/** Changes what is stored of events and results: encryption. Called after compression, and before decompression. */
export interface PayloadCodec {
  encode(bytes: Uint8Array, info: CodecInfo): Uint8Array | Promise<Uint8Array>;
  /** Rejects for bytes that `encode` did not make with the same `info`. */
  decode(bytes: Uint8Array, info: CodecInfo): Uint8Array | Promise<Uint8Array>;
}

/** Keeps large bodies as objects. Both calls may be repeated. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array>;
}

/** Where the table lies and how bodies are kept. */
export interface DynamoDBStoreOptions {
  /** Name or ARN of the table; see `tableDefinition`. */
  tableName: string;
  /** Default: one of its own from the environment, with a request timeout of 3 seconds and 5 attempts. */
  client?: DynamoDBClient | undefined;
  /** Days that a run is kept after the end of its execution timeout; then time to live collects it. Default 30. */
  retentionDays?: number | undefined;
  /**
   * Bodies above `offloadBytes` go to this S3 bucket (or to an object store of your own). Default: none, large bodies lie in
   * parts in the table. Objects are not deleted: give the bucket a lifecycle rule that outlasts the runs.
   */
  bucket?: string | ObjectStore | undefined;
  /** Bytes, after compression, above which a body is cheaper as an object. Default 8192: one S3 put costs about 8 write units. */
  offloadBytes?: number | undefined;
  /**
   * Encrypts what is stored. Default: none. Keys, times, names of runs and the hash of the input stay readable; of a run that
   * is blocked, so do names and kinds of the operations that were expected and found.
   */
  codec?: PayloadCodec | undefined;
  /** Where ids of writers come from. Default: the process. */
  clock?: Pick<Clock, 'randomId'> | undefined;
}

const TABLE_NAME =
  /^[a-zA-Z0-9_.-]{3,255}$|^arn:aws[a-zA-Z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[a-zA-Z0-9_.-]{3,255}$/;
const MOST_RETENTION_DAYS = 36_500;

/** Refuses what no table could be used with, before anything is sent. */
export function checkOptions(options: DynamoDBStoreOptions): void {
  const { tableName, client, retentionDays, bucket, offloadBytes, codec } = (options ?? {}) as DynamoDBStoreOptions;
  if (typeof tableName !== 'string' || !TABLE_NAME.test(tableName)) {
    throw new ValidationException(
      `tableName is ${shown(tableName)}, but must be the name of a DynamoDB table (3 to 255 of a-z, A-Z, 0-9, _ . -) or its ARN.`,
    );
  }
  if (client !== undefined && typeof (client as Partial<DynamoDBClient> | null)?.send !== 'function') {
    throw new ValidationException('client is no DynamoDBClient of @aws-sdk/client-dynamodb: it has no send().');
  }
  if (retentionDays !== undefined && !(retentionDays >= 0 && retentionDays <= MOST_RETENTION_DAYS)) {
    throw new ValidationException(
      `retentionDays is ${shown(retentionDays)}, but must be from 0 to ${MOST_RETENTION_DAYS}.`,
    );
  }
  if (offloadBytes !== undefined && !(Number.isInteger(offloadBytes) && offloadBytes >= 1)) {
    throw new ValidationException(`offloadBytes is ${shown(offloadBytes)}, but must be a whole number of bytes.`);
  }
  if (bucket !== undefined && !isBucket(bucket)) {
    throw new ValidationException(
      `bucket is ${shown(bucket)}, but must be the name of an S3 bucket, or an object with put() and get().`,
    );
  }
  if (codec !== undefined && !(hasMethod(codec, 'encode') && hasMethod(codec, 'decode'))) {
    throw new ValidationException('codec must have encode() and decode().');
  }
}

/** A client for this store alone. */
export function defaultClient(): DynamoDBClient {
  return new DynamoDBClient({ maxAttempts: 5, requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 } });
}

function isBucket(bucket: unknown): boolean {
  if (typeof bucket === 'string') return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket);
  return hasMethod(bucket, 'put') && hasMethod(bucket, 'get');
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'function';
}
