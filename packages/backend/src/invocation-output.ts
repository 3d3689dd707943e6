import { type ErrorObject, MAX_EXECUTION_PAYLOAD_BYTES, type NonDeterminism } from '@middy-durable/protocol';
import { errorFields } from './invocation-error.ts';

/** What an output says about the run. */
export type Verdict =
  | { status: 'SUCCEEDED'; result?: string | undefined }
  | { status: 'FAILED'; error?: ErrorObject | undefined; nonDeterminism?: NonDeterminism | undefined }
  | { status: 'PENDING' };

/**
 * Reads what a function returned. An output against the rules ends the execution as failed, with the rule as its error.
 *
 * @param mostBytes Largest result, in bytes of UTF-8.
 */
export function readOutput(output: unknown, mostBytes: number = MAX_EXECUTION_PAYLOAD_BYTES): Verdict {
  const {
    Status,
    Result,
    Error: error,
    NonDeterminism: nonDeterminism,
  } = (typeof output === 'object' && output !== null ? output : {}) as {
    Status?: unknown;
    Result?: unknown;
    Error?: unknown;
    NonDeterminism?: unknown;
  };
  switch (Status) {
    case 'SUCCEEDED':
      if (isPresent(error)) return invalidOutput('Cannot provide an Error for SUCCEEDED status.');
      return succeeded(Result, mostBytes);
    case 'FAILED':
      if (isPresent(Result)) return invalidOutput('Cannot provide a Result for FAILED status.');
      if (!isPresent(error)) return { status: 'FAILED' };
      if (typeof error !== 'object') return invalidOutput('Invalid Error in invocation output: it must be an object.');
      return {
        status: 'FAILED',
        error: errorFields(error as object),
        nonDeterminism: readNonDeterminism(nonDeterminism),
      };
    case 'PENDING':
      return { status: 'PENDING' };
    default:
      return invalidOutput('Invalid Status in invocation output.');
  }
}

/** PENDING where nothing would ever move the run again. */
export function pendingOnNothing(): Verdict {
  return invalidOutput('Cannot return PENDING status with no pending operations.');
}

function succeeded(result: unknown, mostBytes: number): Verdict {
  if (!isPresent(result)) return { status: 'SUCCEEDED' };
  if (typeof result !== 'string') {
    return invalidOutput('Invalid Result in invocation output: it must be serialized to a string.');
  }
  if (Buffer.byteLength(result) > mostBytes) {
    return invalidOutput(`Execution output payload size must be less than or equal to ${mostBytes} bytes.`);
  }
  return { status: 'SUCCEEDED', result };
}

/** What is no report of one is none: then the execution fails, as on the service. */
function readNonDeterminism(report: unknown): NonDeterminism | undefined {
  if (typeof report !== 'object' || report === null) return undefined;
  const { CodeVersion, OperationId, Expected, Found } = report as Record<string, unknown>;
  if (typeof CodeVersion !== 'string' || typeof OperationId !== 'string' || typeof Found !== 'string') return undefined;
  return { CodeVersion, OperationId, Found, ...(typeof Expected === 'string' && { Expected }) };
}

function invalidOutput(message: string): Verdict {
  return { status: 'FAILED', error: { ErrorType: 'InvalidParameterValueException', ErrorMessage: message } };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
