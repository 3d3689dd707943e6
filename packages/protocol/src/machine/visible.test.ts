import { describe, expect, it } from '@jest/globals';
import { checkpoint, EXECUTION_ID, runAfter } from '../../test-support/run.ts';
import type { OperationUpdate } from '../wire.ts';
import type { RunState } from './run-state.ts';
import { visibleOperations } from './visible.ts';

const start = (Id: string, Type: 'CONTEXT' | 'STEP', ParentId?: string): OperationUpdate => ({
  Id,
  Type,
  Action: 'START',
  ...(ParentId !== undefined && { ParentId }),
});

/** outer > (a, inner > (b, deep > c)), d beside it. */
function nested(): RunState {
  const state = runAfter();
  checkpoint(state, [
    start('outer', 'CONTEXT'),
    start('a', 'STEP', 'outer'),
    start('inner', 'CONTEXT', 'outer'),
    start('b', 'STEP', 'inner'),
    start('deep', 'CONTEXT', 'inner'),
    start('c', 'STEP', 'deep'),
    start('d', 'STEP'),
  ]);
  return state;
}

function close(state: RunState, Id: string, Action: 'SUCCEED' | 'FAIL', ReplayChildren?: boolean): void {
  checkpoint(state, [{ Id, Type: 'CONTEXT', Action, ContextOptions: { ReplayChildren } }]);
}

const ids = (state: RunState) => visibleOperations(state).map(({ Id }) => Id);

describe('the operations that an invocation loads', () => {
  it('are all, in order of start, while contexts are open', () => {
    expect(ids(nested())).toEqual([EXECUTION_ID, 'outer', 'a', 'inner', 'b', 'deep', 'c', 'd']);
  });

  it.each(['SUCCEED', 'FAIL'] as const)('leave out what is below a context after %s, all the way down', (action) => {
    const state = nested();
    close(state, 'inner', action);
    expect(ids(state)).toEqual([EXECUTION_ID, 'outer', 'a', 'inner', 'd']);
    close(state, 'outer', action);
    expect(ids(state)).toEqual([EXECUTION_ID, 'outer', 'd']);
    expect(state.operations.size).toBe(8);
  });

  it('keep the children of a context with ReplayChildren, but not those of finished contexts in it', () => {
    const state = nested();
    close(state, 'inner', 'SUCCEED', false);
    close(state, 'outer', 'SUCCEED', true);
    expect(ids(state)).toEqual([EXECUTION_ID, 'outer', 'a', 'inner', 'd']);
  });

  it('leave out a kept context below one that is not kept', () => {
    const state = nested();
    close(state, 'deep', 'SUCCEED', true);
    expect(ids(state)).toEqual([EXECUTION_ID, 'outer', 'a', 'inner', 'b', 'deep', 'c', 'd']);
    close(state, 'outer', 'SUCCEED');
    expect(ids(state)).toEqual([EXECUTION_ID, 'outer', 'd']);
  });
});
