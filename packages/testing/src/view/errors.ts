import type { ErrorObject, ExecutionStatus } from '@middy-durable/protocol';

/** What a test asked of an execution and can't have. */
export class TestRunnerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestRunnerError';
  }
}

/** The execution has no result yet. The message lists what it waits for. */
export class ExecutionRunningError extends TestRunnerError {
  constructor(executionName: string, openOperations: readonly string[]) {
    super(
      `Execution ${executionName} is RUNNING and waits for ${listed(openOperations)}. ` +
        'Nothing else in it can move: complete the callback (execution.callback(name), then succeed or fail), let time pass ' +
        '(execution.advance), or stop it (execution.stop).',
    );
    this.name = 'ExecutionRunningError';
  }
}

/** The execution ended without a result. */
export class ExecutionFailedError extends TestRunnerError {
  readonly status: ExecutionStatus;
  /** As it was recorded. */
  readonly error: ErrorObject | undefined;

  constructor(
    executionName: string,
    status: ExecutionStatus,
    error: ErrorObject | undefined,
    unfinished: readonly string[] = [],
  ) {
    const { ErrorType, ErrorMessage } = error ?? {};
    const reason = [ErrorType, ErrorMessage].filter((part) => part !== undefined).join(': ');
    super(
      `Execution ${executionName} is ${status} and has no result${reason && `: ${reason}`}. ${hint(unfinished)}` +
        'Where that is what the test expects, look at status and error instead.',
    );
    this.name = 'ExecutionFailedError';
    this.status = status;
    this.error = error;
  }
}

function hint(unfinished: readonly string[]): string {
  if (unfinished.length === 0) return '';
  return `It never came out of ${listed(unfinished)}: find what that waits for, or give it a timeout. `;
}

/** `a, b and c`, or `nothing`. */
export function listed(items: readonly string[]): string {
  if (items.length === 0) return 'nothing';
  return items.length === 1 ? (items[0] as string) : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
