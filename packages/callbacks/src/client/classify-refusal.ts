import type { CallbackClosedReason } from '@middy-durable/protocol';
import { isError, withoutSecrets } from '../without-secrets.ts';
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

/** What a backend or the Lambda service said, as one of this package's errors. Neither they nor their causes say the id. */
export function classifyRefusal(callbackId: string, thrown: unknown): CallbackClientError {
  // Services quote what they refuse, and the id is a secret.
  const cause = isError(thrown) ? withoutSecrets(thrown, [callbackId]) : undefined;
  const { name, message, reason, $metadata } = (thrown ?? {}) as ServiceError;
  const text = withoutSecrets(typeof message === 'string' ? message : thrown, [callbackId]).message;
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

/** Of a server or a network, for want of capacity, or for credentials that are none: the same request may succeed later. */
function isFault(name: unknown, status: number | undefined): boolean {
  return (
    status === undefined ||
    status >= 500 ||
    [401, 403, 408, 429].includes(status) ||
    /throttl|toomanyrequests|expired|timeout|credential|signature|unrecognizedclient|authenticationtoken/i.test(
      String(name),
    )
  );
}
