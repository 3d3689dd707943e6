import type { WireOperation } from '@middy-durable/protocol';
import type { OperationCall } from '../engine/operation-call.ts';
import { toMillis } from '../engine/operation-call.ts';
import { fromErrorObject } from '../errors.ts';
import type { OperationInfo } from './types.ts';

/** A record as plugins see it. */
export function recordInfo(operation: WireOperation, isReplay: boolean): OperationInfo {
  const { Id, Name, Type, SubType, ParentId, Status, StartTimestamp, EndTimestamp, StepDetails } = operation;
  const details: { Result?: string | undefined; Error?: Parameters<typeof fromErrorObject>[0] } =
    StepDetails ?? operation.ContextDetails ?? operation.CallbackDetails ?? operation.ChainedInvokeDetails ?? {};
  return {
    id: Id,
    type: Type,
    status: Status,
    isReplay,
    startTimestamp: new Date(toMillis(StartTimestamp)),
    ...(Name !== undefined && { name: Name }),
    ...(SubType !== undefined && { subType: SubType }),
    ...(ParentId !== undefined && { parentId: ParentId }),
    ...(EndTimestamp !== undefined && { endTimestamp: new Date(toMillis(EndTimestamp)) }),
    ...(details.Result !== undefined && { result: details.Result }),
    ...(details.Error && { error: fromErrorObject(details.Error) }),
    ...(StepDetails?.Attempt !== undefined && { attempt: StepDetails.Attempt }),
  };
}

/** A call as plugins see it: its record where there is one, else what is known before the first answer. */
export function callInfo(call: OperationCall, isReplay: boolean): OperationInfo {
  const { id, kind, invocation, parentId } = call;
  const record = invocation.log.get(id);
  const name = kind.observedName ?? kind.name;
  return {
    startTimestamp: new Date(invocation.runtime.now()),
    ...(record ? recordInfo(record, isReplay) : { status: 'STARTED', isReplay }),
    id,
    type: kind.type,
    subType: kind.subType,
    ...(name !== undefined && { name }),
    ...(parentId !== undefined && { parentId }),
  };
}
