import type { OperationEvent, OperationMetadata } from '../events.ts';
import type { ErrorObject, OperationUpdate } from '../wire.ts';
import type { OperationState } from './event-rules.ts';
import { isPresent } from './present.ts';

// Members that an update leaves out, or sends as null, are left out of the event too.

interface Identity extends OperationMetadata {
  id: string;
}

/** Id and metadata of an update, for the event that starts its operation. */
export function identity({ Id: id, ParentId: parentId, Name: name, SubType: subType }: OperationUpdate): Identity {
  const members: Identity = { id };
  if (isPresent(parentId)) members.parentId = parentId;
  if (isPresent(name)) members.name = name;
  if (isPresent(subType)) members.subType = subType;
  return members;
}

/** The start of an operation whose first update is not its START. */
export function startIfAbsent(
  type: 'ContextStarted' | 'StepStarted',
  update: OperationUpdate,
  state: OperationState,
  at: number,
): OperationEvent[] {
  return state === 'ABSENT' ? [{ type, at, ...identity(update) }] : [];
}

export function result(payload: string | undefined): { result?: string } {
  return isPresent(payload) ? { result: payload } : {};
}

export function failure(error: ErrorObject | undefined): { error?: ErrorObject } {
  return isPresent(error) ? { error } : {};
}

export function replayChildren({ ContextOptions }: OperationUpdate): { replayChildren?: boolean } {
  const keep = ContextOptions?.ReplayChildren;
  return isPresent(keep) ? { replayChildren: keep } : {};
}

/** An attempt that another one follows: failed when there is an error, else a poll that is not done yet. */
export function nextAttempt(update: OperationUpdate, at: number): OperationEvent {
  const nextAttemptDelay = update.StepOptions?.NextAttemptDelaySeconds;
  return isPresent(update.Error)
    ? { type: 'StepFailed', at, id: update.Id, error: update.Error, nextAttemptDelay }
    : { type: 'StepSucceeded', at, id: update.Id, ...result(update.Payload), nextAttemptDelay };
}

/** The timeouts of a callback in seconds; 0 switches one off, so it is left out. */
export function timeouts({ CallbackOptions }: OperationUpdate): { timeout?: number; heartbeatTimeout?: number } {
  const { TimeoutSeconds, HeartbeatTimeoutSeconds } = CallbackOptions ?? {};
  return {
    ...(TimeoutSeconds ? { timeout: TimeoutSeconds } : {}),
    ...(HeartbeatTimeoutSeconds ? { heartbeatTimeout: HeartbeatTimeoutSeconds } : {}),
  };
}

interface Call {
  functionName: string;
  tenantId?: string;
  input?: string;
}

/** The call of a chained invoke. */
export function call({ ChainedInvokeOptions, Payload }: OperationUpdate): Call {
  const members: Call = { functionName: ChainedInvokeOptions?.FunctionName ?? '' };
  if (isPresent(ChainedInvokeOptions?.TenantId)) members.tenantId = ChainedInvokeOptions.TenantId;
  if (isPresent(Payload)) members.input = Payload;
  return members;
}
