import type * as protocol from '@middy-durable/protocol';
import type { DurableLogger } from './logging/types.ts';

/**
 * The wire as a user's transport may speak it. What arrives may have members that are `undefined`: answers of
 * `@aws-sdk/client-lambda` fit as they are, and so does every backend.
 */
type Arriving<T> = { [Member in keyof T]: T[Member] | undefined };

/** Of a step, as it arrives. */
export interface WireStepDetails extends protocol.StepDetails<protocol.WireTimestamp> {}
/** Of a wait, as it arrives. */
export interface WireWaitDetails extends protocol.WaitDetails<protocol.WireTimestamp> {}
/** An operation as it arrives: moments in any of the encodings of the wire. */
export interface WireOperation extends Arriving<protocol.WireOperation> {}

/** What has changed since the function last heard of it. */
export interface CheckpointUpdatedExecutionState {
  Operations?: WireOperation[] | undefined;
  NextMarker?: string | undefined;
}
/** The answer to a checkpoint. */
export interface CheckpointDurableExecutionResponse {
  /** Absent when this invocation may not checkpoint any more (the execution is closed). */
  CheckpointToken?: string | undefined;
  NewExecutionState: CheckpointUpdatedExecutionState | undefined;
}
/** A page of an execution's operations. */
export interface GetDurableExecutionStateResponse {
  Operations: WireOperation[] | undefined;
  NextMarker?: string | undefined;
}

/**
 * The transport: the two calls with which a function records and reads its execution. A call that rejects with a
 * `DurableExecutionClientError` says how far the failure reaches.
 */
export interface DurableExecutionClient {
  checkpoint(
    request: protocol.CheckpointDurableExecutionRequest,
    logger?: DurableLogger,
  ): Promise<CheckpointDurableExecutionResponse>;
  getExecutionState(
    request: protocol.GetDurableExecutionStateRequest,
    logger?: DurableLogger,
  ): Promise<GetDurableExecutionStateResponse>;
  /** Largest request that this transport takes: updates, and bytes of JSON. Default: the service's limits. */
  readonly limits?: { readonly maxUpdates?: number; readonly maxBytes?: number } | undefined;
  /** It records which code called what: requests and outputs may say `CodeVersion` and `NonDeterminism`. Default: it does not. */
  readonly tracksCode?: boolean | undefined;
}

/** The event that starts or resumes an execution in a function. */
export interface DurableExecutionInvocationInput
  extends Omit<protocol.DurableExecutionInvocationInput, 'InitialExecutionState'> {
  InitialExecutionState: { Operations: WireOperation[]; NextMarker?: string | null | undefined };
}

/** What a durable handler answers. */
export type DurableExecutionInvocationOutput =
  | { Status: 'SUCCEEDED'; Result?: string | undefined }
  | { Status: 'FAILED'; Error: protocol.ErrorObject; NonDeterminism?: protocol.NonDeterminism | undefined }
  | { Status: 'PENDING' };
