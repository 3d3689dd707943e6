import type { RunningInvocation } from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';

/** Renewals in the time in which a lease runs out: two of them may fail. */
const RENEWALS = 3;

/** Until when the invocation counts as alive after a sign of life at `now`. Epoch milliseconds. */
export function leaseFrom({ leaseUntil, livenessMs }: RunningInvocation, now: number): number {
  return livenessMs === undefined ? leaseUntil : Math.min(now + livenessMs, leaseUntil);
}

/**
 * Renews the lease of a running invocation, for as long as this process lives and the invocation is the run's current one,
 * until the returned function is called; it resolves when no renewal is under way any more.
 */
export function keepLease(
  engine: Engine,
  invocation: { runId: string; invocationId: string; livenessMs: number | undefined },
  onError: (error: unknown) => void,
): () => Promise<void> {
  const { livenessMs } = invocation;
  if (livenessMs === undefined) return async () => {};
  let ended = false;
  let cancel = (): void => {};
  let renewal: Promise<void> = Promise.resolve();
  const arm = (): void => {
    if (ended) return;
    cancel = engine.clock.schedule(() => {
      const renewed = renew(engine, invocation).then((isCurrent) => {
        ended ||= !isCurrent;
      });
      renewal = renewed.catch(onError).finally(arm);
    }, livenessMs / RENEWALS);
  };
  arm();
  return () => {
    ended = true;
    cancel();
    return renewal;
  };
}

/** False when there is nothing to renew any more: the run has ended, or another invocation took over. */
async function renew(
  engine: Engine,
  { runId, invocationId }: { runId: string; invocationId: string },
): Promise<boolean> {
  return engine.runs.exclusively(runId, async (log) => {
    if (log === undefined) return false;
    // The function may have written from its own process.
    await engine.runs.catchUp(log);
    const { invocation } = log.state;
    if (log.closed || invocation?.invocationId !== invocationId) return false;
    const now = engine.clock.now();
    const leaseUntil = leaseFrom(invocation, now);
    const { dueAt = now } = (await engine.store.head(runId)) ?? {};
    // What was due already still is.
    const next = dueAt <= now ? dueAt : dueWithLease(log, leaseUntil);
    await engine.store.reschedule(runId, log.sequence, next, leaseUntil);
    return true;
  });
}

/** When a run whose invocation works wants to be looked at: when that one has died, or the execution's time is over. */
export function dueWithLease(log: RunLog, leaseUntil: number): number {
  return Math.min(leaseUntil, log.deadline);
}
