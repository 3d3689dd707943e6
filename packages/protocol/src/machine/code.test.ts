import { describe, expect, it } from '@jest/globals';
import { EXECUTION_STARTED, START } from '../../test-support/run.ts';
import type { RunEvent } from '../events.ts';
import { codeChange, isOfOtherCode } from './code.ts';
import { evolve } from './evolve.ts';
import { openRun, type RunState } from './run-state.ts';

function after(...events: RunEvent[]): RunState {
  const state = openRun(EXECUTION_STARTED);
  for (const event of events) evolve(state, event);
  return state;
}
const changed = (code: string, at: number): RunEvent => ({ type: 'CodeChanged', at, code });
const step = (id: string, at: number): RunEvent => ({ type: 'StepStarted', id, at });
const report = (OperationId: string, CodeVersion: string, Expected?: string) => ({
  OperationId,
  CodeVersion,
  Found: 'WAIT (Wait)',
  ...(Expected !== undefined && { Expected }),
});

describe('the code that works on a run', () => {
  it('is recorded when it is another one than before', () => {
    const state = after(changed('a', START), step('s', START));
    expect(codeChange(state, 'a', START + 5, START)).toBeUndefined();
    expect(codeChange(state, 'b', START + 5, START)).toEqual(changed('b', START + 5));
    expect(codeChange(after(changed('a', 1), changed('b', 2)), 'a', START + 5, START)).toEqual(changed('a', START + 5));
  });

  it('has a moment later than all that other code has started, also in the same millisecond', () => {
    const state = after(changed('a', START), step('s', START));
    const change = codeChange(state, 'b', START, START);
    expect(change).toEqual(changed('b', START + 1));
    for (const event of [change as RunEvent, step('t', START + 1)]) evolve(state, event);
    expect(isOfOtherCode(state, report('s', 'b', 'STEP'))).toBe(true);
    expect(isOfOtherCode(state, report('s', 'a', 'STEP'))).toBe(false);
    expect(isOfOtherCode(state, report('t', 'b', 'STEP'))).toBe(false);
    // Nothing but the execution was there.
    expect(codeChange(after(), 'a', START, START)).toEqual(changed('a', START));
  });

  it('is another one than code that did not say what it is, and than what is not known at all', () => {
    const state = after(step('s', START), changed('a', START + 1));
    expect(isOfOtherCode(state, report('s', 'a', 'STEP'))).toBe(true);
    expect(isOfOtherCode(after(), report('nothing', 'a', 'STEP'))).toBe(true);
  });

  it('is asked about the end of a context in which nothing more was expected', () => {
    const state = after(changed('a', START), { type: 'ContextStarted', id: 'c', at: START }, changed('b', START + 1), {
      type: 'ContextSucceeded',
      id: 'c',
      at: START + 1,
    });
    expect(isOfOtherCode(state, report('c', 'b'))).toBe(false);
    expect(isOfOtherCode(state, report('c', 'b', 'CONTEXT "c"'))).toBe(true);
  });
});
