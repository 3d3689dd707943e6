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
}

/** What a function's side needs of a place that keeps executions. */
export interface Backend {
  readonly client: DurableExecutionClient;
  /**
   * Takes the event of an invocation. An envelope passes through as `run`; an ordinary event starts, resumes or attaches,
   * where the backend can. Rejects when it can't.
   */
  open(event: unknown, lambdaContext: unknown): Promise<{ run: DurableExecutionInvocationInput } | { answer: unknown }>;
  /** Records the outcome of an invocation that `open` answered with `run`; resolves to what the caller gets. */
  close(envelope: DurableExecutionInvocationInput, output: DurableExecutionInvocationOutput): Promise<unknown>;
  readonly callbacks: CallbackOperations;
  readonly executions: ExecutionOperations;
}

/** Completing a callback from outside. The first completion wins; a timeout is a completion too. */
export interface CallbackOperations {
  /** `result` is the serialized result, handed on unchanged; absent for none. */
  succeed(callbackId: string, result?: string): Promise<void>;
  fail(callbackId: string, error?: ErrorObject): Promise<void>;
  /** Resets the heartbeat timeout; does nothing where none was asked for. */
  heartbeat(callbackId: string): Promise<void>;
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

/** Executions from outside: start, look at, stop. */
export interface ExecutionOperations {
  start(request: StartExecution): Promise<{ DurableExecutionArn: string; created: boolean }>;
  get(arn: string): Promise<ExecutionDescription>;
  list(request?: ListExecutions): Promise<{ DurableExecutions: ExecutionSummary[]; NextMarker?: string | undefined }>;
  history(arn: string, request?: HistoryRequest): Promise<{ Events: HistoryEvent[]; NextMarker?: string | undefined }>;
  /** Ends a running execution as STOPPED; on an ended one changes nothing. */
  stop(arn: string, error?: ErrorObject): Promise<{ StopTimestamp: Date }>;
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
