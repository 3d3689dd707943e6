import type { ErrorObject } from '@middy-durable/protocol';
import { ChildContextError, type DurableOperationError, fromErrorObject, toErrorObject } from '../errors.ts';

/** An error with its causes, as the record of a batch holds it. */
export interface StoredBatchError extends ErrorObject {
  Cause?: StoredBatchError | undefined;
}

/** Causes that are stored: a chain may be a ring. */
const MAX_CAUSES = 10;

export function storeBatchError(error: Error, depth = 0): StoredBatchError {
  // The causes have a place of their own here.
  const { StackTrace: _causes, ...stored } = toErrorObject(error);
  if (!(error.cause instanceof Error) || depth === MAX_CAUSES) return stored;
  return { ...stored, Cause: storeBatchError(error.cause, depth + 1) };
}

/** The error of an item: always a {@link ChildContextError}, its causes as they were. */
export function restoreBatchError(stored: StoredBatchError): ChildContextError {
  const error = restore(stored);
  return error instanceof ChildContextError ? error : new ChildContextError(error.message, error);
}

function restore(stored: StoredBatchError): Error {
  const { Cause, ...own } = stored;
  const error: DurableOperationError = fromErrorObject(own);
  // A type of the user's own is kept by its name; what stands in the cause is that error.
  const restored: Error = error.errorType === own.ErrorType ? error : (error.cause as Error);
  if (Cause) restored.cause = restore(Cause);
  else if (restored === error) delete error.cause;
  return restored;
}
