import { describe, expect, it } from '@jest/globals';
import { checkpoint, contextAt, EXECUTION_STARTED, runAfter, START, thrownBy } from '../../test-support/run.ts';
import type { OperationUpdate } from '../wire.ts';
import { isOfOtherCode } from './code.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import type { RunState } from './run-state.ts';
import { restoreState, type StateSnapshot, stateSnapshot } from './state-snapshot.ts';

const PAYLOAD = `"${'x'.repeat(5000)}"`;
const step = (Id: string, ParentId: string): OperationUpdate => ({
  Id,
  Type: 'STEP',
  Action: 'SUCCEED',
  SubType: 'Step',
  Name: `name of ${Id}`,
  Payload: PAYLOAD,
  ParentId,
});

function restored(state: RunState): RunState {
  return restoreState(EXECUTION_STARTED, JSON.parse(JSON.stringify(stateSnapshot(state))) as StateSnapshot);
}

/** A finished context with a step, a step beside it, and what is open in the finished one. */
function run(ReplayChildren?: boolean): RunState {
  const state = runAfter();
  checkpoint(state, [{ Id: 'c', Type: 'CONTEXT', Action: 'START' }, step('inside', 'c')]);
  checkpoint(state, [
    { Id: 'late', Type: 'WAIT', Action: 'START', ParentId: 'c', WaitOptions: { WaitSeconds: 5 } },
    { Id: 'cb', Type: 'CALLBACK', Action: 'START', ParentId: 'c', CallbackOptions: { TimeoutSeconds: 9 } },
  ]);
  evolve(state, { type: 'CallbackSucceeded', at: START, id: 'cb', result: PAYLOAD });
  checkpoint(state, [{ Id: 'c', Type: 'CONTEXT', Action: 'SUCCEED', ContextOptions: { ReplayChildren } }]);
  checkpoint(state, [{ Id: 'beside', Type: 'STEP', Action: 'SUCCEED', Payload: PAYLOAD }]);
  return state;
}

describe('a snapshot of a run', () => {
  it('has no results of what is inside a finished context, and all others', () => {
    const text = JSON.stringify(stateSnapshot(run()));
    expect(text.split(PAYLOAD.slice(1, -1))).toHaveLength(2);
    expect(restored(run()).operations.get('beside')?.StepDetails?.Result).toBe(PAYLOAD);
    expect(restored(run()).operations.get('inside')?.StepDetails).toBeUndefined();
  });

  it('has all of a context that keeps its children', () => {
    expect(restored(run(true))).toEqual(run(true));
  });

  it('knows a finished callback by its id, and what is open in a finished context', () => {
    const state = restored(run());
    expect(state.operations.get('cb')).toMatchObject({
      Status: 'SUCCEEDED',
      CallbackDetails: { CallbackId: 'callback-of-cb' },
    });
    expect([...state.waiting]).toEqual(['late']);
    evolve(state, { type: 'WaitSucceeded', at: START + 5000, id: 'late' });
    expect(state.operations.get('late')?.Status).toBe('SUCCEEDED');
  });

  it('refuses an update of what it has left out, in the same words', () => {
    const whole = run();
    for (const update of [step('inside', 'c'), { ...step('inside', 'c'), Name: 'other' }, step('cb', 'c')]) {
      const refuse = (state: RunState) => thrownBy(() => decide(state, [update], contextAt()));
      const [before, after] = [refuse(whole), refuse(restored(whole))];
      expect(after.message).toBe(before.message);
      expect(after.cause).toEqual(before.cause);
    }
  });

  it('keeps what blocks the run, its crashes, its codes and its current invocation', () => {
    const state = runAfter(
      { type: 'CodeChanged', at: START, code: 'one' },
      { type: 'InvocationStarted', at: START, invocationId: 'i', requestId: 'r', leaseUntil: START + 9 },
      {
        type: 'InvocationCompleted',
        at: START,
        invocationId: 'i',
        requestId: 'r',
        startedAt: START,
        blocked: { operationId: 'x', found: 'y' },
      },
      { type: 'InvocationStarted', at: START + 1, invocationId: 'j', requestId: 's', leaseUntil: START + 9 },
    );
    expect(restored(state)).toEqual(state);
    const found = { OperationId: 'c', Found: 'y', CodeVersion: 'one' };
    expect(isOfOtherCode(restored(state), found)).toBe(isOfOtherCode(state, found));
  });

  it('takes names of prototypes for names', () => {
    const state = runAfter();
    const named = (Id: string): OperationUpdate => ({ Id, Name: '__proto__', Type: 'STEP', Action: 'START' });
    checkpoint(state, [named('__proto__'), named('constructor')]);
    expect(restored(state)).toEqual(state);
    expect(restored(state).operations.get('__proto__')?.Name).toBe('__proto__');
    expect(({} as Record<string, unknown>).Name).toBeUndefined();
  });

  it('is not made of a run that has ended', () => {
    const ended = runAfter({ type: 'ExecutionStopped', at: START });
    expect(() => stateSnapshot(ended)).toThrow(TypeError);
  });
});
