import {
  MAX_CHAINED_PAYLOAD_BYTES,
  MAX_ERROR_BYTES,
  MAX_EXECUTION_PAYLOAD_BYTES,
  MAX_OPERATION_PAYLOAD_BYTES,
} from '../limits.ts';
import type { ErrorObject, OperationType } from '../wire.ts';

/** Largest payloads in bytes of UTF-8; each itself is still allowed. */
export interface PayloadLimits {
  /** Payload of a step, context, wait or callback. Default 1 MiB. */
  readonly operationBytes: number;
  /** Input of a chained invoke. Default 1 MiB. */
  readonly chainedBytes: number;
  /** Result of the execution. Default 6 MiB. */
  readonly executionBytes: number;
  /** All fields of an error object together. Default 1 MiB. */
  readonly errorBytes: number;
}

/** The limits of the service. */
export const SERVICE_LIMITS: PayloadLimits = {
  operationBytes: MAX_OPERATION_PAYLOAD_BYTES,
  chainedBytes: MAX_CHAINED_PAYLOAD_BYTES,
  executionBytes: MAX_EXECUTION_PAYLOAD_BYTES,
  errorBytes: MAX_ERROR_BYTES,
};

const PAYLOADS: { readonly [Type in OperationType]: { readonly what: string; readonly limit: keyof PayloadLimits } } = {
  EXECUTION: { what: 'Execution output', limit: 'executionBytes' },
  CONTEXT: { what: 'CONTEXT', limit: 'operationBytes' },
  STEP: { what: 'STEP output', limit: 'operationBytes' },
  WAIT: { what: 'WAIT', limit: 'operationBytes' },
  CALLBACK: { what: 'CALLBACK', limit: 'operationBytes' },
  CHAINED_INVOKE: { what: 'CHAINED_INVOKE input', limit: 'chainedBytes' },
};

/** Why the payload of an update of `type` is too large, or undefined. Types that don't exist have no limit. */
export function oversizedPayload(type: OperationType, payload: string, limits: PayloadLimits): string | undefined {
  if (!Object.hasOwn(PAYLOADS, type)) return undefined;
  const { what, limit } = PAYLOADS[type];
  if (!exceeds(payload, limits[limit])) return undefined;
  return `${what} payload size must be less than or equal to ${limits[limit]} bytes.`;
}

/** Why an error object is too large, or undefined. */
export function oversizedError(error: ErrorObject, { errorBytes }: PayloadLimits): string | undefined {
  const fields = [error.ErrorMessage, error.ErrorType, error.ErrorData, ...(error.StackTrace ?? [])];
  const bytes = fields.reduce((sum, field) => sum + (field ? Buffer.byteLength(field) : 0), 0);
  return bytes > errorBytes ? `Error object size must be less than or equal to ${errorBytes} bytes.` : undefined;
}

function exceeds(text: string, limit: number): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so short texts need no count.
  return text.length * 3 > limit && Buffer.byteLength(text) > limit;
}
