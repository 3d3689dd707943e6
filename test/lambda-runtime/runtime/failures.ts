import { InvocationError } from '@middy-durable/local';
import type { ProcessEnd } from './environment.ts';
import type { RuntimeError } from './runtime-api.ts';

/** How Lambda calls the signals that end a process. */
const SIGNALS: Readonly<Record<string, string>> = { SIGABRT: 'aborted', SIGKILL: 'killed' };

/** The runtime said what went wrong. */
export function reported({ errorType, errorMessage, trace = [] }: RuntimeError): InvocationError {
  return new InvocationError({ errorType, errorMessage, stackTrace: trace });
}

/** The process died without a word. */
export function exitError(requestId: string, { code, signal }: ProcessEnd): InvocationError {
  const reason = signal ? `signal: ${SIGNALS[signal] ?? signal}` : `exit status ${code}`;
  const how = code === 0 ? 'without providing a reason' : `with error: ${reason}`;
  return lambdaError('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited ${how}`);
}

/** The deadline came first. */
export function timeoutError(requestId: string, elapsedMs: number): InvocationError {
  const seconds = (elapsedMs / 1000).toFixed(2);
  return lambdaError('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`);
}

function lambdaError(errorType: string, errorMessage: string): InvocationError {
  return new InvocationError({ errorType, errorMessage, stackTrace: [] });
}
