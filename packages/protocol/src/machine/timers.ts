import type { OperationEvent } from '../events.ts';
import type { ErrorObject } from '../wire.ts';
import type { OperationRecord, RunState } from './run-state.ts';

/** What a callback ends with when nobody completes it in time. */
export interface CallbackTimeout {
  /** Epoch milliseconds. */
  at: number;
  error: ErrorObject;
}

/**
 * The events of the timers that are due at `now` (epoch milliseconds), by due time, then in order of start: ends of
 * waits and of retry delays. They carry `now`, so the log's time never runs backwards. None once the run has ended.
 */
export function dueEvents(state: RunState, now: number): OperationEvent[] {
  const due = [...timers(state)].filter(({ at }) => at <= now);
  if (due.length > 1) {
    const order = startOrder(state, new Set(due.map(({ operation }) => operation.Id)));
    due.sort((a, b) => a.at - b.at || position(order, a) - position(order, b));
  }
  return due.map(({ operation }) => ({ type: dueEventType(operation), id: operation.Id, at: now }));
}

/** When the next wait or retry delay ends (epoch milliseconds), or undefined. Callbacks: {@link callbackTimeout}. */
export function nextTimer(state: RunState): number | undefined {
  let next: number | undefined;
  for (const { at } of timers(state)) {
    if (next === undefined || at < next) next = at;
  }
  return next;
}

/**
 * When the open callback times out and with what error, or undefined when it never does (no timeout, not open, or the
 * run has ended). The earlier of its timeout and its heartbeat deadline; the timeout on a tie.
 *
 * @param heartbeatAt Epoch milliseconds of the newest heartbeat; absent for none yet.
 */
export function callbackTimeout(
  state: RunState,
  operationId: string,
  heartbeatAt?: number,
): CallbackTimeout | undefined {
  const deadline = state.status === 'RUNNING' ? state.deadlines.get(operationId) : undefined;
  if (deadline === undefined) return undefined;
  const { startedAt, timeout, heartbeatTimeout } = deadline;
  const timeoutAt = timeout === undefined ? Number.POSITIVE_INFINITY : startedAt + timeout * 1000;
  const lastSign = Math.max(startedAt, heartbeatAt ?? startedAt);
  const heartbeatDue = heartbeatTimeout === undefined ? Number.POSITIVE_INFINITY : lastSign + heartbeatTimeout * 1000;
  return heartbeatDue < timeoutAt
    ? { at: heartbeatDue, error: { ErrorMessage: 'Callback timed out on heartbeat', ErrorType: 'Callback.Heartbeat' } }
    : { at: timeoutAt, error: { ErrorMessage: 'Callback timed out', ErrorType: 'Callback.Timeout' } };
}

interface Timer {
  /** Epoch milliseconds. */
  at: number;
  operation: OperationRecord;
}

function* timers(state: RunState): Generator<Timer> {
  if (state.status !== 'RUNNING') return;
  for (const id of state.waiting) {
    const operation = state.operations.get(id);
    const at = operation?.WaitDetails?.ScheduledEndTimestamp ?? operation?.StepDetails?.NextAttemptTimestamp;
    if (operation !== undefined && at !== undefined) yield { at, operation };
  }
}

/** `waiting` is in the order in which timers were armed, and a retried step is armed again: only the log knows who began first. */
function startOrder(state: RunState, ids: ReadonlySet<string>): Map<string, number> {
  const order = new Map<string, number>();
  for (const id of state.operations.keys()) {
    if (ids.has(id)) order.set(id, order.size);
  }
  return order;
}

function position(order: ReadonlyMap<string, number>, timer: Timer): number {
  return order.get(timer.operation.Id) ?? order.size;
}

function dueEventType(operation: OperationRecord): 'WaitSucceeded' | 'StepReady' {
  return operation.Type === 'WAIT' ? 'WaitSucceeded' : 'StepReady';
}
