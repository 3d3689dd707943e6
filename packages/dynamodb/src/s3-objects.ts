import { StoreError } from '@middy-durable/backend';
import type { ObjectStore } from './options.ts';

/** What is needed of an `S3Client`. One of `@aws-sdk/client-s3` fits as it is. */
export interface S3ClientLike {
  send(command: never): Promise<unknown>;
}

/** What is used of `@aws-sdk/client-s3`. Described here, so that our types need no package that is optional. */
interface S3Sdk {
  readonly S3Client: new (config: object) => S3ClientLike;
  readonly PutObjectCommand: new (input: object) => object;
  readonly GetObjectCommand: new (input: object) => object;
}

/** What the keys of objects begin with, unless an option says otherwise. */
export const OBJECTS_PREFIX = 'durable-executions/';

export interface S3ObjectsOptions {
  bucket: string;
  /** Default: one of its own from the environment. */
  client?: S3ClientLike | undefined;
  /** What the keys begin with. Default `durable-executions/`. */
  prefix?: string | undefined;
}

/**
 * Bodies as objects of an S3 bucket: for the option `bucket` of a store, with a client or prefix of your own. The module
 * `@aws-sdk/client-s3` is loaded at the first call; calls reject with a `StoreError` where it is not installed.
 *
 * @example
 * const store = dynamoDBStore({ tableName: 'durable-executions', bucket: s3Objects({ bucket: 'payloads', client }) });
 */
export function s3Objects({ bucket, client: given, prefix = OBJECTS_PREFIX }: S3ObjectsOptions): ObjectStore {
  let loaded: Promise<{ sdk: S3Sdk; client: S3ClientLike }> | undefined;
  const connect = (): NonNullable<typeof loaded> => {
    loaded ??= loadS3().then((sdk) => ({ sdk, client: given ?? new sdk.S3Client({}) }));
    return loaded;
  };
  return {
    async put(key, bytes) {
      const { sdk, client } = await connect();
      await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: prefix + key, Body: bytes }) as never);
    },
    async get(key) {
      const { sdk, client } = await connect();
      const { Body } = (await client.send(
        new sdk.GetObjectCommand({ Bucket: bucket, Key: prefix + key }) as never,
      )) as { Body?: { transformToByteArray(): Promise<Uint8Array> } };
      if (Body === undefined) throw new StoreError(`Object ${prefix + key} of bucket ${bucket} has no body.`);
      return Body.transformToByteArray();
    },
  };
}

async function loadS3(): Promise<S3Sdk> {
  try {
    return (await import('@aws-sdk/client-s3')) as unknown as S3Sdk;
  } catch (cause) {
    throw new StoreError('The option bucket needs the package @aws-sdk/client-s3: install it with the function.', {
      cause,
    });
  }
}
