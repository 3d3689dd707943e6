import type { ErrorObject } from '@middy-durable/protocol';
import { causeLines, causesFromLines } from './cause-lines.ts';
import { limitErrorObject } from './error-size.ts';
import { httpStatusFromLines, httpStatusLine, httpStatusOf } from './http-status-line.ts';

/** Why a batch (map, parallel) ended. */
export type CompletionReason =
  | 'ALL_COMPLETED'
  | 'MIN_SUCCESSFUL_REACHED'
  | 'FAILURE_TOLERANCE_EXCEEDED'
  | 'CUSTOM_COMPLETION_SUCCEEDED'
  | 'CUSTOM_COMPLETION_FAILED';

/** How many causes are asked for `errorData`. */
const MAX_CAUSES = 10;

// Every class carries its name as a static string: `name` outlives minification, and a user's subclass gets its own.

/**
 * A durable operation failed. The error is built from the operation's record, the same in the run that saw the failure
 * and in every replay; `cause.name` is the type of the error that was thrown inside. Where that one had a `statusCode` and
 * `expose`, as HTTP errors do, this one has them too.
 * @example
 * const error = new StepError('card declined', new RangeError('limit'), '{"code":51}');
 * error.errorType // => 'StepError'
 * error instanceof DurableOperationError // => true
 * error.toErrorObject().ErrorData // => '{"code":51}'
 * error.toErrorObject().StackTrace // => ['Caused by: RangeError: limit']
 */
export abstract class DurableOperationError extends Error {
  /** The message of an error that is given none, or an empty one. */
  protected static readonly defaultMessage: string = '';
  /** The type under which the error is stored. A subclass of a subclass keeps its parent's. */
  abstract readonly errorType: string;
  declare cause?: Error;
  /** Text of the thrower's own, stored with the error and passed on by all errors that wrap this one. */
  declare errorData?: string;
  /** The stored stack trace, where the record has one. */
  declare stackTrace?: string[];

  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || new.target.defaultMessage, cause && { cause });
    this.name = new.target.name;
    if (errorData !== undefined) this.errorData = errorData;
    // HTTP middlewares answer it as they would answer the error that was thrown.
    Object.assign(this, httpStatusOf(cause));
  }

  /** The error of a record. A type that is not one of ours was thrown by user code: a {@link StepError} stands for it. */
  static fromErrorObject(errorObject: ErrorObject): DurableOperationError {
    const { ErrorMessage, ErrorType, ErrorData, StackTrace } = errorObject;
    const known = ownType(ErrorType);
    const Type = known ?? StepError;
    // One of ours without stored causes is its own cause, as the official SDK has it.
    const cause = (known && causesFromLines(StackTrace, restoredCause)) ?? causeFromErrorObject(errorObject);
    Object.assign(cause, httpStatusFromLines(StackTrace));
    const error = new Type(ErrorMessage || (known ? '' : 'Unknown error'), cause, ErrorData);
    if (StackTrace) error.stackTrace = StackTrace;
    return error;
  }

  /**
   * The error as it is stored. `errorData` is its own, or the first found among its causes; those stand in the stack trace,
   * one `Caused by: <name>: <message>` each.
   */
  toErrorObject(): ErrorObject {
    let data: unknown = this.errorData;
    let cause: unknown = this.cause;
    for (let depth = 0; typeof data !== 'string' && cause instanceof Error && depth < MAX_CAUSES; depth++) {
      if (cause instanceof DurableOperationError) data = cause.errorData;
      cause = cause.cause;
    }
    return limitErrorObject({
      ErrorType: String(this.errorType),
      ErrorMessage: String(this.message),
      ...(typeof data === 'string' && { ErrorData: data }),
      ...storedCauses(this),
    });
  }
}

/**
 * A step failed for good: its retries are used up, or it was not to be retried.
 * @example
 * new StepError().message // => 'Step failed'
 * new StepError('declined', new RangeError('limit')).cause.name // => 'RangeError'
 */
export class StepError extends DurableOperationError {
  static override readonly name: string = 'StepError';
  protected static override readonly defaultMessage: string = 'Step failed';
  readonly errorType: 'StepError' | 'WaitForConditionError' = 'StepError';
}

/**
 * A callback failed; the subclasses say how.
 * @example
 * new CallbackError().message // => 'Callback failed'
 */
export class CallbackError extends DurableOperationError {
  static override readonly name: string = 'CallbackError';
  protected static override readonly defaultMessage: string = 'Callback failed';
  readonly errorType: string = 'CallbackError';
}

/**
 * The outside completed the callback with a failure.
 * @example
 * new CallbackExternalError('rejected') instanceof CallbackError // => true
 */
export class CallbackExternalError extends CallbackError {
  static override readonly name: string = 'CallbackExternalError';
  override readonly errorType = 'CallbackExternalError';
}

/**
 * Nobody completed the callback in time, or its heartbeats stopped.
 * @example
 * new CallbackTimeoutError().message // => 'Callback timed out'
 * new CallbackTimeoutError() instanceof CallbackError // => true
 */
export class CallbackTimeoutError extends CallbackError {
  static override readonly name: string = 'CallbackTimeoutError';
  protected static override readonly defaultMessage: string = 'Callback timed out';
  override readonly errorType = 'CallbackTimeoutError';
}

/**
 * The function that was to hand out the callback's id failed.
 * @example
 * new CallbackSubmitterError().message // => 'Callback submitter failed'
 */
export class CallbackSubmitterError extends CallbackError {
  static override readonly name: string = 'CallbackSubmitterError';
  protected static override readonly defaultMessage: string = 'Callback submitter failed';
  override readonly errorType = 'CallbackSubmitterError';
}

/**
 * The invoked function failed, timed out or was stopped.
 * @example
 * new InvokeError().message // => 'Invoke failed'
 */
export class InvokeError extends DurableOperationError {
  static override readonly name: string = 'InvokeError';
  protected static override readonly defaultMessage: string = 'Invoke failed';
  readonly errorType = 'InvokeError';
}

/**
 * A child context's function rejected.
 * @example
 * new ChildContextError('declined', new StepError('declined')).cause.name // => 'StepError'
 */
export class ChildContextError extends DurableOperationError {
  static override readonly name: string = 'ChildContextError';
  protected static override readonly defaultMessage: string = 'Child context failed';
  readonly errorType = 'ChildContextError';
}

/**
 * A durable `all`, `any` or `race` rejected.
 * @example
 * new PromiseCombinatorError().message // => 'Promise combinator failed'
 */
export class PromiseCombinatorError extends DurableOperationError {
  static override readonly name: string = 'PromiseCombinatorError';
  protected static override readonly defaultMessage: string = 'Promise combinator failed';
  readonly errorType = 'PromiseCombinatorError';
}

/**
 * A `waitForCondition` gave up. A {@link StepError} too, because the official SDK rejects with one.
 * @example
 * new WaitForConditionError().message // => 'Wait for condition failed'
 */
export class WaitForConditionError extends StepError {
  static override readonly name: string = 'WaitForConditionError';
  protected static override readonly defaultMessage: string = 'Wait for condition failed';
  override readonly errorType = 'WaitForConditionError';
}

/**
 * A batch's own `shouldComplete` ended it as failed, without a failed item to blame.
 * @example
 * new BatchCompletionError('CUSTOM_COMPLETION_FAILED').completionReason // => 'CUSTOM_COMPLETION_FAILED'
 */
export class BatchCompletionError extends DurableOperationError {
  static override readonly name: string = 'BatchCompletionError';
  readonly errorType = 'BatchCompletionError';
  readonly completionReason: CompletionReason;
  constructor(completionReason: CompletionReason, message?: string, cause?: Error, errorData?: string) {
    super(message || `Batch completed as failed by shouldComplete (${completionReason})`, cause, errorData);
    this.completionReason = completionReason;
  }
}

/**
 * The process died inside an attempt of an at-most-once step. Retry strategies get it; user code meets it as the `cause`
 * of a {@link StepError}.
 * @example new StepInterruptedError('1-2', 'charge').name // => 'StepInterruptedError'
 */
export class StepInterruptedError extends Error {
  static override readonly name: string = 'StepInterruptedError';
  constructor(_stepId?: string, _stepName?: string) {
    super('The step execution process was initiated but failed to reach completion due to an interruption.');
    this.name = new.target.name;
  }
}

/** What stands in `cause` for an error of a record: its type as `name`, its message, and its stack trace if it has one. */
export function causeFromErrorObject(errorObject: ErrorObject): Error {
  const { ErrorType, ErrorMessage, ErrorData, StackTrace } = errorObject;
  const cause =
    ErrorType === BatchCompletionError.name
      ? new BatchCompletionError(completionReasonIn(ErrorMessage), ErrorMessage, undefined, ErrorData)
      : new Error(ErrorMessage);
  cause.name = ErrorType || 'Error';
  cause.stack = StackTrace?.length ? StackTrace.join('\n') : `${cause.name}: ${cause.message}`;
  const deeper = causesFromLines(StackTrace, restoredCause);
  if (deeper) cause.cause = deeper;
  return cause;
}

/** The HTTP status and the causes of an error, for its record; nothing where there are none. */
export function storedCauses(error: Error): { StackTrace: string[] } | undefined {
  const lines = [...httpStatusLine(error), ...causeLines(error, (link) => link instanceof DurableOperationError)];
  return lines.length > 0 ? { StackTrace: lines } : undefined;
}

function restoredCause(name: string, message: string, cause: Error | undefined): Error {
  const Type = ownType(name);
  if (Type) return new Type(message, cause);
  return Object.assign(new Error(message, cause && { cause }), { name, stack: `${name}: ${message}` });
}

/** The class that stands for a type on record, where it is one of ours. */
function ownType(type: string | undefined): typeof StepError | undefined {
  return [
    StepError,
    CallbackError,
    CallbackExternalError,
    CallbackTimeoutError,
    CallbackSubmitterError,
    InvokeError,
    ChildContextError,
    PromiseCombinatorError,
    WaitForConditionError,
  ].find(({ name }) => name === type) as typeof StepError | undefined;
}

/** The record has no field for the reason; the default message names it, and only one reason is ever thrown. */
function completionReasonIn(message: string | undefined): CompletionReason {
  return (/\(([A-Z_]+)\)$/.exec(message ?? '')?.[1] ?? 'CUSTOM_COMPLETION_FAILED') as CompletionReason;
}
