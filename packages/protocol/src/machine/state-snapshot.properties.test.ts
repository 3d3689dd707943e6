import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completion, type Happening, happenings, invocation } from '../../test-support/arbitrary-run.ts';
import { contextAt, EXECUTION_STARTED, runAfter, START } from '../../test-support/run.ts';
import type { RunEvent } from '../events.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import type { RunState } from './run-state.ts';
import { restoreState, type StateSnapshot, stateSnapshot } from './state-snapshot.ts';
import { callbackTimeout, dueEvents, nextTimer } from './timers.ts';
import { visibleOperations } from './visible.ts';

const seen = { restored: 0, pruned: 0, refusedOnPruned: 0 };

/** As after a crash: what was stored as text is all that there is. */
function stored(state: RunState): RunState {
  const snapshot = JSON.parse(JSON.stringify(stateSnapshot(state))) as StateSnapshot;
  seen.restored += 1;
  seen.pruned += snapshot.operations.filter((entry) => Array.isArray(entry)).length;
  return restoreState(structuredClone(EXECUTION_STARTED), snapshot);
}

/** What a batch comes to: events, or the error with all that it says. */
function verdict(state: RunState, { updates }: Extract<Happening, { kind: 'checkpoint' }>, at: number): unknown {
  try {
    return decide(state, updates, contextAt(at));
  } catch (error) {
    const { name, message, cause } = error as Error;
    return { name, message, cause };
  }
}

/** All that an invocation or a timer can see. */
function shown(state: RunState, now: number): unknown {
  const { operations, waiting, ...members } = state;
  return {
    ...members,
    ids: [...operations.keys()],
    statuses: [...operations.values()].map(({ Status }) => Status),
    visible: visibleOperations(state),
    waiting: [...waiting].sort(),
    due: dueEvents(state, now),
    next: nextTimer(state),
    timeouts: [...state.deadlines.keys()].map((id) => callbackTimeout(state, id)),
  };
}

/** Plays the steps on the fold of the log, and on states that were restored after each of them. */
function play(steps: readonly Happening[]): void {
  const whole = runAfter();
  let restored: RunState[] = [];
  let now = START;
  for (const [index, step] of steps.entries()) {
    if (whole.status === 'RUNNING') restored.push(stored(whole));
    let events: RunEvent[] = [];
    if (step.kind === 'time') {
      now += step.seconds * 1000;
      events = dueEvents(whole, now);
    } else if (step.kind === 'outside') events = completion(whole, step, now);
    else if (step.kind === 'invocation') events = invocation(index, step.crashed, now);
    else {
      const decided = verdict(whole, step, now);
      for (const state of restored) expectSame(verdict(state, step, now), decided);
      if (Array.isArray(decided)) events = decided as RunEvent[];
      else seen.refusedOnPruned += Number(touchesHidden(whole, step.updates));
    }
    for (const state of [whole, ...restored]) for (const event of events) evolve(state, event);
    const expected = shown(whole, now);
    for (const state of restored) expectSame(shown(state, now), expected);
    // A snapshot of what a snapshot gave is as good as the first.
    if (whole.status === 'RUNNING')
      restored = restored.map((state, place) => (place % 2 === 0 ? state : stored(state)));
  }
}

function touchesHidden(state: RunState, updates: readonly { Id: string }[]): boolean {
  const visible = new Set(visibleOperations(state).map(({ Id }) => Id));
  return updates.some(({ Id }) => state.operations.has(Id) && !visible.has(Id));
}

/** As JSON: a member that is undefined is none. Far quicker than what explains the difference, which is asked only for one. */
function expectSame(found: unknown, expected: unknown): void {
  const [one, other] = [found, expected].map((value) => JSON.parse(JSON.stringify(value)));
  if (!isDeepStrictEqual(one, other)) expect(one).toEqual(other);
}

/** Most happens in a context, which keeps its children, or not. */
function inContext(steps: readonly Happening[], ReplayChildren: boolean): Happening[] {
  const start: Happening = { kind: 'checkpoint', updates: [{ Id: 'c1', Type: 'CONTEXT', Action: 'START' }] };
  const moved = steps.map((step): Happening => {
    if (step.kind !== 'checkpoint') return step;
    const updates = step.updates.map((update) => {
      if (update.Type === 'CONTEXT')
        return update.Action === 'START' ? update : { ...update, ContextOptions: { ReplayChildren } };
      return update.Type !== 'EXECUTION' && update.Action === 'START' ? { ParentId: 'c1', ...update } : update;
    });
    return { ...step, updates };
  });
  return [start, ...moved];
}

describe('a run that goes on from any snapshot', () => {
  const property = fc.property(happenings, fc.boolean(), (steps, keep) => play(inContext(steps, keep)));

  it('shows and decides what the fold of its whole log does', () => {
    // The same runs each time: what they come across is no matter of luck.
    fc.assert(property, { numRuns: 110, unbiased: true, seed: 7 });
    expect(seen.restored).toBeGreaterThan(1000);
    expect(seen.pruned).toBeGreaterThan(200);
    expect(seen.refusedOnPruned).toBeGreaterThan(20);
  });

  it('does so in runs that nobody has seen before', () => {
    fc.assert(property, { numRuns: 40, unbiased: true });
  });
});
