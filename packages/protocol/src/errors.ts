/**
 * Errors of the durable APIs. Their `name` and HTTP status are the service's, in the shape that AWS clients throw
 * (`$metadata.httpStatusCode`), so a caller handles a backend of ours and the service alike.
 */
export class DurableServiceError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, message: string, httpStatusCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.$fault = httpStatusCode < 500 ? 'client' : 'server';
    this.$metadata = { httpStatusCode };
  }
}

/** 400: a request that can never be accepted as it is, a stale checkpoint token included. */
export class InvalidParameterValueException extends DurableServiceError {
  constructor(message: string, options?: ErrorOptions) {
    super('InvalidParameterValueException', message, 400, options);
  }
}

/** 400: a member of the request breaks a length, pattern or range. */
export class ValidationException extends DurableServiceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ValidationException', message, 400, options);
  }
}

/** Why a callback takes no completion any more. */
export type CallbackClosedReason = 'COMPLETED' | 'TIMED_OUT' | 'EXECUTION_ENDED';

/** 400: the callback has timed out, was completed already, or its execution has ended. */
export class CallbackTimeoutException extends DurableServiceError {
  /** Which of them. The service does not say. */
  readonly reason: CallbackClosedReason | undefined;

  constructor(
    message = 'The callback is either timed out or already completed',
    options?: ErrorOptions & { reason?: CallbackClosedReason | undefined },
  ) {
    super('CallbackTimeoutException', message, 400, options);
    this.reason = options?.reason;
  }
}

/** 404: no such execution, function or callback. */
export class ResourceNotFoundException extends DurableServiceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ResourceNotFoundException', message, 404, options);
  }
}

/** 409: the name is taken by an execution with another input. */
export class DurableExecutionAlreadyStartedException extends DurableServiceError {
  constructor(message: string, options?: ErrorOptions) {
    super('DurableExecutionAlreadyStartedException', message, 409, options);
  }
}

/** 500: the backend failed; the same request may succeed later. */
export class ServiceException extends DurableServiceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ServiceException', message, 500, options);
  }
}

const STALE_TOKEN_PREFIX = 'Invalid checkpoint token';

/** The token was used, superseded, or its execution is closed: this invocation has nothing to say any more. */
export function staleToken(detail?: string): InvalidParameterValueException {
  return new InvalidParameterValueException(detail ? `${STALE_TOKEN_PREFIX}: ${detail}` : STALE_TOKEN_PREFIX);
}

/** True for the error of a stale token, whoever sent it: official emulators and old SDKs spell it with capitals. */
export function isStaleToken(error: unknown): boolean {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return (
    name === 'InvalidParameterValueException' &&
    typeof message === 'string' &&
    message.toLowerCase().startsWith(STALE_TOKEN_PREFIX.toLowerCase())
  );
}
