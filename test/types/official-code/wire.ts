import {
  type CallbackDetails,
  type CallbackOptions,
  type ChainedInvokeDetails,
  type ChainedInvokeOptions,
  type ContextDetails,
  type ContextOptions,
  type ErrorObject,
  type ExecutionDetails,
  InvocationStatus,
  type Operation,
  OperationAction,
  OperationStatus,
  OperationSubType,
  OperationType,
  type OperationUpdate,
  type StepDetails,
  type StepOptions,
  type WaitDetails,
  type WaitOptions,
  type WireOperation,
  type WireStepDetails,
  type WireTimestamp,
  type WireWaitDetails,
} from '@aws/durable-execution-sdk-js';

const error: ErrorObject = { ErrorType: 'Error', ErrorMessage: 'no' };
const step: StepDetails = { Attempt: 1, NextAttemptTimestamp: new Date(0), Result: '1', Error: error };
const wait: WaitDetails = { ScheduledEndTimestamp: new Date(0) };
const context: ContextDetails = { ReplayChildren: true, Result: '{}', Error: error };
const callback: CallbackDetails = { CallbackId: 'c', Result: 'text', Error: error };
const invoked: ChainedInvokeDetails = { Result: '{}', Error: error };
const input: ExecutionDetails = { InputPayload: '{}' };
const wireStep: WireStepDetails = { NextAttemptTimestamp: '2030-01-01T00:00:00Z', Attempt: 2 };
const wireWait: WireWaitDetails = { ScheduledEndTimestamp: new Date(0) };
const moment: WireTimestamp = new Date(0);

export const operations: Operation[] = [
  {
    Id: 'e',
    Type: OperationType.EXECUTION,
    Status: OperationStatus.STARTED,
    StartTimestamp: new Date(0),
    ExecutionDetails: input,
  },
  {
    Id: 's',
    ParentId: 'e',
    Name: 'n',
    Type: 'STEP',
    SubType: OperationSubType.STEP,
    Status: 'SUCCEEDED',
    StartTimestamp: new Date(0),
    EndTimestamp: new Date(1),
    StepDetails: step,
  },
  { Id: 'w', Type: 'WAIT', Status: 'PENDING', StartTimestamp: new Date(0), WaitDetails: wait },
  { Id: 'c', Type: 'CONTEXT', Status: 'FAILED', StartTimestamp: new Date(0), ContextDetails: context },
  { Id: 'b', Type: 'CALLBACK', Status: 'TIMED_OUT', StartTimestamp: new Date(0), CallbackDetails: callback },
  { Id: 'i', Type: 'CHAINED_INVOKE', Status: 'STOPPED', StartTimestamp: new Date(0), ChainedInvokeDetails: invoked },
];
export const arriving: WireOperation[] = [
  { Id: 'a', Type: 'STEP', Status: 'READY', StartTimestamp: moment, StepDetails: wireStep },
  { Id: 'b', Type: 'WAIT', Status: 'CANCELLED', StartTimestamp: '2030-01-01T00:00:00Z', WaitDetails: wireWait },
  ...operations,
];

const options: [ContextOptions, StepOptions, WaitOptions, CallbackOptions, ChainedInvokeOptions] = [
  { ReplayChildren: true },
  { NextAttemptDelaySeconds: 1 },
  { WaitSeconds: 1 },
  { TimeoutSeconds: 1, HeartbeatTimeoutSeconds: 1 },
  { FunctionName: 'f', TenantId: 't' },
];
export const update: OperationUpdate = {
  Id: 'a',
  ParentId: 'p',
  Name: 'n',
  Type: OperationType.STEP,
  SubType: OperationSubType.WAIT_FOR_CONDITION,
  Action: OperationAction.RETRY,
  Payload: '{}',
  Error: error,
  ContextOptions: options[0],
  StepOptions: options[1],
  WaitOptions: options[2],
  CallbackOptions: options[3],
  ChainedInvokeOptions: options[4],
};

export function summary({ Id, Name, Status, StepDetails: details }: Operation): string {
  const status: OperationStatus | undefined = Status;
  return `${Name ?? Id ?? '?'} ${status} ${details?.Attempt ?? 0} ${details?.Error?.ErrorMessage}`;
}
export const started = (operation: WireOperation): number => new Date(operation.StartTimestamp ?? 0).getTime();
export const actions: OperationAction[] = Object.values(OperationAction);
export const types: OperationType[] = [
  OperationType.CALLBACK,
  OperationType.CHAINED_INVOKE,
  OperationType.CONTEXT,
  OperationType.WAIT,
];

/** Members of enumerations as types. */
export type Ended = InvocationStatus.SUCCEEDED | InvocationStatus.FAILED;
export const isEnded = (status: InvocationStatus): status is Ended => status !== InvocationStatus.PENDING;
export type Batch =
  | OperationSubType.MAP
  | OperationSubType.MAP_ITERATION
  | OperationSubType.PARALLEL
  | OperationSubType.PARALLEL_BRANCH;
export const single: Exclude<OperationSubType, Batch>[] = [
  OperationSubType.STEP,
  OperationSubType.WAIT,
  OperationSubType.CALLBACK,
  OperationSubType.RUN_IN_CHILD_CONTEXT,
  OperationSubType.WAIT_FOR_CALLBACK,
  OperationSubType.WAIT_FOR_CONDITION,
  OperationSubType.CHAINED_INVOKE,
];
