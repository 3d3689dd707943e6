import { IdempotencyResultError } from '../errors.ts';
import type { StoredData, StoredRecord } from '../persistence/record.ts';

/** Where a result belongs that is being written or read. As `SerdesContext` of `@middy-durable/core`. */
export interface SerializerContext {
  /** The key of the record. */
  entityId: string;
  /** Of the execution that writes or reads; empty outside of executions. */
  durableExecutionArn: string;
}

/**
 * Turns results into text and back: class results come back as classes. Every `Serdes` of `@middy-durable/core` is one.
 * `undefined` text means no result.
 */
export interface OutputSerializer {
  serialize(value: never, context: SerializerContext): Promise<string | undefined> | string | undefined;
  deserialize(data: string | undefined, context: SerializerContext): unknown;
}

/** A result as it is stored. @throws IdempotencyResultError */
export async function encodeResult(
  value: unknown,
  serializer: OutputSerializer | undefined,
  context: SerializerContext,
): Promise<StoredData | undefined> {
  try {
    const text = serializer ? await serializer.serialize(value as never, context) : JSON.stringify(value);
    return text === undefined ? undefined : { text, encoding: serializer ? 'text' : 'json' };
  } catch (error) {
    throw new IdempotencyResultError(
      `The result for idempotency key ${context.entityId} can't be stored: ${(error as Error).message}. It has happened, so ` +
        'the key stays taken. Return plain data, or give an outputSerializer.',
      { cause: error },
    );
  }
}

/** A stored result. @throws IdempotencyResultError */
export async function decodeResult(
  { data }: StoredRecord,
  serializer: OutputSerializer | undefined,
  context: SerializerContext,
): Promise<unknown> {
  try {
    if (serializer) return await serializer.deserialize(data?.text, context);
    return data === undefined ? undefined : JSON.parse(data.text);
  } catch (error) {
    throw new IdempotencyResultError(
      `The stored result of idempotency key ${context.entityId} can't be read: ${(error as Error).message}. Was it written ` +
        'with another outputSerializer?',
      { cause: error },
    );
  }
}
