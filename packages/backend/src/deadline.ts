import type { RunEvent } from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';

/** Ends a run whose time is over. True when it did: no invocation of it has anything to say any more. */
export async function endIfTimedOut(engine: Engine, log: RunLog): Promise<boolean> {
  const now = engine.clock.now();
  if (log.closed || now < log.deadline) return false;
  await engine.runs.append(log, {
    events: [executionTimedOut(log, log.stamp(now))],
    dueAt: undefined,
    leaseUntil: undefined,
  });
  return true;
}

export function executionTimedOut({ state }: RunLog, at: number): Extract<RunEvent, { type: 'ExecutionTimedOut' }> {
  const error = { ErrorMessage: `Execution timed out after ${state.executionTimeout} seconds.` };
  return { type: 'ExecutionTimedOut', at, error };
}
