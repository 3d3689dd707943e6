import { ServiceException } from '../errors.ts';
import type { ExecutionEvent, InvocationEvent, OperationEvent, RunEvent } from '../events.ts';
import type { ExecutionStatus } from '../wire.ts';
import { nextRecord } from './operation-record.ts';
import type { BlockedRun, OperationRecord, RunState } from './run-state.ts';

/**
 * Applies one event of the run's log to `state`, in place and in constant time. Returns the id of the operation that it
 * touched, undefined for an event of an invocation or of its code.
 *
 * Throws ServiceException, and changes nothing, for an event that can't follow: the log is damaged.
 */
export function evolve(state: RunState, event: RunEvent): string | undefined {
  switch (event.type) {
    case 'ExecutionStarted':
      throw damaged(state, event, 'it has started already');
    case 'ExecutionSucceeded':
      return endExecution(state, event, 'SUCCEEDED', { result: event.result });
    case 'ExecutionFailed':
      return endExecution(state, event, 'FAILED', { error: event.error, answer: event.answer });
    case 'ExecutionTimedOut':
      return endExecution(state, event, 'TIMED_OUT', { error: event.error });
    case 'ExecutionStopped':
      return endExecution(state, event, 'STOPPED', { error: event.error });
    case 'InvocationStarted':
    case 'InvocationCompleted':
      moveInvocation(state, event);
      return undefined;
    case 'CodeChanged':
      state.codes.push({ code: event.code, since: event.at });
      return undefined;
    default:
      return moveOperation(state, event);
  }
}

function endExecution(
  state: RunState,
  event: ExecutionEvent,
  status: Exclude<ExecutionStatus, 'RUNNING'>,
  outcome: Pick<RunState, 'result' | 'error' | 'answer'>,
): string {
  const execution = state.operations.get(state.executionId);
  if (state.status !== 'RUNNING' || execution === undefined) throw damaged(state, event, `it is ${state.status}`);
  state.operations.set(state.executionId, { ...execution, Status: status, EndTimestamp: event.at });
  state.status = status;
  state.endedAt = event.at;
  state.blocked = undefined;
  if (outcome.result !== undefined) state.result = outcome.result;
  if (outcome.error !== undefined) state.error = outcome.error;
  if (outcome.answer !== undefined) state.answer = outcome.answer;
  return state.executionId;
}

function moveInvocation(state: RunState, event: InvocationEvent): void {
  if (event.type === 'InvocationStarted') {
    const { invocationId, requestId, at: startedAt, leaseUntil, livenessMs } = event;
    const { invocation: superseded, invocationCount, crashedInvocations, blocked } = state;
    const afterAnswer = invocationCount > 0 && !superseded && crashedInvocations === 0 && !blocked;
    state.invocation = {
      invocationId,
      requestId,
      startedAt,
      leaseUntil,
      ...(livenessMs && { livenessMs }),
      ...(afterAnswer && { afterAnswer }),
    };
    state.invocationCount += 1;
    return;
  }
  // A superseded invocation that ends late says nothing about the current one.
  if (state.invocation?.invocationId !== event.invocationId) return;
  state.invocation = undefined;
  if (event.crashed === true) {
    state.crashedInvocations += 1;
    state.lastCrash = { at: event.at, error: event.error };
  } else {
    state.crashedInvocations = 0;
    state.lastCrash = undefined;
  }
  state.blocked = blockedAfter(state.blocked, event);
}

/** Whether a run is blocked after the end of its current invocation. A crash says nothing about that. */
export function blockedAfter(
  before: BlockedRun | undefined,
  { at, blocked, crashed }: Extract<InvocationEvent, { type: 'InvocationCompleted' }>,
): BlockedRun | undefined {
  if (crashed) return before;
  return blocked && { ...blocked, since: before?.since ?? at, invocations: (before?.invocations ?? 0) + 1 };
}

function moveOperation(state: RunState, event: OperationEvent): string {
  if (state.status !== 'RUNNING') throw damaged(state, event, `it is ${state.status}`);
  const parentId = 'parentId' in event ? event.parentId : undefined;
  if (parentId !== undefined && state.operations.get(parentId)?.Type !== 'CONTEXT') {
    throw damaged(state, event, `it has no context ${parentId}`);
  }
  const record = nextRecord(state.operations.get(event.id), event);
  state.operations.set(event.id, record);
  if (waits(record)) state.waiting.add(record.Id);
  else state.waiting.delete(record.Id);
  moveDeadline(state, event);
  return record.Id;
}

/** True while a timer or the outside moves the operation. */
export function waits({ Type, Status }: OperationRecord): boolean {
  if (Type === 'STEP') return Status === 'PENDING';
  return Status === 'STARTED' && (Type === 'WAIT' || Type === 'CALLBACK' || Type === 'CHAINED_INVOKE');
}

function moveDeadline(state: RunState, event: OperationEvent): void {
  switch (event.type) {
    case 'CallbackStarted': {
      const { at: startedAt, timeout, heartbeatTimeout } = event;
      if (timeout || heartbeatTimeout) {
        // 0 switches a timeout off.
        state.deadlines.set(event.id, {
          startedAt,
          timeout: timeout || undefined,
          heartbeatTimeout: heartbeatTimeout || undefined,
        });
      }
      break;
    }
    case 'CallbackSucceeded':
    case 'CallbackFailed':
    case 'CallbackTimedOut':
      state.deadlines.delete(event.id);
      break;
  }
}

function damaged(state: RunState, event: RunEvent, found: string): ServiceException {
  return new ServiceException(
    `Event ${event.type} can't follow in execution ${state.executionId}: ${found}. ` +
      'Its log is damaged or was written by a newer version: read it with that version, or restore it.',
  );
}
