import { MAX_CHAINED_PAYLOAD_BYTES, type RunEvent, type RunningInvocation } from '@middy-durable/protocol';
import { timedOutCall } from './after-end.ts';
import { invocationError } from './invocation-error.ts';

/** How a call of an ordinary function ended: with what it returned, with why it failed, or not in its time. */
export type CallEnd = { output: unknown } | { failure: unknown; outOfTime?: boolean | undefined };

/**
 * Time between the deadline that an ordinary function is told and the end of its call, in milliseconds: who ran out of
 * time by itself shall say so.
 */
export const CALL_GRACE_MS = 1000;
/** Time between that deadline and the end of the lease, in milliseconds: whoever called records the end, and nobody calls again. */
export const CALL_LEASE_GRACE_MS = 5000;

/** The event that an ordinary function gets. Throws what Lambda answers to a payload that is no JSON. */
export function callEvent(input: string | undefined): unknown {
  try {
    return input === undefined ? {} : JSON.parse(input);
  } catch (cause) {
    throw {
      ErrorType: 'InvalidRequestContentException',
      ErrorMessage: `Could not parse request body into json: ${(cause as Error).message}`,
    };
  }
}

/** What the end of a call means for its run. */
export function callVerdict(end: CallEnd, invocation: RunningInvocation, at: number): RunEvent {
  if ('output' in end) return answered(end.output, at);
  if (!end.outOfTime) return { type: 'ExecutionFailed', at, error: failureOf(end.failure) };
  const seconds = Math.round((invocation.leaseUntil - CALL_LEASE_GRACE_MS - invocation.startedAt) / 1000);
  return { type: 'ExecutionTimedOut', at, error: timedOutCall(seconds) };
}

function answered(output: unknown, at: number): RunEvent {
  let body: string;
  try {
    // A function that returns nothing answers `null`, as on Lambda.
    body = JSON.stringify(output) ?? 'null';
  } catch (cause) {
    const ErrorMessage = `The function's output is not JSON: ${(cause as Error).message}. Return plain data.`;
    return { type: 'ExecutionFailed', at, error: { ErrorType: 'Runtime.MarshalError', ErrorMessage } };
  }
  if (Buffer.byteLength(body) <= MAX_CHAINED_PAYLOAD_BYTES) return { type: 'ExecutionSucceeded', at, result: body };
  const ErrorMessage = `CHAINED_INVOKE output payload size must be less than or equal to ${MAX_CHAINED_PAYLOAD_BYTES} bytes.`;
  return { type: 'ExecutionFailed', at, error: { ErrorMessage } };
}

/** What an API refused has no stack of the function's; ours tells nobody anything. */
function failureOf(failure: unknown): ReturnType<typeof invocationError> {
  const { StackTrace, ...error } = invocationError(failure);
  const isRefusal = typeof (failure as { $metadata?: unknown } | undefined)?.$metadata === 'object';
  return isRefusal || StackTrace === undefined ? error : { ...error, StackTrace };
}
