import type { CallbackClosedReason } from '@middy-durable/protocol';
import {
  CallbackAlreadyCompletedError,
  type CallbackClientError,
  CallbackClosedError,
  CallbackNotSentError,
  CallbackRefusedError,
  CallbackTimedOutError,
  UnknownCallbackError,
} from './callback-errors.ts';

interface ServiceError {
  name?: unknown;
  message?: unknown;
  reason?: CallbackClosedReason;
  $metadata?: { httpStatusCode?: number };
}

/** What a backend or the Lambda service said, as one of this package's errors. */
export function classifyRefusal(callbackId: string, cause: unknown): CallbackClientError {
  const { name, message, reason, $metadata } = (cause ?? {}) as ServiceError;
  // Services quote what they refuse, and the id is a secret.
  const text = (typeof message === 'string' ? message : String(cause)).replaceAll(callbackId, '[callback id]');
  switch (name) {
    case 'CallbackTimeoutException':
      if (reason === 'COMPLETED') return new CallbackAlreadyCompletedError(callbackId, { cause });
      if (reason === 'TIMED_OUT') return new CallbackTimedOutError(callbackId, { cause });
      return new CallbackClosedError(callbackId, reason, undefined, { cause });
    case 'ResourceNotFoundException':
      return new UnknownCallbackError(callbackId, { cause });
    case 'InvalidParameterValueException':
      if (!/\bsize\b/i.test(text)) return new UnknownCallbackError(callbackId, { cause });
      break;
    case 'AccessDeniedException':
      return new CallbackNotSentError(callbackId, `${text} Allow it on the function with its version or alias.`, {
        cause,
      });
  }
  if (isFault(name, $metadata?.httpStatusCode))
    return new CallbackNotSentError(callbackId, `not sent: ${text}`, { cause });
  return new CallbackRefusedError(callbackId, `refused: ${text}`, { cause });
}

/** Of a server, of a network, or for want of capacity: the same request may succeed later. */
function isFault(name: unknown, status: number | undefined): boolean {
  return (
    status === undefined ||
    status >= 500 ||
    status === 429 ||
    /throttl|toomanyrequests|expiredtoken/i.test(String(name))
  );
}
