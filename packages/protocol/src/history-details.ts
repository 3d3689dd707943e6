import type { RunEvent } from './events.ts';
import type { ErrorDetails, EventPayload, HistoryEventDetails, ResultDetails, RetryDetails } from './history-event.ts';
import type { ErrorObject } from './wire.ts';

/** What the earlier events of an operation tell about it. */
export interface EarlierFacts {
  /** Attempts that have ended, this one included. */
  attempt: number;
  /** Seconds of a wait, as asked for. */
  seconds: number | undefined;
}

/** The details of an event in the history, or undefined for an event that is not in it. */
export function detailsOf(event: RunEvent, facts: EarlierFacts, withData: boolean): HistoryEventDetails | undefined {
  switch (event.type) {
    case 'InvocationStarted':
    case 'CodeChanged':
    case 'StepReady':
      return undefined;
    case 'ExecutionStarted':
      return {
        ExecutionStartedDetails: {
          Input: wrapped(event.input, withData),
          ExecutionTimeout: event.executionTimeout,
        },
      };
    case 'ExecutionTimedOut':
      // The service tells the error with the execution, not in its history.
      return { ExecutionTimedOutDetails: {} };
    case 'ContextStarted':
      return { ContextStartedDetails: {} };
    case 'StepStarted':
      return { StepStartedDetails: {} };
    case 'StepSucceeded':
      return { StepSucceededDetails: { ...resultOf(event, withData), RetryDetails: retryOf(event, facts) } };
    case 'StepFailed':
      return { StepFailedDetails: { ...errorOf(event, withData), RetryDetails: retryOf(event, facts) } };
    case 'WaitStarted':
      return {
        WaitStartedDetails: {
          Duration: event.seconds,
          ScheduledEndTimestamp: new Date(event.at + event.seconds * 1000),
        },
      };
    case 'WaitSucceeded':
      return { WaitSucceededDetails: facts.seconds === undefined ? {} : { Duration: facts.seconds } };
    case 'WaitCancelled':
      return { WaitCancelledDetails: event.error === undefined ? {} : errorOf(event, withData) };
    case 'CallbackStarted': {
      const { callbackId, timeout, heartbeatTimeout } = event;
      return {
        CallbackStartedDetails: {
          CallbackId: callbackId,
          ...(timeout ? { Timeout: timeout } : {}),
          ...(heartbeatTimeout ? { HeartbeatTimeout: heartbeatTimeout } : {}),
        },
      };
    }
    case 'CallbackTimedOut':
      // The service's history keeps the type of this error only.
      return { CallbackTimedOutDetails: errorOf({ error: onlyType(event.error) }, withData) };
    case 'ChainedInvokeStarted': {
      const { functionName, tenantId, input, executedVersion, durableExecutionArn } = event;
      return {
        ChainedInvokeStartedDetails: {
          FunctionName: functionName,
          ...(tenantId !== undefined && { TenantId: tenantId }),
          ...(input !== undefined && { Input: wrapped(input, withData) }),
          ...(executedVersion !== undefined && { ExecutedVersion: executedVersion }),
          ...(durableExecutionArn !== undefined && { DurableExecutionArn: durableExecutionArn }),
        },
      };
    }
    case 'InvocationCompleted':
      return {
        InvocationCompletedDetails: {
          StartTimestamp: new Date(event.startedAt),
          EndTimestamp: new Date(event.at),
          RequestId: event.requestId,
          ...(event.error !== undefined && errorOf(event, withData)),
        },
      };
    case 'ExecutionSucceeded':
    case 'ContextSucceeded':
    case 'CallbackSucceeded':
    case 'ChainedInvokeSucceeded':
      return { [`${event.type}Details`]: resultOf(event, withData) };
    case 'ExecutionFailed':
    case 'ExecutionStopped':
    case 'ContextFailed':
    case 'CallbackFailed':
    case 'ChainedInvokeFailed':
    case 'ChainedInvokeTimedOut':
    case 'ChainedInvokeStopped':
      return { [`${event.type}Details`]: errorOf(event, withData) };
  }
}

function resultOf({ result }: { result?: string | undefined }, withData: boolean): ResultDetails {
  return { Result: wrapped(result, withData) };
}

function errorOf({ error }: { error?: ErrorObject | undefined }, withData: boolean): ErrorDetails {
  return { Error: wrapped(error, withData) };
}

function wrapped<Payload>(payload: Payload | undefined, withData: boolean): EventPayload<Payload> {
  if (payload === undefined) return {};
  return withData ? { Payload: payload, Truncated: false } : { Truncated: true };
}

function onlyType(error: ErrorObject | undefined): ErrorObject | undefined {
  return error?.ErrorType === undefined ? error : { ErrorType: error.ErrorType };
}

function retryOf(event: { nextAttemptDelay?: number | undefined }, { attempt }: EarlierFacts): RetryDetails {
  return {
    CurrentAttempt: attempt,
    ...(event.nextAttemptDelay !== undefined && { NextAttemptDelaySeconds: event.nextAttemptDelay }),
  };
}
