import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completion, type Happening, happenings, invocation } from '../test-support/arbitrary-run.ts';
import { contextAt, EXECUTION_ID, EXECUTION_STARTED, runAfter, START } from '../test-support/run.ts';
import type { RunEvent } from './events.ts';
import { type HistoryEvent, historyOf } from './history.ts';
import { decide } from './machine/decide.ts';
import { evolve } from './machine/evolve.ts';
import { dueEvents } from './machine/timers.ts';

/** The log of a legal run: whatever is refused did not happen. */
function logOf(steps: readonly Happening[]): RunEvent[] {
  const state = runAfter();
  const log: RunEvent[] = [EXECUTION_STARTED];
  let now = START;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'time') now += step.seconds * 1000;
    for (const event of eventsOf(step, index)) {
      evolve(state, event);
      log.push(event);
    }
  }
  return log;

  function eventsOf(step: Happening, index: number): RunEvent[] {
    if (step.kind === 'time') return dueEvents(state, now);
    if (step.kind === 'outside') return completion(state, step, now);
    if (step.kind === 'invocation') return invocation(index, step.crashed, now);
    try {
      return decide(state, step.updates, contextAt(now));
    } catch {
      return [];
    }
  }
}

/** One letter an event: S starts, r goes on later, e ends. */
function letter(event: HistoryEvent): string {
  const retry = event.StepSucceededDetails?.RetryDetails ?? event.StepFailedDetails?.RetryDetails;
  if (event.EventType.endsWith('Started')) return 'S';
  return retry?.NextAttemptDelaySeconds === undefined ? 'e' : 'r';
}

const LEGAL_ORDER: Record<string, RegExp> = {
  Execution: /^Se?$/,
  Context: /^Se?$/,
  Wait: /^Se?$/,
  Callback: /^Se?$/,
  ChainedInvoke: /^Se?$/,
  // After a retry delay the next attempt starts; one that closes from READY leaves its start out.
  Step: /^S(rS?)*e?$/,
};

function grouped(history: HistoryEvent[]): Map<string, HistoryEvent[]> {
  const groups = new Map<string, HistoryEvent[]>();
  for (const event of history) {
    if (event.Id === undefined) continue;
    groups.set(event.Id, [...(groups.get(event.Id) ?? []), event]);
  }
  return groups;
}

describe('the history of any run', () => {
  it('has dense ids, metadata on every event, and the events of each operation in a legal order', () => {
    const seen = new Set<string>();
    const property = fc.property(happenings, (steps) => {
      const history = historyOf(logOf(steps));
      expect(history.map(({ EventId }) => EventId)).toEqual(history.map((_, index) => index + 1));
      const times = history.map(({ EventTimestamp }) => EventTimestamp.getTime());
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(history[0]).toMatchObject({ EventType: 'ExecutionStarted', Id: EXECUTION_ID });
      for (const [id, events] of grouped(history)) {
        const kind =
          /^(Execution|Context|Wait|Callback|ChainedInvoke|Step)/.exec(events[0]?.EventType ?? '')?.[0] ?? '';
        seen.add(kind);
        expect(events.map(letter).join('')).toMatch(LEGAL_ORDER[kind] as RegExp);
        for (const { EventType, Name, ParentId, SubType } of events) {
          expect(EventType).toMatch(new RegExp(`^${kind}`));
          expect([id, Name, ParentId, SubType]).toEqual([id, events[0]?.Name, events[0]?.ParentId, events[0]?.SubType]);
        }
        const ends = events.flatMap((event) => event.StepSucceededDetails ?? event.StepFailedDetails ?? []);
        expect(ends.map(({ RetryDetails }) => RetryDetails.CurrentAttempt)).toEqual(ends.map((_, index) => index + 1));
      }
      for (const { EventId, ParentId } of history) {
        if (ParentId === undefined) continue;
        const parent = history.find(({ Id, EventType }) => Id === ParentId && EventType === 'ContextStarted');
        expect(parent?.EventId).toBeLessThan(EventId);
      }
      const end = history.findIndex(({ EventType }) => /^Execution(Succeeded|Failed)$/.test(EventType));
      const after = end === -1 ? [] : history.slice(end + 1).map(({ EventType }) => EventType);
      expect(after.filter((type) => type !== 'InvocationCompleted')).toEqual([]);
      for (const event of history) {
        expect(Object.keys(event).filter((key) => key.endsWith('Details'))).toEqual([`${event.EventType}Details`]);
      }
    });
    fc.assert(property, { numRuns: 300, unbiased: true });
    expect([...seen].sort()).toEqual(Object.keys(LEGAL_ORDER).sort());
  });

  it('shows no payload without execution data, and the same events', () => {
    fc.assert(
      fc.property(happenings, (steps) => {
        const log = logOf(steps);
        const bare = historyOf(log, { includeExecutionData: false });
        expect(JSON.stringify(bare)).not.toContain('"Payload"');
        const outline = (history: HistoryEvent[]) =>
          history.map(({ EventId, EventType, Id }) => [EventId, EventType, Id]);
        expect(outline(bare)).toEqual(outline(historyOf(log)));
      }),
      { numRuns: 200, unbiased: true },
    );
  });
});
