import type { RunEvent } from '../src/events.ts';
import { type DecideContext, decide } from '../src/machine/decide.ts';
import { evolve } from '../src/machine/evolve.ts';
import { openRun, type RunState } from '../src/machine/run-state.ts';
import type { OperationUpdate } from '../src/wire.ts';

/** 2026-01-01T00:00:00Z: when the runs of the tests start. */
export const START = 1_767_225_600_000;
export const EXECUTION_ID = 'execution-1';

export const EXECUTION_STARTED: Extract<RunEvent, { type: 'ExecutionStarted' }> = {
  type: 'ExecutionStarted',
  at: START,
  id: EXECUTION_ID,
  name: 'order-7',
  input: '{"x":1}',
  executionTimeout: 3600,
};

/** A run after its start and `events`. */
export function runAfter(...events: RunEvent[]): RunState {
  const state = openRun(EXECUTION_STARTED);
  for (const event of events) evolve(state, event);
  return state;
}

export function contextAt(at: number = START, more: Partial<DecideContext> = {}): DecideContext {
  return { at, callbackId: (id) => `callback-of-${id}`, ...more };
}

/** Decides and applies a batch, as a backend does; returns its events. */
export function checkpoint(state: RunState, updates: OperationUpdate[], at: number = START): RunEvent[] {
  const events = decide(state, updates, contextAt(at));
  for (const event of events) evolve(state, event);
  return events;
}

/** The error that `action` throws. */
export function thrownBy(action: () => unknown): Error & { cause?: unknown } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}
