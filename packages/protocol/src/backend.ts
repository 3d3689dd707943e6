import type { HistoryEvent } from './history.ts';
import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  ErrorObject,
  ExecutionStatus,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
} from './wire.ts';

/** The four level methods that a transport may log through. */
export interface TransportLogger {
  error(...params: unknown[]): void;
  warn(...params: unknown[]): void;
  info(...params: unknown[]): void;
  debug(...params: unknown[]): void;
}

/**
 * The transport: the two calls with which a function records and reads its execution. The same interface as the official
 * SDK's, so every backend of ours also powers that SDK.
 */
export interface DurableExecutionClient {
  checkpoint(
    request: CheckpointDurableExecutionRequest,
    logger?: TransportLogger,
  ): Promise<CheckpointDurableExecutionResponse>;
  getExecutionState(
    request: GetDurableExecutionStateRequest,
    logger?: TransportLogger,
  ): Promise<GetDurableExecutionStateResponse>;
  /** Largest request that this transport takes; the service's numbers by default. */
  readonly limits?: { readonly maxUpdates?: number; readonly maxBytes?: number } | undefined;
  /** It records which code called what: requests and outputs may say `CodeVersion` and `NonDeterminism`. Default: it does not. */
  readonly tracksCode?: boolean | undefined;
}

/** What a function's side needs of a place that keeps executions. */
export interface Backend {
  readonly client: DurableExecutionClient;
  /**
   * Tells this place from others that keep executions, in every process that uses it: whoever is asked about an execution of
   * another place knows nothing of it, and must not say that there is none. Default: nobody else knows it.
   */
  readonly place?: string | undefined;
  /**
   * Takes the event of an invocation. An envelope passes through as `run`. An ordinary event starts a run that is executed
   * in this very invocation (`inline`), resumes one, or attaches to one: then the answer is there already. Rejects when it
   * can't, and with the stored error of a failed run that is not resumed. A name that `executions.start` has given is taken:
   * what was started there and what an event means are never the same.
   */
  open(event: unknown, lambdaContext: unknown, ordinary?: OrdinaryEventOptions): Promise<OpenedInvocation>;
  readonly callbacks: CallbackOperations;
  readonly executions: ExecutionOperations;
}

/** What is to be done with an invocation: run the handler on an envelope, or answer at once. */
export type OpenedInvocation =
  | { run: DurableExecutionInvocationInput; inline?: InlineInvocation | undefined }
  | { answer: unknown };

/** A run that executes in the invocation of an ordinary event. */
export interface InlineInvocation {
  /** Where this run's checkpoints go. Default: the backend's client. */
  readonly client?: DurableExecutionClient | undefined;
  /**
   * Records the outcome, then gives the caller what belongs to it: resolves to the result or the pending response, or rejects
   * with an error made from the stored one.
   *
   * `original` is what the handler itself gave: once its outcome is recorded, `close` resolves to that very value, or rejects
   * with that very error. A value for a failed output is an answer that a middleware gave to an error: the run has failed,
   * and the value is kept for who asks again.
   */
  close(output: DurableExecutionInvocationOutput, original?: { value: unknown } | { error: unknown }): Promise<unknown>;
  /**
   * Instead of `close` where the invocation failed and not the execution (a stale token, a store that can't be reached):
   * notes why, so that the run is tried again soon and not only when this invocation's time is over. Never rejects.
   */
  abandon(failure: unknown): Promise<void>;
}

/** How ordinary events (of an HTTP API, a queue, a bus, a plain invoke) become executions. `undefined` means the default. */
export interface OrdinaryEventOptions {
  /**
   * The execution's name: the same name again attaches to the run that has it. A function of the event, or a JMESPath
   * expression on it (Powertools' functions included). Names that don't fit are hashed; an empty one counts as none.
   * Default: what the source identifies the event by (SQS message id, EventBridge id, `Idempotency-Key` header ...), else the
   * id of the Lambda request, which Lambda's own retries keep.
   *
   * With an `Idempotency-Key` the caller is part of the name where an authorizer says who that is. A function that
   * authenticates callers itself must put the caller into `executionName`: stored answers are given before the handler runs.
   */
  executionName?: string | ((event: never, lambdaContext: never) => string | undefined) | undefined;
  /**
   * What the sender meant, as a value of JSON: another fingerprint under the same name is refused with
   * DurableExecutionAlreadyStartedException. Default: by source, without what transport adds (HTTP: method, path, query, body;
   * SQS: body and message attributes; otherwise the event).
   */
  fingerprint?: ((event: never) => unknown) | undefined;
  /** What of the event is stored and handed to the handler. Default: all of it. Leave out secrets here. */
  input?: ((event: never) => unknown) | undefined;
  /**
   * The same event again after its run has failed: `resume` starts a new run of that name with the completed operations of
   * the failed one, `stored` gives the stored error again. Default: `stored` for HTTP, `resume` for everything else.
   */
  onRedelivery?: 'resume' | 'stored' | undefined;
  /** What the caller gets while the execution is suspended, or runs elsewhere. Default: 202 with the ARN for HTTP, a small object otherwise. */
  pendingResponse?: ((execution: PendingExecution, event: never) => unknown) | undefined;
  /**
   * `observe`: operations are recorded where that works, and nothing else changes: no invocation attaches, waits are waited
   * for in the invocation, a backend that fails is a warning. Default: `durable`.
   */
  mode?: 'durable' | 'observe' | undefined;
  /** Seconds from the start. Default: the backend's. */
  executionTimeout?: number | undefined;
}

/** An execution whose result is not there yet. */
export interface PendingExecution {
  durableExecutionArn: string;
  executionName: string;
  status: 'RUNNING';
}

/** Completing a callback from outside. The first completion wins; a timeout is a completion too. */
export interface CallbackOperations {
  /** `result` is the serialized result, handed on unchanged; absent for none. */
  succeed(callbackId: string, result?: string, options?: CompletionOptions): Promise<void>;
  fail(callbackId: string, error?: ErrorObject, options?: CompletionOptions): Promise<void>;
  /** Resets the heartbeat timeout; does nothing where none was asked for. */
  heartbeat(callbackId: string): Promise<void>;
}

/** Makes completing repeatable: who isn't sure that a completion arrived sends it again. */
export interface CompletionOptions {
  /**
   * Names the completion, 1 to 128 characters. Where one of the same kind by the same writer stands, it is done, and the call
   * resolves, also after the execution has gone on or ended; what the first one said stands. Default: every repeat is refused.
   */
  writerId?: string | undefined;
  /** The callback's execution: needed to see who completed it where the callback's id does not lead there (the Lambda service). */
  durableExecutionArn?: string | undefined;
  /** Finds the writer in a result, where the backend keeps results alone (the Lambda service). Default: results are compared. */
  writerOf?: ((result: string) => string | undefined) | undefined;
}

export interface StartExecution {
  functionName: string;
  /** Makes the start idempotent: the same name and input again answer with the same execution. Default: a new name. */
  name?: string | undefined;
  /** Serialized event. Default: none. */
  input?: string | undefined;
  /** Seconds from the start. Default: the backend's. */
  executionTimeout?: number | undefined;
}

export interface ExecutionSummary {
  DurableExecutionArn: string;
  DurableExecutionName: string;
  FunctionArn: string;
  Status: ExecutionStatus;
  StartTimestamp: Date;
  EndTimestamp?: Date | undefined;
  /** Present while it does not get on because its code was changed in a way that does not fit what it has recorded. */
  Blocked?: ExecutionBlocked | undefined;
}

/**
 * Why a running execution does not get on: the code calls something else than what older code recorded at that place. It is
 * tried again, at longer and longer intervals up to an hour, until it times out: deploy code that fits, the old one or one
 * that tells the two apart by `context.version(...)`, and it goes on.
 */
export interface ExecutionBlocked {
  /** Of the operation on record; where there is none, of the finished context in which the call was made. */
  OperationId: string;
  /** What is on record: `STEP "charge" (Step)`. Absent for nothing. */
  Expected?: string | undefined;
  /** What the code calls. */
  Found: string;
  /** When it was first found. */
  Since: Date;
  /** How many invocations in a row have found it. */
  Invocations: number;
}

export interface ExecutionDescription extends ExecutionSummary {
  InputPayload?: string | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
  Version?: string | undefined;
}

export interface ListExecutions {
  functionName?: string | undefined;
  name?: string | undefined;
  statuses?: ExecutionStatus[] | undefined;
  startedAfter?: Date | undefined;
  startedBefore?: Date | undefined;
  /** Default false: newest first. */
  reverseOrder?: boolean | undefined;
  marker?: string | undefined;
  /** 0 to 1000, default 100 (also for 0). */
  maxItems?: number | undefined;
}

export interface HistoryRequest {
  /** Default false: oldest first. */
  reverseOrder?: boolean | undefined;
  /** Default true. Without, payloads are left out and marked `Truncated`. */
  includeExecutionData?: boolean | undefined;
  marker?: string | undefined;
  /** 0 to 1000, default 100 (also for 0). */
  maxItems?: number | undefined;
}

export interface RedriveExecution {
  /** The function's version on which it goes on: `$LATEST` or a number. Default: the one on which it started. */
  qualifier?: string | undefined;
}

/** Executions from outside: start, look at, stop, go on with a failed one. */
export interface ExecutionOperations {
  start(request: StartExecution): Promise<{ DurableExecutionArn: string; created: boolean }>;
  get(arn: string): Promise<ExecutionDescription>;
  list(request?: ListExecutions): Promise<{ DurableExecutions: ExecutionSummary[]; NextMarker?: string | undefined }>;
  history(arn: string, request?: HistoryRequest): Promise<{ Events: HistoryEvent[]; NextMarker?: string | undefined }>;
  /** Ends a running execution as STOPPED; on an ended one changes nothing. */
  stop(arn: string, error?: ErrorObject): Promise<{ StopTimestamp: Date }>;
  /**
   * Goes on with an execution that failed, timed out or was stopped: starts a new one of the same name and input, which
   * begins with what the ended one has completed, and answers with its ARN. What failed last begins anew; see the table of
   * `@middy-durable/backend`. It has the whole execution timeout again. The ended one stays as it is.
   *
   * Idempotent: an execution with which another one went on already answers with the one that has its name now, and
   * `created: false`. Of several calls at once one creates it. Should that one have failed too, redrive that one.
   *
   * Rejects with ResourceNotFoundException for an unknown ARN, InvalidParameterValueException while the execution is
   * running, after it has succeeded, and for a qualifier that is no version; DurableExecutionAlreadyStartedException when
   * its name means something else by now.
   */
  redrive(arn: string, request?: RedriveExecution): Promise<{ DurableExecutionArn: string; created: boolean }>;
}

/** The detail of a `Durable Execution Status Change` event. */
export interface StatusChangeDetail {
  durableExecutionArn: string;
  durableExecutionName: string;
  functionArn: string;
  status: ExecutionStatus;
  /** ISO-8601 with milliseconds. */
  startTimestamp: string;
  endTimestamp?: string | undefined;
}
