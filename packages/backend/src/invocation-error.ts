import { types } from 'node:util';
import { type ErrorObject, MAX_ERROR_BYTES, type RunningInvocation } from '@middy-durable/protocol';
import { isRecord } from './request-shape.ts';

/** What is kept of a message that is too long for an error object. */
const KEPT_CHARACTERS = 10_000;

/**
 * The error object of an invocation that did not answer: from an `Error`, from what a Lambda runtime reports
 * (`errorType`, `errorMessage`, `stackTrace` or `trace`), from an error object, or from anything else as text.
 */
export function invocationError(reason: unknown): ErrorObject {
  return fitted(isRecord(reason) ? fromRecord(reason) : { ErrorType: 'Unhandled', ErrorMessage: String(reason) });
}

/** The error of an invocation that did not answer within its lease, worded as Lambda's. */
export function timedOutError(invocation: RunningInvocation, now: number): ErrorObject {
  const seconds = Math.max(invocation.leaseUntil - invocation.startedAt, 0) / 1000;
  return {
    ErrorType: 'Sandbox.Timedout',
    ErrorMessage: `${new Date(now).toISOString()} ${invocation.requestId} Task timed out after ${seconds.toFixed(2)} seconds`,
  };
}

/** The error of an invocation whose process is gone. It counts as out of time, so it is repeated with a delay. */
export function lostError(invocation: RunningInvocation, now: number): ErrorObject {
  const { requestId, leaseUntil, livenessMs } = invocation;
  if (livenessMs === undefined || now >= leaseUntil) return timedOutError(invocation, now);
  return {
    ErrorType: 'Sandbox.Timedout',
    ErrorMessage:
      `${new Date(now).toISOString()} ${requestId} Nothing was heard for ${(livenessMs / 1000).toFixed(2)} seconds ` +
      'of the process that ran this invocation: it counts as dead',
  };
}

/** The fields of an error object in `value`, of any other object none; shortened where they are too large. */
export function errorFields(value: object): ErrorObject {
  const { ErrorType, ErrorMessage, ErrorData, StackTrace } = value as Record<string, unknown>;
  return fitted(errorObject(text(ErrorType), text(ErrorMessage), text(ErrorData), lines(StackTrace)));
}

function fromRecord(reason: Record<string, unknown>): ErrorObject {
  // One of Node's own may come from another realm: in a test, for instance.
  const isError = reason instanceof Error || types.isNativeError(reason);
  const type = text(reason.ErrorType) ?? text(reason.errorType);
  const message = text(reason.ErrorMessage) ?? text(reason.errorMessage);
  if (type === undefined && message === undefined && !isError) {
    return { ErrorType: 'Unhandled', ErrorMessage: asJson(reason) };
  }
  const stack = lines(reason.StackTrace) ?? lines(reason.stackTrace) ?? lines(reason.trace);
  return errorObject(
    type ?? (isError ? reason.name : 'Unhandled'),
    message ?? (isError ? reason.message : ''),
    text(reason.ErrorData) ?? text(reason.errorData),
    stack ?? (isError ? reason.stack?.split('\n').slice(1) : undefined),
  );
}

function errorObject(type?: string, message?: string, data?: string, stack?: string[]): ErrorObject {
  return {
    ...(type !== undefined && { ErrorType: type }),
    ...(message !== undefined && { ErrorMessage: message }),
    ...(data !== undefined && { ErrorData: data }),
    ...(stack?.length && { StackTrace: stack.map((line) => line.trim()) }),
  };
}

function fitted(error: ErrorObject): ErrorObject {
  if (Buffer.byteLength(JSON.stringify(error)) <= MAX_ERROR_BYTES) return error;
  const { ErrorType = 'Unhandled', ErrorMessage = '' } = error;
  return {
    ErrorType: ErrorType.slice(0, KEPT_CHARACTERS),
    ErrorMessage: `${ErrorMessage.slice(0, KEPT_CHARACTERS)} (shortened: the error was larger than ${MAX_ERROR_BYTES} bytes)`,
  };
}

function asJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function lines(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}
