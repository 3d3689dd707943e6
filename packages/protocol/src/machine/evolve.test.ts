import { describe, expect, it } from '@jest/globals';
import { checkpoint, EXECUTION_ID, EXECUTION_STARTED, runAfter, START, thrownBy } from '../../test-support/run.ts';
import type { OperationEvent, RunEvent } from '../events.ts';
import { EVENT_RULES } from './event-rules.ts';
import { evolve } from './evolve.ts';
import { hasPendingOperations } from './run-state.ts';

const at = START + 1000;

describe('a new run', () => {
  it('has the execution as its one operation', () => {
    const state = runAfter();
    expect([...state.operations.values()]).toEqual([
      {
        Id: EXECUTION_ID,
        Type: 'EXECUTION',
        Name: 'order-7',
        Status: 'STARTED',
        StartTimestamp: START,
        ExecutionDetails: { InputPayload: '{"x":1}' },
      },
    ]);
    expect(state).toMatchObject({
      executionId: EXECUTION_ID,
      name: 'order-7',
      status: 'RUNNING',
      input: '{"x":1}',
      startedAt: START,
      executionTimeout: 3600,
      invocationCount: 0,
      crashedInvocations: 0,
    });
    expect(hasPendingOperations(state)).toBe(false);
  });
});

describe('the end of an execution', () => {
  it.each<[RunEvent, object]>([
    [
      { type: 'ExecutionSucceeded', at, result: '4' },
      { status: 'SUCCEEDED', result: '4' },
    ],
    [{ type: 'ExecutionSucceeded', at }, { status: 'SUCCEEDED' }],
    [
      { type: 'ExecutionFailed', at, error: { ErrorType: 'E' } },
      { status: 'FAILED', error: { ErrorType: 'E' } },
    ],
    [
      { type: 'ExecutionFailed', at, answer: '' },
      { status: 'FAILED', answer: '' },
    ],
    [{ type: 'ExecutionTimedOut', at, error: { ErrorMessage: 'late' } }, { status: 'TIMED_OUT' }],
    [
      { type: 'ExecutionStopped', at, error: {} },
      { status: 'STOPPED', error: {} },
    ],
  ])('%j', (event, expected) => {
    const state = runAfter({ type: 'StepStarted', at: START, id: 'a' });
    expect(evolve(state, event)).toBe(EXECUTION_ID);
    expect(state).toMatchObject({ ...expected, endedAt: at });
    expect(state.operations.get(EXECUTION_ID)).toMatchObject({ Status: state.status, EndTimestamp: at });
    expect(state.operations.get('a')?.Status).toBe('STARTED');
    for (const more of [event, { type: 'StepSucceeded', at, id: 'a' } as const]) {
      expect(thrownBy(() => evolve(state, more))).toMatchObject({
        name: 'ServiceException',
        message: expect.stringContaining(
          `Event ${more.type} can't follow in execution execution-1: it is ${state.status}.`,
        ),
      });
    }
  });

  it('lets the running invocation be recorded', () => {
    const state = runAfter(
      { type: 'InvocationStarted', at, invocationId: 'i1', requestId: 'r1', leaseUntil: at + 10 },
      { type: 'ExecutionSucceeded', at },
      { type: 'InvocationCompleted', at, invocationId: 'i1', requestId: 'r1', startedAt: at },
    );
    expect(state).toMatchObject({ status: 'SUCCEEDED', invocation: undefined });
  });
});

describe('invocations', () => {
  const started = (n: number): RunEvent => ({
    type: 'InvocationStarted',
    at: at + n,
    invocationId: `i${n}`,
    requestId: `r${n}`,
    leaseUntil: at + n + 60,
  });
  const completed = (n: number, more = {}): RunEvent => ({
    type: 'InvocationCompleted',
    at: at + n + 5,
    invocationId: `i${n}`,
    requestId: `r${n}`,
    startedAt: at + n,
    ...more,
  });

  it('are counted, and the newest one is current', () => {
    const state = runAfter(started(1));
    expect(evolve(state, started(2))).toBeUndefined();
    expect(state.invocation).toEqual({ invocationId: 'i2', requestId: 'r2', startedAt: at + 2, leaseUntil: at + 62 });
    expect(state.invocationCount).toBe(2);
    evolve(state, completed(1, { crashed: true }));
    expect(state).toMatchObject({ invocation: { invocationId: 'i2' }, crashedInvocations: 0 });
    evolve(state, completed(2));
    expect(state.invocation).toBeUndefined();
  });

  it('know whether the one before answered with code that fits', () => {
    const after = (...events: RunEvent[]) => runAfter(...events).invocation?.afterAnswer;
    const blocked = { operationId: 'o', found: 'STEP' };
    expect(after(started(1))).toBeUndefined();
    expect(after(started(1), completed(1), started(2))).toBe(true);
    expect(after(started(1), started(2))).toBeUndefined();
    expect(after(started(1), completed(1, { crashed: true }), started(2))).toBeUndefined();
    expect(after(started(1), completed(1, { blocked }), started(2))).toBeUndefined();
    expect(after(started(1), completed(1, { crashed: true }), started(2), completed(2), started(3))).toBe(true);
  });

  it('that crash are counted in a row', () => {
    const crash = { crashed: true, error: { ErrorType: 'Runtime.ExitError' } };
    const state = runAfter(started(1), completed(1, crash), started(2), completed(2, crash));
    expect(state).toMatchObject({ crashedInvocations: 2, lastCrash: { at: at + 7, error: crash.error } });
    evolve(state, started(3));
    expect(state.crashedInvocations).toBe(2);
    evolve(state, completed(3, { error: { ErrorType: 'reported' } }));
    expect(state).toMatchObject({ crashedInvocations: 0, lastCrash: undefined });
  });
});

describe('a step', () => {
  it('counts attempts and keeps the outcome of the newest one', () => {
    const state = runAfter();
    const steps: [OperationEvent, object][] = [
      [
        { type: 'StepStarted', at, id: 'a', name: 'n', subType: 'Step' },
        { Status: 'STARTED', Name: 'n', SubType: 'Step', StepDetails: { Attempt: 0 } },
      ],
      [
        { type: 'StepFailed', at, id: 'a', error: { ErrorType: 'E' }, nextAttemptDelay: 2 },
        {
          Status: 'PENDING',
          StepDetails: { Attempt: 1, Error: { ErrorType: 'E' }, NextAttemptTimestamp: at + 2000 },
        },
      ],
      [
        { type: 'StepReady', at: at + 2000, id: 'a' },
        { Status: 'READY', StepDetails: { Attempt: 1, Error: { ErrorType: 'E' } } },
      ],
      [
        { type: 'StepStarted', at: at + 2001, id: 'a' },
        { Status: 'STARTED', StartTimestamp: at, Name: 'n', StepDetails: { Attempt: 1, Error: { ErrorType: 'E' } } },
      ],
      [
        { type: 'StepSucceeded', at: at + 2002, id: 'a', result: '1', nextAttemptDelay: 1 },
        { Status: 'PENDING', StepDetails: { Attempt: 2, Result: '1', NextAttemptTimestamp: at + 3002 } },
      ],
      [
        { type: 'StepReady', at: at + 3002, id: 'a' },
        { Status: 'READY', StepDetails: { Attempt: 2, Result: '1' } },
      ],
      [
        { type: 'StepSucceeded', at: at + 3003, id: 'a', result: '2' },
        { Status: 'SUCCEEDED', EndTimestamp: at + 3003, StepDetails: { Attempt: 3, Result: '2' } },
      ],
    ];
    for (const [event, expected] of steps) {
      const before = state.operations.get('a');
      const copy = structuredClone(before);
      expect(evolve(state, event)).toBe('a');
      expect(state.operations.get('a')).toEqual({ ...state.operations.get('a'), ...expected });
      // A record that was handed out stays what it was.
      expect(before).toEqual(copy);
      expect(state.waiting.has('a')).toBe(state.operations.get('a')?.Status === 'PENDING');
    }
  });
});

describe('operations that the outside moves', () => {
  it.each([
    ['CallbackSucceeded', 'SUCCEEDED', { CallbackId: 'cb', Result: '1' }],
    ['CallbackFailed', 'FAILED', { CallbackId: 'cb', Error: {} }],
    ['CallbackTimedOut', 'TIMED_OUT', { CallbackId: 'cb', Error: {} }],
  ])('%s', (type, status, details) => {
    const state = runAfter({ type: 'CallbackStarted', at, id: 'k', callbackId: 'cb', timeout: 60 });
    expect(state.operations.get('k')).toMatchObject({ Status: 'STARTED', CallbackDetails: { CallbackId: 'cb' } });
    expect(state.deadlines.get('k')).toEqual({ startedAt: at, timeout: 60 });
    const { CallbackId: _, ...outcome } = details as { CallbackId: string; Result?: string; Error?: object };
    evolve(state, { type, at: at + 1, id: 'k', result: outcome.Result, error: outcome.Error } as OperationEvent);
    expect(state.operations.get('k')).toMatchObject({ Status: status, EndTimestamp: at + 1, CallbackDetails: details });
    expect(state.operations.get('k')?.CallbackDetails).toEqual(details);
    expect([state.deadlines.size, state.waiting.size]).toEqual([0, 0]);
  });

  it.each([
    ['ChainedInvokeSucceeded', 'SUCCEEDED', { Result: '1' }],
    ['ChainedInvokeFailed', 'FAILED', { Error: { ErrorType: 'E' } }],
    ['ChainedInvokeTimedOut', 'TIMED_OUT', { Error: { ErrorType: 'E' } }],
    ['ChainedInvokeStopped', 'STOPPED', { Error: { ErrorType: 'E' } }],
  ])('%s', (type, status, details: { Result?: string; Error?: object }) => {
    const state = runAfter({ type: 'ChainedInvokeStarted', at, id: 'i', functionName: 'other' });
    expect(hasPendingOperations(state)).toBe(true);
    evolve(state, { type, at: at + 1, id: 'i', result: details.Result, error: details.Error } as OperationEvent);
    expect(state.operations.get('i')).toMatchObject({ Status: status, EndTimestamp: at + 1 });
    expect(state.operations.get('i')?.ChainedInvokeDetails).toEqual(details);
    expect(hasPendingOperations(state)).toBe(false);
  });

  it('keeps no deadline for a callback that never times out', () => {
    const state = runAfter({ type: 'CallbackStarted', at, id: 'k', callbackId: 'cb', timeout: 0, heartbeatTimeout: 0 });
    expect(state.deadlines.size).toBe(0);
  });

  it.each(['WaitSucceeded', 'WaitCancelled'] as const)('%s ends a wait', (type) => {
    const state = runAfter({ type: 'WaitStarted', at, id: 'w', seconds: 5 });
    expect(state.operations.get('w')?.WaitDetails).toEqual({ ScheduledEndTimestamp: at + 5000 });
    evolve(state, { type, at: at + 5000, id: 'w' });
    expect(state.operations.get('w')).toMatchObject({
      Status: type === 'WaitSucceeded' ? 'SUCCEEDED' : 'CANCELLED',
      EndTimestamp: at + 5000,
      WaitDetails: { ScheduledEndTimestamp: at + 5000 },
    });
    expect(state.waiting.size).toBe(0);
  });
});

describe('a damaged log', () => {
  it.each<[string, RunEvent[], RunEvent, string]>([
    ['starts twice', [], EXECUTION_STARTED, "Event ExecutionStarted can't follow in execution execution-1"],
    ['closes what never started', [], { type: 'StepSucceeded', at, id: 'a' }, 'operation a, which does not exist'],
    [
      'opens an operation twice',
      [{ type: 'WaitStarted', at, id: 'w', seconds: 1 }],
      { type: 'WaitStarted', at, id: 'w', seconds: 1 },
      'operation w, which is of type WAIT in state STARTED',
    ],
    [
      'mixes types',
      [{ type: 'WaitStarted', at, id: 'w', seconds: 1 }],
      { type: 'CallbackSucceeded', at, id: 'w' },
      'operation w, which is of type WAIT in state STARTED',
    ],
    [
      'readies a step that runs',
      [{ type: 'StepStarted', at, id: 'a' }],
      { type: 'StepReady', at, id: 'a' },
      'operation a, which is of type STEP in state STARTED',
    ],
    ['has an unknown parent', [], { type: 'StepStarted', at, id: 'a', parentId: 'c' }, 'it has no context c'],
    ['is of a newer version', [], { type: 'constructor', at, id: 'a' } as never, "Event constructor can't follow"],
    [
      'touches the execution',
      [],
      { type: 'StepSucceeded', at, id: EXECUTION_ID },
      'is of type EXECUTION in state STARTED',
    ],
  ])('%s', (_, events, event, message) => {
    const state = runAfter(...events);
    const before = structuredClone(state);
    expect(thrownBy(() => evolve(state, event))).toMatchObject({
      name: 'ServiceException',
      message: expect.stringContaining(message),
    });
    expect(state).toEqual(before);
  });

  it('is noticed for every event in every state that it can not follow', () => {
    const statuses = [
      'STARTED',
      'PENDING',
      'READY',
      'SUCCEEDED',
      'FAILED',
      'CANCELLED',
      'TIMED_OUT',
      'STOPPED',
    ] as const;
    for (const [type, rule] of Object.entries(EVENT_RULES)) {
      for (const Status of statuses.filter((status) => !rule.from.includes(status))) {
        const state = runAfter();
        state.operations.set('a', { Id: 'a', Type: rule.type, Status, StartTimestamp: START });
        expect(thrownBy(() => evolve(state, { type, at, id: 'a', seconds: 1 } as never)).name).toBe('ServiceException');
      }
    }
  });
});

it('keeps operations in order of start, whatever happens to them later', () => {
  const state = runAfter();
  checkpoint(state, [
    { Id: 'b', Type: 'CONTEXT', Action: 'START' },
    { Id: 'a', Type: 'STEP', Action: 'START' },
    { Id: 'b', Type: 'CONTEXT', Action: 'SUCCEED' },
  ]);
  expect([...state.operations.keys()]).toEqual([EXECUTION_ID, 'b', 'a']);
});
