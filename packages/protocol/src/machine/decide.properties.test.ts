import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completion, type Happening, happenings, invocation } from '../../test-support/arbitrary-run.ts';
import { LegalityModel } from '../../test-support/legality.ts';
import { contextAt, EXECUTION_ID, EXECUTION_STARTED, runAfter, START } from '../../test-support/run.ts';
import type { RunEvent } from '../events.ts';
import { isFinal } from '../wire.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { hasPendingOperations, type OperationRecord, openRun, type RunState } from './run-state.ts';
import { dueEvents } from './timers.ts';

const seen = { accepted: 0, refused: 0, statuses: new Set<string>() };

/** Plays the happenings; every batch must be accepted exactly when the model accepts it. Returns the run and its log. */
function play(steps: readonly Happening[]): { state: RunState; log: RunEvent[]; accepted: Set<Happening> } {
  const state = runAfter();
  const model = new LegalityModel();
  const log: RunEvent[] = [EXECUTION_STARTED];
  const accepted = new Set<Happening>();
  const apply = (events: RunEvent[]) => {
    // A record that was handed out is never written again: writing a frozen one throws.
    for (const record of state.operations.values()) Object.freeze(record);
    for (const event of events) evolve(state, event);
    log.push(...events);
  };
  let now = START;
  for (const [index, step] of steps.entries()) {
    switch (step.kind) {
      case 'time': {
        now += step.seconds * 1000;
        const events = dueEvents(state, now);
        for (const event of events) model.move(event.id, event.type === 'StepReady' ? 'READY' : 'SUCCEEDED');
        apply(events);
        break;
      }
      case 'outside': {
        const events = completion(state, step, now);
        const status = { Succeeded: 'SUCCEEDED', Failed: 'FAILED', TimedOut: 'TIMED_OUT' } as const;
        for (const event of events) model.move(event.id, status[step.outcome]);
        apply(events);
        break;
      }
      case 'invocation':
        apply(invocation(index, step.crashed, now));
        break;
      case 'checkpoint': {
        const legal = model.take(step.updates);
        const before = { state: structuredClone(state), records: new Set(state.operations.values()) };
        let events: RunEvent[] | undefined;
        try {
          events = decide(state, step.updates, contextAt(now));
        } catch (error) {
          expect((error as Error).name).toBe('InvalidParameterValueException');
        }
        expect(events === undefined ? 'refused' : 'accepted').toBe(legal ? 'accepted' : 'refused');
        // Deciding changes nothing, whatever it answers, not even the identity of a record.
        expect(state).toEqual(before.state);
        expect([...state.operations.values()].every((record) => before.records.has(record))).toBe(true);
        seen[legal ? 'accepted' : 'refused'] += 1;
        if (legal) accepted.add(step);
        apply(events ?? []);
      }
    }
    const statuses = [...state.operations.values()].map(({ Id, Status }) => [
      Id === EXECUTION_ID ? 'EXECUTION' : Id,
      Status,
    ]);
    expect(new Map(statuses as [string, string][])).toEqual(
      new Map([...model.operations].map(([id, { status }]) => [id, status])),
    );
    expectConsistent(state);
  }
  return { state, log, accepted };
}

function expectConsistent(state: RunState): void {
  const operations = [...state.operations.values()];
  expect([...state.operations.keys()]).toEqual(operations.map(({ Id }) => Id));
  expect(operations[0]).toMatchObject({ Id: EXECUTION_ID, Type: 'EXECUTION' });
  const waiting = operations.filter(({ Type, Status }) =>
    Type === 'STEP' ? Status === 'PENDING' : Status === 'STARTED' && /WAIT|CALLBACK|CHAINED_INVOKE/.test(Type),
  );
  expect(new Set(state.waiting)).toEqual(new Set(waiting.map(({ Id }) => Id)));
  expect(hasPendingOperations(state)).toBe(waiting.length > 0);
  const callbacks = waiting.filter(({ Type }) => Type === 'CALLBACK');
  expect(new Set(state.deadlines.keys())).toEqual(new Set(callbacks.map(({ Id }) => Id)));
  for (const { Type, Status } of operations) seen.statuses.add(`${Type} ${Status}`);
  expect(operations.filter((operation) => !isSound(state, operation))).toEqual([]);
}

function isSound(state: RunState, { Status, ParentId, EndTimestamp, StepDetails }: OperationRecord): boolean {
  return (
    isFinal(Status) === (EndTimestamp !== undefined) &&
    (Status === 'PENDING') === (StepDetails?.NextAttemptTimestamp !== undefined) &&
    (ParentId === undefined || state.operations.get(ParentId)?.Type === 'CONTEXT')
  );
}

describe('for any run', () => {
  it('a batch is accepted exactly when it is legal, and the state stays consistent', () => {
    fc.assert(
      fc.property(happenings, (steps) => void play(steps)),
      { numRuns: 400, unbiased: true },
    );
    expectVariety();
  });

  it('the state is the fold of the log', () => {
    fc.assert(
      fc.property(happenings, (steps) => {
        const { state, log } = play(steps);
        const [, ...rest] = log;
        const folded = openRun(EXECUTION_STARTED);
        for (const event of structuredClone(rest)) evolve(folded, event);
        expect(folded).toEqual(state);
        expect([...folded.operations.keys()]).toEqual([...state.operations.keys()]);
        const stored = JSON.parse(JSON.stringify(rest)) as RunEvent[];
        expect(runAfter(...stored)).toEqual(state);
      }),
      { numRuns: 100, unbiased: true },
    );
  });

  it('one batch does what its updates do one by one', () => {
    fc.assert(
      fc.property(happenings, (steps) => {
        const whole = play(steps);
        // Update by update, the repeats that only one request forbids are gone, so the log must be the same.
        const single = steps.flatMap((step): Happening[] => {
          if (step.kind !== 'checkpoint') return [step];
          const updates = whole.accepted.has(step) ? step.updates : [];
          return updates.map((update) => ({ kind: 'checkpoint', updates: [update] }));
        });
        const operations = (log: RunEvent[]) => log.filter(({ type }) => !type.startsWith('Invocation'));
        expect(operations(play(single).log)).toEqual(operations(whole.log));
      }),
      { numRuns: 100, unbiased: true },
    );
  });
});

/** The property says nothing about what never comes up. */
function expectVariety(): void {
  expect(seen.accepted).toBeGreaterThan(200);
  expect(seen.refused).toBeGreaterThan(200);
  const reachable = [
    ...['STARTED', 'SUCCEEDED', 'FAILED'].map((status) => `EXECUTION ${status}`),
    ...['STARTED', 'SUCCEEDED', 'FAILED'].map((status) => `CONTEXT ${status}`),
    ...['STARTED', 'PENDING', 'READY', 'SUCCEEDED', 'FAILED'].map((status) => `STEP ${status}`),
    ...['STARTED', 'SUCCEEDED', 'CANCELLED'].map((status) => `WAIT ${status}`),
    ...['STARTED', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'].map((status) => `CALLBACK ${status}`),
    ...['STARTED', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'].map((status) => `CHAINED_INVOKE ${status}`),
  ];
  expect([...seen.statuses].sort()).toEqual(reachable.sort());
}
