import type { ErrorObject, ExecutionStatus } from '@middy-durable/protocol';

const ENDINGS: Partial<Record<ExecutionStatus, string>> = {
  FAILED: 'failed',
  STOPPED: 'was stopped',
  TIMED_OUT: 'timed out',
};

/**
 * The error of an execution that ended otherwise than well, with the name, message and stack that were stored. Where
 * none was stored it says how the execution ended.
 */
export function storedError(arn: string, status: ExecutionStatus, stored: ErrorObject | undefined): Error {
  const { ErrorType = 'Error', ErrorMessage = `The execution ${arn} ${ENDINGS[status]}.` } = stored ?? {};
  const error = new Error(ErrorMessage);
  error.name = ErrorType;
  const lines = (stored?.StackTrace ?? []).map((line) => `    ${line}`);
  error.stack = [`${ErrorType}: ${ErrorMessage}`, ...lines].join('\n');
  return error;
}
