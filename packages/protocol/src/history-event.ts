import type { RunEventType } from './events.ts';
import type { ErrorObject } from './wire.ts';

/** Events of the log that are in the history; the others only the machine needs. */
export type HistoryEventType = Exclude<RunEventType, 'InvocationStarted' | 'CodeChanged' | 'StepReady'>;

/**
 * A payload in the history. `{}` where there is none; `Truncated` is true when there is one that was left out, and
 * false beside one that is there.
 */
export interface EventPayload<Payload = string> {
  Payload?: Payload | undefined;
  Truncated?: boolean | undefined;
}
export type EventInput = EventPayload;
export type EventResult = EventPayload;
export type EventError = EventPayload<ErrorObject>;

export interface ResultDetails {
  Result: EventResult;
}
export interface ErrorDetails {
  Error: EventError;
}
export interface RetryDetails {
  /** The attempt that has just ended, from 1. */
  CurrentAttempt?: number | undefined;
  /** Seconds until the next one; absent on the last. */
  NextAttemptDelaySeconds?: number | undefined;
}

export interface ExecutionStartedDetails {
  Input: EventInput;
  /** Seconds. */
  ExecutionTimeout: number;
}
export interface StepSucceededDetails extends ResultDetails {
  RetryDetails: RetryDetails;
}
export interface StepFailedDetails extends ErrorDetails {
  RetryDetails: RetryDetails;
}
export interface WaitStartedDetails {
  /** Seconds. */
  Duration: number;
  ScheduledEndTimestamp: Date;
}
export interface WaitSucceededDetails {
  /** Seconds, as asked for. */
  Duration?: number | undefined;
}
export interface CallbackStartedDetails {
  CallbackId: string;
  /** Seconds. */
  Timeout?: number | undefined;
  /** Seconds. */
  HeartbeatTimeout?: number | undefined;
}
export interface ChainedInvokeStartedDetails {
  FunctionName: string;
  TenantId?: string | undefined;
  Input?: EventInput | undefined;
  ExecutedVersion?: string | undefined;
  DurableExecutionArn?: string | undefined;
}
export interface InvocationCompletedDetails {
  StartTimestamp: Date;
  EndTimestamp: Date;
  RequestId: string;
  Error?: EventError | undefined;
}

/** The details of every type of event: exactly one member is there, named after the type. May be `{}`. */
export interface HistoryEventDetails {
  ExecutionStartedDetails?: ExecutionStartedDetails | undefined;
  ExecutionSucceededDetails?: ResultDetails | undefined;
  ExecutionFailedDetails?: ErrorDetails | undefined;
  ExecutionTimedOutDetails?: Partial<ErrorDetails> | undefined;
  ExecutionStoppedDetails?: ErrorDetails | undefined;
  ContextStartedDetails?: Record<string, never> | undefined;
  ContextSucceededDetails?: ResultDetails | undefined;
  ContextFailedDetails?: ErrorDetails | undefined;
  StepStartedDetails?: Record<string, never> | undefined;
  StepSucceededDetails?: StepSucceededDetails | undefined;
  StepFailedDetails?: StepFailedDetails | undefined;
  WaitStartedDetails?: WaitStartedDetails | undefined;
  WaitSucceededDetails?: WaitSucceededDetails | undefined;
  WaitCancelledDetails?: Partial<ErrorDetails> | undefined;
  CallbackStartedDetails?: CallbackStartedDetails | undefined;
  CallbackSucceededDetails?: ResultDetails | undefined;
  CallbackFailedDetails?: ErrorDetails | undefined;
  CallbackTimedOutDetails?: ErrorDetails | undefined;
  ChainedInvokeStartedDetails?: ChainedInvokeStartedDetails | undefined;
  ChainedInvokeSucceededDetails?: ResultDetails | undefined;
  ChainedInvokeFailedDetails?: ErrorDetails | undefined;
  ChainedInvokeTimedOutDetails?: ErrorDetails | undefined;
  ChainedInvokeStoppedDetails?: ErrorDetails | undefined;
  InvocationCompletedDetails?: InvocationCompletedDetails | undefined;
}

/** One event of `GetDurableExecutionHistory`. */
export interface HistoryEvent extends HistoryEventDetails {
  EventType: HistoryEventType;
  /** 1, 2, 3 and so on in an execution. */
  EventId: number;
  EventTimestamp: Date;
  /** The operation; the execution's own id on its events; absent on `InvocationCompleted`. */
  Id?: string | undefined;
  Name?: string | undefined;
  ParentId?: string | undefined;
  SubType?: string | undefined;
}
