import type { ErrorObject } from './wire.ts';

/**
 * The log of a run. An operation's state is the fold of its events, and the execution history is a view of them
 * ({@link ./history.ts}). Metadata (name, parent, subtype) stands only on the event that starts an operation.
 *
 * `at` is epoch milliseconds on the backend's clock. Payloads are serialized text, never parsed here.
 */
export type RunEvent = ExecutionEvent | InvocationEvent | CodeEvent | OperationEvent;

export type ExecutionEvent =
  | {
      type: 'ExecutionStarted';
      at: number;
      /** Id of the EXECUTION operation: the last segment of the ARN. */
      id: string;
      name: string;
      input?: string | undefined;
      /** Seconds from the start until the execution times out. */
      executionTimeout: number;
      /** The chained invoke that started it and gets its outcome. */
      caller?: { runId: string; operationId: string } | undefined;
      /** Handed to the function with every invocation. */
      tenantId?: string | undefined;
      /**
       * ARN of the first of the ended runs that this one goes on with: what code derives from the identity of its execution
       * stays the same.
       */
      origin?: string | undefined;
      /** True for a call of an ordinary function, which is kept as a run so that a crash does not lose it. */
      ordinary?: boolean | undefined;
    }
  | { type: 'ExecutionSucceeded'; at: number; result?: string | undefined }
  | {
      type: 'ExecutionFailed';
      at: number;
      error?: ErrorObject | undefined;
      /** Serialized: what the callers of an ordinary invocation get although it failed. Not part of the history. */
      answer?: string | undefined;
    }
  | { type: 'ExecutionTimedOut'; at: number; error?: ErrorObject | undefined }
  | { type: 'ExecutionStopped'; at: number; error?: ErrorObject | undefined };

export type InvocationEvent =
  | {
      type: 'InvocationStarted';
      at: number;
      invocationId: string;
      requestId: string;
      /** Until when the invocation may work, at most. */
      leaseUntil: number;
      /** Milliseconds without a sign of life after which it counts as dead earlier. Default: it does not. */
      livenessMs?: number | undefined;
    }
  | {
      type: 'InvocationCompleted';
      at: number;
      invocationId: string;
      requestId: string;
      startedAt: number;
      /** Why the invocation failed, or the error that it reported. */
      error?: ErrorObject | undefined;
      /** True when the function did not answer properly (threw, died, timed out): counts towards the retry limits. */
      crashed?: boolean | undefined;
      /** The invocation failed because its code does not fit what other code has recorded: other code may. */
      blocked?: Divergence | undefined;
    };

/**
 * Operations that start from here on were called by this code. Of what started before, nothing has the moment of this
 * event or a later one. Not part of the history.
 */
export interface CodeEvent {
  type: 'CodeChanged';
  at: number;
  code: string;
}

/** A call of the code that is not the one on record at its place. */
export interface Divergence {
  /** Of the operation on record; where there is none, of the finished context in which the call was made. */
  operationId: string;
  /** What is on record: `STEP "charge" (Step)`. Absent for nothing. */
  expected?: string | undefined;
  /** What the code called. */
  found: string;
}

/** What an operation is, as its first update said. */
export interface OperationMetadata {
  parentId?: string | undefined;
  name?: string | undefined;
  subType?: string | undefined;
}

export type OperationEvent = { at: number; id: string } & (
  | ({ type: 'ContextStarted' } & OperationMetadata)
  | { type: 'ContextSucceeded'; result?: string | undefined; replayChildren?: boolean | undefined }
  | { type: 'ContextFailed'; error?: ErrorObject | undefined; replayChildren?: boolean | undefined }
  | ({ type: 'StepStarted' } & OperationMetadata)
  /** With `nextAttemptDelay` (seconds) the step goes on: a poll that is not done yet. */
  | { type: 'StepSucceeded'; result?: string | undefined; nextAttemptDelay?: number | undefined }
  /** With `nextAttemptDelay` (seconds) the step is retried. */
  | { type: 'StepFailed'; error?: ErrorObject | undefined; nextAttemptDelay?: number | undefined }
  /** The delay of a retry is over. Not part of the history. */
  | { type: 'StepReady' }
  | ({ type: 'WaitStarted'; seconds: number } & OperationMetadata)
  | { type: 'WaitSucceeded' }
  | { type: 'WaitCancelled'; error?: ErrorObject | undefined }
  | ({
      type: 'CallbackStarted';
      callbackId: string;
      /** Seconds; absent means none. */
      timeout?: number | undefined;
      /** Seconds; absent means none. */
      heartbeatTimeout?: number | undefined;
    } & OperationMetadata)
  | { type: 'CallbackSucceeded'; result?: string | undefined }
  | { type: 'CallbackFailed'; error?: ErrorObject | undefined }
  | { type: 'CallbackTimedOut'; error?: ErrorObject | undefined }
  | ({
      type: 'ChainedInvokeStarted';
      functionName: string;
      tenantId?: string | undefined;
      input?: string | undefined;
      executedVersion?: string | undefined;
      durableExecutionArn?: string | undefined;
    } & OperationMetadata)
  | { type: 'ChainedInvokeSucceeded'; result?: string | undefined }
  | { type: 'ChainedInvokeFailed'; error?: ErrorObject | undefined }
  | { type: 'ChainedInvokeTimedOut'; error?: ErrorObject | undefined }
  | { type: 'ChainedInvokeStopped'; error?: ErrorObject | undefined }
);

export type RunEventType = RunEvent['type'];
