import { callbackTimeout, dueEvents, type ErrorObject, nextTimer, type OperationEvent } from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';
import type { Outcome, OutsideItem } from './store.ts';

/** What timers and the outside have done to a run since its last item. */
export interface Absorbed {
  /** Ends of timers, then outcomes in the order in which they came. */
  events: OperationEvent[];
  /** Outside items whose outcome is among the events. */
  absorbs: string[];
  /** When the next open callback times out (epoch milliseconds), as far as its heartbeats say now. */
  nextTimeout: number | undefined;
  /** Whether something that a chained invoke calls was not started yet. */
  unlaunched: boolean;
}

/** Collects what is due at `now`. Callbacks out of time are settled on the way, unless somebody completed them first. */
export async function collectOutside(engine: Engine, log: RunLog, now: number): Promise<Absorbed> {
  const at = log.stamp(now);
  const events: OperationEvent[] = dueEvents(log.state, now).map((event) => ({ ...event, at }));
  const { settled, nextTimeout, unlaunched } = await collectOutcomes(engine, log, now);
  for (const { id, outcome } of settled) events.push(outcomeEvent(log, id, outcome, at));
  return { events, absorbs: settled.map(({ id }) => id), nextTimeout, unlaunched };
}

interface SettledItem {
  id: string;
  at: number;
  outcome: Outcome;
}

async function collectOutcomes(
  engine: Engine,
  log: RunLog,
  now: number,
): Promise<{ settled: SettledItem[]; nextTimeout: number | undefined; unlaunched: boolean }> {
  const settled: SettledItem[] = [];
  let nextTimeout: number | undefined;
  let unlaunched = false;
  // Most runs have nothing open outside: they pay no read for it.
  if (log.openOutside.size === 0) return { settled, nextTimeout, unlaunched };
  for (const item of await engine.store.outside(log.identity.runId)) {
    const id = item.operationId;
    if (!log.openOutside.has(id)) continue;
    if (item.outcome !== undefined) {
      settled.push({ id, at: item.settledAt ?? now, outcome: item.outcome });
      continue;
    }
    if (log.calls.has(id) && item.heartbeatAt === undefined) unlaunched = true;
    const timeout = callbackTimeout(log.state, id, item.heartbeatAt);
    if (timeout === undefined) continue;
    if (timeout.at > now) {
      nextTimeout = Math.min(nextTimeout ?? timeout.at, timeout.at);
      continue;
    }
    const outcome = await settleTimeout(engine, log, item, timeout.error, now);
    if (outcome === 'alive') nextTimeout = now;
    else if (outcome !== undefined) settled.push({ id, at: timeout.at, outcome });
  }
  settled.sort((a, b) => a.at - b.at);
  return { settled, nextTimeout, unlaunched };
}

/**
 * Settles a callback as timed out and returns how it really ended: a completion in the same moment may have won. `alive`
 * when a heartbeat came after `item` was read: the callback has more time than it seemed.
 */
export async function settleTimeout(
  engine: Engine,
  log: RunLog,
  item: Pick<OutsideItem, 'operationId' | 'heartbeatAt'>,
  error: ErrorObject,
  now: number,
): Promise<Outcome | 'alive' | undefined> {
  const outcome: Outcome = { status: 'TIMED_OUT', error };
  const { operationId, heartbeatAt } = item;
  // A heartbeat moves only its own deadline.
  const seen = error.ErrorType === 'Callback.Heartbeat' ? { heartbeatAt } : undefined;
  const settlement = await engine.store.settle(log.identity.runId, operationId, outcome, now, seen);
  if (settlement === 'first') return outcome;
  if (settlement === 'alive') return settlement;
  return typeof settlement === 'object' ? settlement.settled : undefined;
}

function outcomeEvent(log: RunLog, id: string, outcome: Outcome, at: number): OperationEvent {
  if (log.calls.has(id)) return callEvent(id, outcome, at);
  if (outcome.status === 'SUCCEEDED') return { type: 'CallbackSucceeded', id, at, result: outcome.result };
  const ending = outcome.status === 'TIMED_OUT' ? 'CallbackTimedOut' : 'CallbackFailed';
  return { type: ending, id, at, error: outcome.error };
}

function callEvent(id: string, outcome: Outcome, at: number): OperationEvent {
  switch (outcome.status) {
    case 'SUCCEEDED':
      return { type: 'ChainedInvokeSucceeded', id, at, result: outcome.result };
    case 'FAILED':
      return { type: 'ChainedInvokeFailed', id, at, error: outcome.error };
    case 'TIMED_OUT':
      return { type: 'ChainedInvokeTimedOut', id, at, error: outcome.error };
    case 'STOPPED':
      return { type: 'ChainedInvokeStopped', id, at, error: outcome.error };
  }
}

/** When an idle run wants to be looked at next: its timers, its callbacks' timeouts, its own end. Epoch milliseconds. */
export function nextLook(log: RunLog, nextTimeout: number | undefined): number {
  return Math.min(log.deadline, nextTimer(log.state) ?? log.deadline, nextTimeout ?? log.deadline);
}
