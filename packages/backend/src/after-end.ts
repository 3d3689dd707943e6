import type { Engine } from './engine.ts';
import { launchCalls } from './launch.ts';
import type { RunLog } from './run-log.ts';
import type { Outcome } from './store.ts';

/**
 * What a run leaves behind when it ends: calls that were not started yet, and a caller that waits for its outcome. The
 * run stays due until this was done; after a crash it is done again, which changes nothing.
 */
export async function finishEnded(engine: Engine, log: RunLog): Promise<void> {
  if (!log.leavesWork) return;
  await launchCalls(engine, log);
  const { caller } = log;
  if (caller !== undefined) {
    // First one wins, and an ended caller takes no outcome any more: both are fine.
    await engine.store.settle(caller.runId, caller.operationId, outcomeOf(log), engine.clock.now());
    engine.changed();
  }
  await engine.store.reschedule(log.identity.runId, log.sequence, undefined);
}

/** What the end of a called run means to its caller. */
function outcomeOf({ state, ordinary }: RunLog): Outcome {
  const { status, result, error } = state;
  if (status === 'SUCCEEDED') return { status, result };
  if (status === 'TIMED_OUT') return { status, error: ordinary ? error : timedOutCall(state.executionTimeout) };
  return { status: status === 'STOPPED' ? status : 'FAILED', error };
}

/** The error of a chained invoke whose target took too long. */
export function timedOutCall(seconds: number): { ErrorType: string; ErrorMessage: string } {
  return { ErrorType: 'ChainedInvoke.Timeout', ErrorMessage: `CHAINED_INVOKE timed out after ${seconds} seconds.` };
}
