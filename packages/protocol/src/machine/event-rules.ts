import type { OperationEvent } from '../events.ts';
import type { OperationStatus, OperationType } from '../wire.ts';

/** Where an operation stands before an event or an update: its status, or that there is none. */
export type OperationState = OperationStatus | 'ABSENT';

/** What an event does: to an operation of which type, in which states it may find it, and what it leaves it in. */
export interface EventRule {
  readonly type: OperationType;
  readonly from: readonly OperationState[];
  readonly to: OperationStatus;
}

/** Every event of an operation. A step's success or failure with a delay leaves it PENDING instead. */
export const EVENT_RULES: { readonly [Type in OperationEvent['type']]: EventRule } = {
  ContextStarted: { type: 'CONTEXT', from: ['ABSENT'], to: 'STARTED' },
  ContextSucceeded: { type: 'CONTEXT', from: ['STARTED'], to: 'SUCCEEDED' },
  ContextFailed: { type: 'CONTEXT', from: ['STARTED'], to: 'FAILED' },
  StepStarted: { type: 'STEP', from: ['ABSENT', 'READY'], to: 'STARTED' },
  StepSucceeded: { type: 'STEP', from: ['STARTED', 'READY'], to: 'SUCCEEDED' },
  StepFailed: { type: 'STEP', from: ['STARTED', 'READY'], to: 'FAILED' },
  StepReady: { type: 'STEP', from: ['PENDING'], to: 'READY' },
  WaitStarted: { type: 'WAIT', from: ['ABSENT'], to: 'STARTED' },
  WaitSucceeded: { type: 'WAIT', from: ['STARTED'], to: 'SUCCEEDED' },
  WaitCancelled: { type: 'WAIT', from: ['STARTED'], to: 'CANCELLED' },
  CallbackStarted: { type: 'CALLBACK', from: ['ABSENT'], to: 'STARTED' },
  CallbackSucceeded: { type: 'CALLBACK', from: ['STARTED'], to: 'SUCCEEDED' },
  CallbackFailed: { type: 'CALLBACK', from: ['STARTED'], to: 'FAILED' },
  CallbackTimedOut: { type: 'CALLBACK', from: ['STARTED'], to: 'TIMED_OUT' },
  ChainedInvokeStarted: { type: 'CHAINED_INVOKE', from: ['ABSENT'], to: 'STARTED' },
  ChainedInvokeSucceeded: { type: 'CHAINED_INVOKE', from: ['STARTED'], to: 'SUCCEEDED' },
  ChainedInvokeFailed: { type: 'CHAINED_INVOKE', from: ['STARTED'], to: 'FAILED' },
  ChainedInvokeTimedOut: { type: 'CHAINED_INVOKE', from: ['STARTED'], to: 'TIMED_OUT' },
  ChainedInvokeStopped: { type: 'CHAINED_INVOKE', from: ['STARTED'], to: 'STOPPED' },
};
