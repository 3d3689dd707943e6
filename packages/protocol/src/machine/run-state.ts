import type { Divergence, RunEvent } from '../events.ts';
import type { ErrorObject, ExecutionStatus, Operation } from '../wire.ts';

/**
 * An operation as a backend keeps it: moments are epoch milliseconds. A record is replaced, never changed, so one that
 * was handed out stays what it was.
 */
export type OperationRecord = Operation<number>;

/** An open callback that times out. Durations in seconds; at least one of them is there. */
export interface CallbackDeadline {
  /** Epoch milliseconds: both durations count from here until the first heartbeat. */
  readonly startedAt: number;
  readonly timeout?: number | undefined;
  readonly heartbeatTimeout?: number | undefined;
}

/** The invocation that may write the run now. */
export interface RunningInvocation {
  readonly invocationId: string;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds: until when it may work, at most. */
  readonly leaseUntil: number;
  /** Milliseconds without a sign of life after which it counts as dead earlier; absent: it does not. */
  readonly livenessMs?: number | undefined;
  /** The one before it answered, with code that fits: it ran until it could not go on. */
  readonly afterAnswer?: true | undefined;
}

/** The newest invocation that did not answer properly. */
export interface InvocationCrash {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly error?: ErrorObject | undefined;
}

/** A code that has worked on a run: what started from `since` on, and before the next one, was called by it. */
export interface CodeSpan {
  readonly code: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** A run whose newest invocation found that its code does not fit the record. It is invoked again, at longer and longer intervals. */
export interface BlockedRun extends Divergence {
  /** Epoch milliseconds: when the first of these invocations ended. */
  readonly since: number;
  /** How many there were, one after the other. */
  readonly invocations: number;
}

/** A run as the fold of its events: {@link openRun} makes it, `evolve` moves it on. Moments are epoch milliseconds. */
export interface RunState {
  /** Id of the EXECUTION operation. */
  readonly executionId: string;
  readonly name: string;
  readonly input: string | undefined;
  readonly startedAt: number;
  /** Seconds from the start until the execution times out. */
  readonly executionTimeout: number;
  /** In order of start, EXECUTION first. */
  readonly operations: Map<string, OperationRecord>;
  /** Ids of operations that a timer or the outside will move: WAIT, CALLBACK and CHAINED_INVOKE in STARTED, STEP in PENDING. */
  readonly waiting: Set<string>;
  /** Callbacks in STARTED that have a timeout or a heartbeat timeout, by operation id. */
  readonly deadlines: Map<string, CallbackDeadline>;
  status: ExecutionStatus;
  result?: string | undefined;
  error?: ErrorObject | undefined;
  /** Serialized: what the callers of an ordinary invocation get although it failed. */
  answer?: string | undefined;
  endedAt?: number | undefined;
  /** The current invocation; a newer one supersedes it. */
  invocation?: RunningInvocation | undefined;
  /** Invocations that have started, the current one included. */
  invocationCount: number;
  /** Invocations in a row, up to the last one that ended, that crashed. */
  crashedInvocations: number;
  lastCrash?: InvocationCrash | undefined;
  /** Set from an invocation whose code does not fit until one that gets on. */
  blocked?: BlockedRun | undefined;
  /** In order of time. Empty where the functions don't say what code they run. */
  readonly codes: CodeSpan[];
}

/** The state of a run whose only event is its start. */
export function openRun(event: Extract<RunEvent, { type: 'ExecutionStarted' }>): RunState {
  const execution: OperationRecord = {
    Id: event.id,
    Name: event.name,
    Type: 'EXECUTION',
    Status: 'STARTED',
    StartTimestamp: event.at,
    ExecutionDetails: event.input === undefined ? {} : { InputPayload: event.input },
  };
  return {
    executionId: event.id,
    name: event.name,
    input: event.input,
    startedAt: event.at,
    executionTimeout: event.executionTimeout,
    operations: new Map([[event.id, execution]]),
    waiting: new Set(),
    deadlines: new Map(),
    status: 'RUNNING',
    invocationCount: 0,
    crashedInvocations: 0,
    codes: [],
  };
}

/** True when an invocation may answer PENDING: a timer or the outside will move the run. */
export function hasPendingOperations(state: RunState): boolean {
  return state.waiting.size > 0;
}
