import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completion, type Happening, happenings, invocation } from '../../test-support/arbitrary-run.ts';
import { checkpoint, EXECUTION_STARTED, runAfter, START } from '../../test-support/run.ts';
import type { RunEvent } from '../events.ts';
import { evolve } from './evolve.ts';
import { openRun, type RunState } from './run-state.ts';
import { seedEvents } from './seed.ts';

const NOW = START + 3_600_000;

describe('what a run is resumed with, for every run', () => {
  it('is a legal log that keeps what was completed, each with its parent', () => {
    const met = { dropped: 0, reopened: 0, kept: 0 };
    fc.assert(
      fc.property(happenings, (steps) => {
        const { state, log } = play(steps);
        const seed = seedEvents(log, NOW);
        // A legal log: folding it throws otherwise.
        const next = openRun({ ...EXECUTION_STARTED, id: 'execution-2', at: NOW });
        for (const event of seed) evolve(next, event);
        for (const [id, record] of next.operations) {
          if (id === next.executionId) continue;
          const before = state.operations.get(id);
          if (record.ParentId !== undefined) expect(next.operations.get(record.ParentId)?.Type).toBe('CONTEXT');
          const { Status: _now, EndTimestamp: _end, ContextDetails: _details, ...identity } = record;
          if (record.Status === before?.Status) {
            expect(record).toEqual(before);
            met.kept += 1;
          } else if (record.Type === 'CONTEXT') {
            expect(record.Status).toBe('STARTED');
            expect(before).toMatchObject(identity);
            met.reopened += 1;
          } else {
            expect([record.Type, record.Status, before?.Status]).toEqual(['CHAINED_INVOKE', 'STOPPED', 'STARTED']);
          }
        }
        for (const [id, record] of state.operations) {
          if (next.operations.has(id) || id === state.executionId) continue;
          expect(['WAIT', 'CALLBACK', 'CONTEXT'].includes(record.Type) && record.Status !== 'STARTED').toBe(false);
          expect(record.Status).not.toBe('SUCCEEDED');
          met.dropped += 1;
        }
        // The same again from what was seeded: nothing more is lost, and nothing is moved.
        const start = { ...EXECUTION_STARTED, id: next.executionId, at: NOW };
        const again = seedEvents([start, ...seed, { type: 'ExecutionFailed', at: NOW }], NOW);
        expect(again.filter(({ type }) => type !== 'ChainedInvokeStopped').length).toBeLessThanOrEqual(seed.length);
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(Math.min(met.dropped, met.reopened, met.kept)).toBeGreaterThan(20);
  });
});

/** Plays what happens, as far as it is legal. */
function play(steps: readonly Happening[]): { state: RunState; log: RunEvent[] } {
  const state = runAfter();
  const log: RunEvent[] = [EXECUTION_STARTED];
  let now = START;
  const apply = (events: RunEvent[]): void => {
    for (const one of events) evolve(state, one);
    log.push(...events);
  };
  for (const [index, one] of steps.entries()) {
    if (state.status !== 'RUNNING') break;
    if (one.kind === 'time') now += one.seconds * 1000;
    else if (one.kind === 'outside') apply(completion(state, one, now));
    else if (one.kind === 'invocation') apply(invocation(index, one.crashed, now));
    else {
      try {
        log.push(...checkpoint(state, one.updates, now));
      } catch {
        // Refused: nothing happened.
      }
    }
  }
  return { state, log };
}
