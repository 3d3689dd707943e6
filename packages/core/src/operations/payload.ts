import { MAX_OPERATION_PAYLOAD_BYTES } from '@middy-durable/protocol';
import type { OperationCall } from '../engine/operation-call.ts';
import { SerdesFailedError } from '../errors.ts';
import { deserializeWith, type Serdes, type SerdesContext, serializeWith } from '../serdes.ts';

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
    const text = typeof payload === 'object' ? await inMotion(call, payload) : payload;
    if (text !== undefined && text.length > SURELY_SMALL) checkSize(Buffer.byteLength(text), maxBytes);
    return text;
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

function checkSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new RangeError(
    `the result takes ${bytes} bytes and the limit is ${maxBytes}: store it elsewhere and return a reference to it`,
  );
}

function serdesContext(call: OperationCall): SerdesContext {
  return { entityId: call.rawId, durableExecutionArn: call.invocation.arn };
}
