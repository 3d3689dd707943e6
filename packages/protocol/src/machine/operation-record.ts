import { ServiceException } from '../errors.ts';
import type { OperationEvent, OperationMetadata } from '../events.ts';
import type { ErrorObject, StepDetails } from '../wire.ts';
import { EVENT_RULES, type EventRule } from './event-rules.ts';
import type { OperationRecord } from './run-state.ts';

/**
 * The record of an operation after `event`. `current`, the one before it, stays untouched. Throws ServiceException for
 * an event that can't follow: the log that holds it is damaged or was written by a newer version.
 */
export function nextRecord(current: OperationRecord | undefined, event: OperationEvent): OperationRecord {
  const rule = ruleFor(current, event);
  return current === undefined ? openedRecord(rule, event) : movedRecord(rule, current, event);
}

function ruleFor(current: OperationRecord | undefined, event: OperationEvent): EventRule {
  const rule = Object.hasOwn(EVENT_RULES, event.type) ? EVENT_RULES[event.type] : undefined;
  const fits =
    rule?.from.includes(current?.Status ?? 'ABSENT') && (current === undefined || current.Type === rule.type);
  if (rule !== undefined && fits) return rule;
  const found = current === undefined ? 'does not exist' : `is of type ${current.Type} in state ${current.Status}`;
  throw new ServiceException(
    `Event ${event.type} can't follow in operation ${event.id}, which ${found}. ` +
      'The log of this execution is damaged or was written by a newer version: read it with that version, or restore it.',
  );
}

function openedRecord(rule: EventRule, event: OperationEvent): OperationRecord {
  const { parentId, name, subType }: OperationMetadata = event as OperationMetadata;
  const record: OperationRecord = { Id: event.id, Type: rule.type, Status: rule.to, StartTimestamp: event.at };
  if (parentId !== undefined) record.ParentId = parentId;
  if (name !== undefined) record.Name = name;
  if (subType !== undefined) record.SubType = subType;
  switch (event.type) {
    case 'StepStarted':
      record.StepDetails = { Attempt: 0 };
      break;
    case 'WaitStarted':
      record.WaitDetails = { ScheduledEndTimestamp: event.at + event.seconds * 1000 };
      break;
    case 'CallbackStarted':
      record.CallbackDetails = { CallbackId: event.callbackId };
      break;
  }
  return record;
}

function movedRecord(rule: EventRule, current: OperationRecord, event: OperationEvent): OperationRecord {
  switch (event.type) {
    case 'StepStarted':
      return { ...current, Status: rule.to };
    case 'StepReady': {
      const { NextAttemptTimestamp: _over, ...details } = current.StepDetails ?? {};
      return { ...current, Status: rule.to, StepDetails: details };
    }
    case 'StepSucceeded':
    case 'StepFailed':
      return attemptEnded(rule, current, event);
  }
  const record: OperationRecord = { ...current, Status: rule.to, EndTimestamp: event.at };
  switch (event.type) {
    case 'ContextSucceeded':
    case 'ContextFailed':
      record.ContextDetails = outcome(event);
      if (event.replayChildren !== undefined) record.ContextDetails.ReplayChildren = event.replayChildren;
      break;
    case 'CallbackSucceeded':
    case 'CallbackFailed':
    case 'CallbackTimedOut':
      record.CallbackDetails = { ...current.CallbackDetails, ...outcome(event) };
      break;
    case 'ChainedInvokeSucceeded':
    case 'ChainedInvokeFailed':
    case 'ChainedInvokeTimedOut':
    case 'ChainedInvokeStopped':
      record.ChainedInvokeDetails = outcome(event);
      break;
  }
  return record;
}

type AttemptEnded = Extract<OperationEvent, { type: 'StepSucceeded' | 'StepFailed' }>;

/** Only the newest attempt's result or error stays on the step; the older ones are history. */
function attemptEnded(rule: EventRule, current: OperationRecord, event: AttemptEnded): OperationRecord {
  const details: StepDetails<number> = { Attempt: (current.StepDetails?.Attempt ?? 0) + 1, ...outcome(event) };
  if (event.nextAttemptDelay === undefined) {
    return { ...current, Status: rule.to, EndTimestamp: event.at, StepDetails: details };
  }
  details.NextAttemptTimestamp = event.at + event.nextAttemptDelay * 1000;
  return { ...current, Status: 'PENDING', StepDetails: details };
}

interface Outcome {
  Result?: string;
  Error?: ErrorObject;
}

function outcome(event: { result?: string | undefined } | { error?: ErrorObject | undefined }): Outcome {
  const details: Outcome = {};
  if ('result' in event && event.result !== undefined) details.Result = event.result;
  if ('error' in event && event.error !== undefined) details.Error = event.error;
  return details;
}
