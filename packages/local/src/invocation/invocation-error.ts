/** A failed invocation in the members that Lambda answers with. */
export interface InvocationFailure {
  errorType: string;
  errorMessage: string;
  stackTrace: string[];
}

/**
 * An invocation without an output: the handler threw, its module did not load, or its process died or ran out of time.
 * `name` equals `errorType`: `Runtime.ExitError`, `Sandbox.Timedout`, `Runtime.ImportModuleError`, or the name of what the
 * handler threw.
 *
 * @example
 * await invoke('orders', envelope, { requestId }).catch((error) => {
 *   if (error.errorType === 'Runtime.ExitError') console.log('the process died');
 * });
 */
export class InvocationError extends Error implements InvocationFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: string[];

  constructor({ errorType, errorMessage, stackTrace }: InvocationFailure) {
    super(errorMessage);
    this.name = errorType;
    this.errorType = errorType;
    this.errorMessage = errorMessage;
    this.stackTrace = stackTrace;
    // The stack of interest is the handler's, not the one of this process.
    if (stackTrace.length > 0) this.stack = stackTrace.join('\n');
  }
}

/** Anything thrown in a handler, in the members that Lambda answers with. */
export function failureOf(thrown: unknown): InvocationFailure {
  if (thrown instanceof InvocationError) {
    const { errorType, errorMessage, stackTrace } = thrown;
    return { errorType, errorMessage, stackTrace };
  }
  if (thrown instanceof Error || isErrorLike(thrown)) {
    return {
      errorType: thrown.name || 'Error',
      errorMessage: thrown.message,
      stackTrace: thrown.stack?.split('\n') ?? [],
    };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), stackTrace: [] };
}

/** The process ended before it answered. */
export function exitFailure(requestId: string, code: number | null, signal: string | null): InvocationFailure {
  const reason = signal ? `signal: ${signal}` : code ? `exit status ${code}` : undefined;
  const errorMessage = reason
    ? `RequestId: ${requestId} Error: Runtime exited with error: ${reason}`
    : `RequestId: ${requestId} Error: Runtime exited without providing a reason`;
  return { errorType: 'Runtime.ExitError', errorMessage, stackTrace: [] };
}

/** The deadline came first; Lambda's own words. */
export function timeoutFailure(requestId: string, elapsedMs: number, now: Date): InvocationFailure {
  const errorMessage = `${now.toISOString()} ${requestId} Task timed out after ${(elapsedMs / 1000).toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage, stackTrace: [] };
}

/** An error of another realm is none by `instanceof`. */
function isErrorLike(value: unknown): value is { name: string; message: string; stack?: string } {
  const { name, message, stack } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof message === 'string' && typeof stack === 'string';
}
