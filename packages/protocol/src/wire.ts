/**
 * The wire: what a function and a durable backend say to each other. Names, casing and optionality are the service's.
 * Values of enumerations are plain strings, so a record read back as JSON needs no conversion.
 */

/** A moment on the wire: a `Date` from an AWS client, an ISO string, or integer epoch milliseconds (what our backends send). */
export type WireTimestamp = Date | string | number;

/** Kind of a node in an execution's checkpoint log. */
export const OperationType = {
  CALLBACK: 'CALLBACK',
  CHAINED_INVOKE: 'CHAINED_INVOKE',
  CONTEXT: 'CONTEXT',
  EXECUTION: 'EXECUTION',
  STEP: 'STEP',
  WAIT: 'WAIT',
} as const;
export type OperationType = (typeof OperationType)[keyof typeof OperationType];

/** State of an operation. `SUCCEEDED`, `FAILED`, `CANCELLED`, `TIMED_OUT` and `STOPPED` are final. */
export const OperationStatus = {
  CANCELLED: 'CANCELLED',
  FAILED: 'FAILED',
  PENDING: 'PENDING',
  READY: 'READY',
  STARTED: 'STARTED',
  STOPPED: 'STOPPED',
  SUCCEEDED: 'SUCCEEDED',
  TIMED_OUT: 'TIMED_OUT',
} as const;
export type OperationStatus = (typeof OperationStatus)[keyof typeof OperationStatus];

/** What an update asks of an operation. */
export const OperationAction = {
  CANCEL: 'CANCEL',
  FAIL: 'FAIL',
  RETRY: 'RETRY',
  START: 'START',
  SUCCEED: 'SUCCEED',
} as const;
export type OperationAction = (typeof OperationAction)[keyof typeof OperationAction];

/** What an operation is called in the API that made it. The service does not interpret it. */
export const OperationSubType = {
  STEP: 'Step',
  WAIT: 'Wait',
  CALLBACK: 'Callback',
  RUN_IN_CHILD_CONTEXT: 'RunInChildContext',
  MAP: 'Map',
  MAP_ITERATION: 'MapIteration',
  PARALLEL: 'Parallel',
  PARALLEL_BRANCH: 'ParallelBranch',
  WAIT_FOR_CALLBACK: 'WaitForCallback',
  WAIT_FOR_CONDITION: 'WaitForCondition',
  CHAINED_INVOKE: 'ChainedInvoke',
} as const;
export type OperationSubType = (typeof OperationSubType)[keyof typeof OperationSubType];
// Types only, so that OperationSubType.STEP is a type too, as it is for the official SDK's enum.
export declare namespace OperationSubType {
  type STEP = 'Step';
  type WAIT = 'Wait';
  type CALLBACK = 'Callback';
  type RUN_IN_CHILD_CONTEXT = 'RunInChildContext';
  type MAP = 'Map';
  type MAP_ITERATION = 'MapIteration';
  type PARALLEL = 'Parallel';
  type PARALLEL_BRANCH = 'ParallelBranch';
  type WAIT_FOR_CALLBACK = 'WaitForCallback';
  type WAIT_FOR_CONDITION = 'WaitForCondition';
  type CHAINED_INVOKE = 'ChainedInvoke';
}

/** Outcome of one invocation, as the handler returns it. */
export const InvocationStatus = { SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', PENDING: 'PENDING' } as const;
export type InvocationStatus = (typeof InvocationStatus)[keyof typeof InvocationStatus];
export declare namespace InvocationStatus {
  type SUCCEEDED = 'SUCCEEDED';
  type FAILED = 'FAILED';
  type PENDING = 'PENDING';
}

/** State of an execution. All but `RUNNING` are final. */
export const ExecutionStatus = {
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  TIMED_OUT: 'TIMED_OUT',
  STOPPED: 'STOPPED',
} as const;
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

/** An error as it is stored and sent. All members are optional; `ErrorData` is the user's own text. */
export interface ErrorObject {
  ErrorMessage?: string | undefined;
  ErrorType?: string | undefined;
  ErrorData?: string | undefined;
  StackTrace?: string[] | undefined;
}

export interface ExecutionDetails {
  InputPayload?: string | undefined;
}
export interface ContextDetails {
  /** The children stay in the state and the body is run again to rebuild the result. */
  ReplayChildren?: boolean | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}
export interface StepDetails<Timestamp = Date> {
  /** Attempts that have ended: absent or 0 while the first one runs. */
  Attempt?: number | undefined;
  NextAttemptTimestamp?: Timestamp | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}
export interface WaitDetails<Timestamp = Date> {
  ScheduledEndTimestamp?: Timestamp | undefined;
}
export interface CallbackDetails {
  CallbackId?: string | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}
export interface ChainedInvokeDetails {
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}

/** One node of the checkpoint log. `Timestamp` is how moments are written: see {@link WireTimestamp}. */
export interface Operation<Timestamp = Date> {
  Id: string;
  ParentId?: string | undefined;
  Name?: string | undefined;
  Type: OperationType;
  SubType?: string | undefined;
  Status: OperationStatus;
  StartTimestamp: Timestamp;
  EndTimestamp?: Timestamp | undefined;
  ExecutionDetails?: ExecutionDetails | undefined;
  ContextDetails?: ContextDetails | undefined;
  StepDetails?: StepDetails<Timestamp> | undefined;
  WaitDetails?: WaitDetails<Timestamp> | undefined;
  CallbackDetails?: CallbackDetails | undefined;
  ChainedInvokeDetails?: ChainedInvokeDetails | undefined;
}
/** An operation as it arrives: moments in any of the encodings of the wire. */
export type WireOperation = Operation<WireTimestamp>;

export interface ContextOptions {
  ReplayChildren?: boolean | undefined;
}
export interface StepOptions {
  /** Whole seconds until the next attempt, 1 to 31,622,400. */
  NextAttemptDelaySeconds?: number | undefined;
}
export interface WaitOptions {
  /** Whole seconds, 1 to 31,622,400. */
  WaitSeconds?: number | undefined;
}
export interface CallbackOptions {
  /** Whole seconds; absent or 0 means no timeout. */
  TimeoutSeconds?: number | undefined;
  /** Whole seconds between heartbeats; absent or 0 means none are asked for. */
  HeartbeatTimeoutSeconds?: number | undefined;
}
export interface ChainedInvokeOptions {
  FunctionName: string;
  TenantId?: string | undefined;
  XAmznTraceId?: string | undefined;
}

/** A change that the function asks of one operation. */
export interface OperationUpdate {
  Id: string;
  ParentId?: string | undefined;
  Name?: string | undefined;
  Type: OperationType;
  SubType?: string | undefined;
  Action: OperationAction;
  Payload?: string | undefined;
  Error?: ErrorObject | undefined;
  ContextOptions?: ContextOptions | undefined;
  StepOptions?: StepOptions | undefined;
  WaitOptions?: WaitOptions | undefined;
  CallbackOptions?: CallbackOptions | undefined;
  ChainedInvokeOptions?: ChainedInvokeOptions | undefined;
}

export interface CheckpointDurableExecutionRequest {
  DurableExecutionArn: string;
  CheckpointToken: string;
  Updates?: OperationUpdate[] | undefined;
  /** The same token with the same checkpoint token is answered again, not applied again, for 15 minutes. */
  ClientToken?: string | undefined;
  /** What code sends it. Only for a client that says `tracksCode`: the service takes no such member. */
  CodeVersion?: string | undefined;
}
export interface CheckpointUpdatedExecutionState {
  Operations?: WireOperation[] | undefined;
  NextMarker?: string | undefined;
}
export interface CheckpointDurableExecutionResponse {
  /** Absent when this invocation may not checkpoint any more (the execution is closed). */
  CheckpointToken?: string | undefined;
  NewExecutionState: CheckpointUpdatedExecutionState;
}
export interface GetDurableExecutionStateRequest {
  DurableExecutionArn: string;
  CheckpointToken: string;
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}
export interface GetDurableExecutionStateResponse {
  Operations: WireOperation[];
  NextMarker?: string | undefined;
}

/** The event that starts or resumes an execution in a function. */
export interface DurableExecutionInvocationInput {
  DurableExecutionArn: string;
  CheckpointToken: string;
  InitialExecutionState: { Operations: WireOperation[]; NextMarker?: string | null | undefined };
  /** Ids of operations that changed outside the function since its last invocation. */
  UpdatedOperationIds?: string[] | undefined;
  /** How often the execution has been invoked before, plus one. Only our backends report it. */
  InvocationCount?: number | undefined;
  /**
   * Whether the invocation before this one answered, so that its code ran until it could not go on; false where it died, and
   * nobody knows what it did after its last checkpoint. Only our backends report it.
   */
  AfterAnswer?: boolean | undefined;
  /**
   * ARN of the execution that this one goes on with after it had failed, the first of them. Keys and values that are derived
   * from an execution's identity are derived from this one. Only our backends report it.
   */
  OriginExecutionArn?: string | undefined;
}

/** What the function returns for such an event. */
export type DurableExecutionInvocationOutput =
  | { Status: 'SUCCEEDED'; Result?: string | undefined }
  | { Status: 'FAILED'; Error?: ErrorObject | undefined; NonDeterminism?: NonDeterminism | undefined }
  | { Status: 'PENDING' };

/**
 * Why code failed that does not fit the record. Only for a backend whose client says `tracksCode`: where other code made the
 * record it does not take the execution's failure for an answer.
 */
export interface NonDeterminism {
  CodeVersion: string;
  /** Of the operation on record; where there is none, of the finished context in which the call was made. */
  OperationId: string;
  /** What is on record: `STEP "charge" (Step)`. Absent for nothing. */
  Expected?: string | undefined;
  /** What the code called. */
  Found: string;
}

const FINAL: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'STOPPED']);

/** True for a status that never changes again. */
export function isFinal(status: OperationStatus | ExecutionStatus): boolean {
  return FINAL.has(status);
}

/** True for an event that carries a durable execution: both the ARN and the checkpoint token are there. */
export function isDurableInvocation(event: unknown): event is DurableExecutionInvocationInput {
  const input = event as Partial<DurableExecutionInvocationInput> | null | undefined;
  return typeof input === 'object' && input !== null && Boolean(input.DurableExecutionArn && input.CheckpointToken);
}
