import { type ErrorObject, MAX_ERROR_BYTES } from '@middy-durable/protocol';

/** Most bytes of UTF-8 that one UTF-16 code unit takes. */
const MAX_BYTES_PER_UNIT = 3;
/** Most bytes of the error's type where the whole is too large. */
const MAX_TYPE_BYTES = 1024;

/**
 * An error object that the wire takes. One that is too large loses its stack trace and the ends of its message and data,
 * and says so: a cut error is worth more than a refused checkpoint, which would end the execution.
 */
export function limitErrorObject(error: ErrorObject): ErrorObject {
  const { ErrorMessage: message = '', ErrorType: type = '', ErrorData: data = '', StackTrace: stack = [] } = error;
  const units = stack.reduce((sum, line) => sum + line.length, message.length + type.length + data.length);
  if (units * MAX_BYTES_PER_UNIT <= MAX_ERROR_BYTES || byteLength(message, type, data, ...stack) <= MAX_ERROR_BYTES) {
    return error;
  }
  const room = MAX_ERROR_BYTES - MAX_TYPE_BYTES;
  // Each may take what the other leaves; when both want more than half, half.
  const shortMessage = cut(message, Math.max(room / 2, room - byteLength(data)));
  return {
    ...(type && { ErrorType: cut(type, MAX_TYPE_BYTES) }),
    ErrorMessage: shortMessage,
    ...(data && { ErrorData: cut(data, room - byteLength(shortMessage)) }),
  };
}

function byteLength(...texts: string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const marker = `... [cut: ${bytes} bytes in all]`;
  // A character split by the cut reads as replacement characters: drop them.
  const head = Buffer.from(text).toString('utf8', 0, Math.floor(maxBytes) - marker.length);
  return head.replace(/\uFFFD+$/, '') + marker;
}
