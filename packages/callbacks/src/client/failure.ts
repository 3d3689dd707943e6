import type { ErrorObject } from '@middy-durable/protocol';

const MEMBERS = ['ErrorType', 'ErrorMessage', 'ErrorData'] as const;

/**
 * The error that a failed callback records. Of an error its name and message; stack traces and causes stay here: they tell
 * about the sender's insides, and the record is read by others.
 */
export function errorObjectOf(error: unknown): ErrorObject {
  if (error === undefined || error === null) return {};
  if (error instanceof Error) return { ErrorType: error.name, ErrorMessage: error.message };
  if (typeof error === 'string') return { ErrorMessage: error };
  const members = MEMBERS.flatMap((key) => {
    const value = (error as Record<string, unknown>)[key];
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  if (members.length > 0) return Object.fromEntries(members);
  throw new TypeError(
    'sendFailure: the error must be an Error, a text, or an object with ErrorType, ErrorMessage or ErrorData',
  );
}
