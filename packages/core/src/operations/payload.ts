import { MAX_OPERATION_PAYLOAD_BYTES } from '@middy-durable/protocol';
import type { OperationCall } from '../engine/operation-call.ts';
import { SerdesFailedError } from '../errors.ts';
import {
  type AnySerdes,
  defaultSerdes,
  deserializeWith,
  fromJson,
  type Serdes,
  type SerdesContext,
  serializeWith,
  toJson,
} from '../serdes.ts';

/** Characters that can't be more bytes than the limit, so that most results need not be measured. */
const SURELY_SMALL = MAX_OPERATION_PAYLOAD_BYTES / 3;

/**
 * A result as the text that is stored.
 * @throws SerdesFailedError when the serdes fails or the text is larger than the wire takes
 */
export async function toPayload<T>(
  call: OperationCall,
  serdes: Pick<Serdes<T>, 'serialize'>,
  value: T,
  maxBytes: number = MAX_OPERATION_PAYLOAD_BYTES,
): Promise<string | undefined> {
  try {
    const payload = serializeWith(serdes, value, serdesContext(call));
    return fitting(typeof payload === 'object' ? await inMotion(call, payload) : payload, maxBytes);
  } catch (error) {
    throw new SerdesFailedError('Serialization', call.kind.name, call.rawId, error);
  }
}

/**
 * A result from the text that is stored.
 * @throws SerdesFailedError when the serdes fails
 */
export async function fromPayload<T>(
  call: OperationCall,
  serdes: Pick<Serdes<T>, 'deserialize'>,
  payload: string | undefined,
): Promise<T> {
  try {
    const value = deserializeWith(serdes, payload, serdesContext(call));
    return (isPromiseLike(value) ? await inMotion(call, value) : value) as T;
  } catch (error) {
    throw new SerdesFailedError('Deserialization', call.kind.name, call.rawId, error);
  }
}

/** A result as it is stored, and as a replay will read it. */
export interface Stored<T> {
  payload: string | undefined;
  readBack: T;
}

/**
 * Takes a result through its serdes, there and back. JSON does so at once: the items of a large batch end in step with each
 * other, and each would hold its promises meanwhile.
 * @throws SerdesFailedError when the serdes fails or the text is larger than the wire takes
 */
export function roundTrip<T>(
  call: OperationCall,
  serdes: Serdes<T>,
  value: T,
  maxBytes: number = MAX_OPERATION_PAYLOAD_BYTES,
): Stored<T> | Promise<Stored<T>> {
  if ((serdes as AnySerdes) !== defaultSerdes) return throughSerdes(call, serdes, value, maxBytes);
  try {
    const payload = fitting(toJson(value), maxBytes);
    return { payload, readBack: fromJson(payload) as T };
  } catch (error) {
    throw new SerdesFailedError('Serialization', call.kind.name, call.rawId, error);
  }
}

async function throughSerdes<T>(
  call: OperationCall,
  serdes: Serdes<T>,
  value: T,
  maxBytes: number,
): Promise<Stored<T>> {
  const payload = await toPayload(call, serdes, value, maxBytes);
  return { payload, readBack: await fromPayload(call, serdes, payload) };
}

/** While a serdes works the engine moves by itself. */
async function inMotion<T>({ frame }: OperationCall, work: PromiseLike<T>): Promise<T> {
  frame.bodyStarted();
  try {
    return await work;
  } finally {
    frame.bodyEnded();
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function fitting(text: string | undefined, maxBytes: number): string | undefined {
  if (text === undefined || text.length <= SURELY_SMALL) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  throw new RangeError(
    `the result takes ${bytes} bytes and the limit is ${maxBytes}: store it elsewhere and return a reference to it`,
  );
}

function serdesContext(call: OperationCall): SerdesContext {
  return { entityId: call.rawId, durableExecutionArn: call.invocation.arn };
}
