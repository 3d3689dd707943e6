import { describe, expect, it } from '@jest/globals';
import { checkpoint, EXECUTION_ID, runAfter, START, thrownBy } from '../../test-support/run.ts';
import { OperationAction, OperationStatus, OperationType, type OperationUpdate } from '../wire.ts';
import { nextTimer } from './timers.ts';

/**
 * Every cell of (type, status, action): the status that follows, or the key of the refusal. Statuses that a type never
 * reaches are forged: they must be refused as well.
 */
const CELLS: Record<OperationType, string> = {
  EXECUTION: `
               START   SUCCEED    FAIL     RETRY    CANCEL
    ABSENT     -       -          -        -        -
    STARTED    action  SUCCEEDED  FAILED   action   action
    PENDING    action  execution  execution action  action
    READY      action  execution  execution action  action
    SUCCEEDED  stale   stale      stale    stale    stale
    FAILED     stale   stale      stale    stale    stale
    CANCELLED  action  execution  execution action  action
    TIMED_OUT  stale   stale      stale    stale    stale
    STOPPED    stale   stale      stale    stale    stale`,
  CONTEXT: `
               START   SUCCEED    FAIL     RETRY    CANCEL
    ABSENT     STARTED SUCCEEDED  FAILED   action   action
    STARTED    exists  SUCCEEDED  FAILED   action   action
    PENDING    exists  context    context  action   action
    READY      exists  context    context  action   action
    SUCCEEDED  exists  context    context  action   action
    FAILED     exists  context    context  action   action
    CANCELLED  exists  context    context  action   action
    TIMED_OUT  exists  context    context  action   action
    STOPPED    exists  context    context  action   action`,
  STEP: `
               START   SUCCEED    FAIL     RETRY    CANCEL
    ABSENT     STARTED SUCCEEDED  FAILED   PENDING  action
    STARTED    start   SUCCEEDED  FAILED   PENDING  action
    PENDING    start   close      close    retry    action
    READY      STARTED SUCCEEDED  FAILED   PENDING  action
    SUCCEEDED  start   close      close    retry    action
    FAILED     start   close      close    retry    action
    CANCELLED  start   close      close    retry    action
    TIMED_OUT  start   close      close    retry    action
    STOPPED    start   close      close    retry    action`,
  WAIT: `
               START   SUCCEED    FAIL     RETRY    CANCEL
    ABSENT     STARTED action     action   action   cancel
    STARTED    exists  action     action   action   CANCELLED
    PENDING    exists  action     action   action   cancel
    READY      exists  action     action   action   cancel
    SUCCEEDED  exists  action     action   action   cancel
    FAILED     exists  action     action   action   cancel
    CANCELLED  exists  action     action   action   cancel
    TIMED_OUT  exists  action     action   action   cancel
    STOPPED    exists  action     action   action   cancel`,
  CALLBACK: startOnly(),
  CHAINED_INVOKE: startOnly(),
};

function startOnly(): string {
  const columns = 'action  action  action  action';
  const existing = Object.keys(OperationStatus).map((status) => `${status} exists ${columns}`);
  return ['', 'START SUCCEED FAIL RETRY CANCEL', `ABSENT STARTED ${columns}`, ...existing].join('\n');
}

function refusalText(key: string, type: OperationType): string | undefined {
  const texts: Record<string, string> = {
    action: 'Invalid action for the given operation type.',
    exists: `Cannot start a ${type} operation that already exists.`,
    start: 'Invalid current STEP state to start.',
    close: 'Invalid current STEP state to close.',
    retry: 'Invalid current STEP state to re-attempt.',
    context: 'Invalid current CONTEXT state to close.',
    execution: 'Invalid current EXECUTION state to close.',
    cancel: 'Cannot cancel a WAIT that does not exist or has already completed.',
    stale: 'Invalid checkpoint token: execution execution-1 has ended',
  };
  return texts[key];
}

interface Cell {
  type: OperationType;
  status: OperationStatus | 'ABSENT';
  action: OperationAction;
  expected: string;
}

const cells: Cell[] = Object.entries(CELLS).flatMap(([type, table]) => {
  const [header = '', ...rows] = table.trim().split('\n');
  const actions = header.trim().split(/\s+/) as OperationAction[];
  return rows.flatMap((row) => {
    const [status, ...outcomes] = row.trim().split(/\s+/) as [OperationStatus, ...string[]];
    return actions.flatMap((action, column) => {
      const expected = outcomes[column] ?? 'missing';
      return expected === '-' ? [] : [{ type: type as OperationType, status, action, expected }];
    });
  });
});

function stateWith(type: OperationType, status: OperationStatus | 'ABSENT') {
  const state = runAfter();
  const id = type === 'EXECUTION' ? EXECUTION_ID : 'op';
  if (status !== 'ABSENT') state.operations.set(id, { Id: id, Type: type, Status: status, StartTimestamp: START });
  if (type === 'EXECUTION' && status !== 'ABSENT' && !['STARTED', 'PENDING', 'READY', 'CANCELLED'].includes(status)) {
    state.status = status as 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';
  }
  return state;
}

/** An update whose options are all right for its action. */
function update(type: OperationType, action: OperationAction): OperationUpdate {
  return {
    Id: 'op',
    Type: type,
    Action: action,
    ...(action === 'RETRY' && { StepOptions: { NextAttemptDelaySeconds: 5 } }),
    ...(type === 'WAIT' && action === 'START' && { WaitOptions: { WaitSeconds: 5 } }),
    ...(type === 'CHAINED_INVOKE' && { ChainedInvokeOptions: { FunctionName: 'other' } }),
  };
}

describe('every type, status and action', () => {
  it('is in the table', () => {
    const types = Object.keys(OperationType).length;
    const statuses = Object.keys(OperationStatus).length;
    const actions = Object.keys(OperationAction).length;
    // The EXECUTION operation is never absent.
    expect(cells).toHaveLength((types * (statuses + 1) - 1) * actions);
  });

  it.each(cells)('$type $status $action: $expected', ({ type, status, action, expected }) => {
    const state = stateWith(type, status);
    const text = refusalText(expected, type);
    if (text !== undefined) {
      const before = structuredClone(state);
      const error = thrownBy(() => checkpoint(state, [update(type, action)]));
      expect(error.name).toBe('InvalidParameterValueException');
      if (expected === 'stale') expect(error.message).toBe(`${text} (${status})`);
      else expect(error.message).toBe(text);
      expect(state).toEqual(before);
      return;
    }
    checkpoint(state, [update(type, action)], START + 1000);
    const record = state.operations.get(type === 'EXECUTION' ? EXECUTION_ID : 'op');
    expect(record?.Status).toBe(expected);
    const final = !['STARTED', 'PENDING'].includes(expected);
    expect(record?.EndTimestamp).toBe(final ? START + 1000 : undefined);
    expect(record?.StartTimestamp).toBe(status === 'ABSENT' ? START + 1000 : START);
    const timed = expected === 'PENDING' || (type === 'WAIT' && expected === 'STARTED');
    expect(nextTimer(state)).toBe(timed ? START + 6000 : undefined);
  });

  it.each(['FETCH', '__proto__', 'constructor', 'toString', ''])('refuses the unknown type %j', (type) => {
    expect(thrownBy(() => checkpoint(runAfter(), [{ ...update('STEP', 'START'), Type: type as never }])).message).toBe(
      'Unknown operation type.',
    );
  });

  it.each(['PAUSE', '__proto__', 'constructor', 'hasOwnProperty', ''])('refuses the unknown action %j', (action) => {
    expect(thrownBy(() => checkpoint(runAfter(), [update('STEP', action as never)])).message).toBe(
      'Invalid action for the given operation type.',
    );
  });
});
