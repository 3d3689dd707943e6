import { isStaleToken } from '@middy-durable/protocol';
import { isDurableExecutionClientError } from './errors/client-error.ts';
import {
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
} from './errors/control-errors.ts';

/** A key that is gone or forbidden. They arrive as 502, but no retry brings the key back. */
const KEY_LOST = /^KMS(AccessDenied|Disabled|InvalidState|NotFound)Exception$/;
/**
 * Credentials that have expired, are missing, or are signed by a clock that is off: the next invocation starts with fresh
 * ones. Arrive as 400, 401 or 403. A denied permission (AccessDeniedException) is not among them: it stays denied.
 */
const CREDENTIALS =
  /^(ExpiredToken|UnrecognizedClient|InvalidSignature|IncompleteSignature|InvalidClientTokenId|MissingAuthenticationToken|RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch|AuthFailure|CredentialsProvider|TokenProvider)/;
const THROTTLED = /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|LimitExceededException$|ProvisionedThroughput/;

/**
 * What a failed checkpoint or state read ends: `invocation`, which throws and is retried, for what another attempt may not
 * meet; `execution`, which fails, for what every attempt would meet again.
 */
export function classifyCheckpointFailure(error: unknown): 'invocation' | 'execution' {
  if (isDurableExecutionClientError(error)) return error.scope === 'EXECUTION' ? 'execution' : 'invocation';
  if (isStaleToken(error)) return 'invocation';
  const failure = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: unknown }; $retryable?: unknown };
  const name = String(failure.name);
  if (KEY_LOST.test(name)) return 'execution';
  const status = Number(failure.$metadata?.httpStatusCode);
  // No answer (network, time-out, no credentials found) has no status, and NaN fails both comparisons.
  const refused = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return refused && !failure.$retryable && !CREDENTIALS.test(name) && !THROTTLED.test(name)
    ? 'execution'
    : 'invocation';
}

/** The error that ends the invocation or the execution after this failure. */
export function checkpointFailure(
  error: unknown,
): CheckpointUnrecoverableExecutionError | CheckpointUnrecoverableInvocationError {
  return classifyCheckpointFailure(error) === 'execution'
    ? new CheckpointUnrecoverableExecutionError(error)
    : new CheckpointUnrecoverableInvocationError(error);
}
