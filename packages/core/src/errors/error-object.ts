import type { ErrorObject } from '@middy-durable/protocol';
import { describeValue } from '../describe-value.ts';
import { limitErrorObject } from './error-size.ts';
import { DurableOperationError, storedCauses } from './operation-errors.ts';

const UNKNOWN = 'Unknown error';

/**
 * Anything that was thrown, as it is stored: `ErrorType` is the error's name, `ErrorMessage` its message. What is not an
 * error has no type and keeps its text. The stack trace holds its causes only. Too large a message or data is cut and says so.
 * @example
 * toErrorObject(new TypeError('no such order')) // => { ErrorType: 'TypeError', ErrorMessage: 'no such order' }
 * toErrorObject('out of stock') // => { ErrorMessage: 'out of stock' }
 */
export function toErrorObject(error: unknown): ErrorObject {
  try {
    if (error instanceof DurableOperationError) return error.toErrorObject();
    if (typeof error !== 'object' || error === null) return limitErrorObject({ ErrorMessage: textOf(error) });
    const { name, message } = error as { name?: unknown; message?: unknown };
    return limitErrorObject({
      ...(typeof name === 'string' && name && { ErrorType: name }),
      ErrorMessage: textOf(message === undefined ? error : message),
      ...(error instanceof Error && storedCauses(error)),
    });
  } catch {
    // Only a getter of the thrown object can get here.
    return { ErrorMessage: UNKNOWN };
  }
}

/** The error of an operation's record, or of a failed operation whose record has none. */
export function fromErrorObject(errorObject: ErrorObject | undefined): DurableOperationError {
  return DurableOperationError.fromErrorObject(errorObject ?? {});
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? UNKNOWN : describeValue(value);
}
