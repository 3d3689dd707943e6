import { type DurableExecutionInvocationInput, hasPendingOperations } from '@middy-durable/protocol';
import { expireInvocation } from './completion.ts';
import { endIfTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { envelopeFor } from './envelope.ts';
import { collectOutside, nextLook } from './outside.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { RunLog } from './run-log.ts';
import type { RunHead } from './store.ts';

/** An invocation that the log grants: whoever holds it, and nobody else, may invoke. */
export interface Claim {
  runId: string;
  functionName: string;
  invocationId: string;
  requestId: string;
  /** Epoch milliseconds. */
  leaseUntil: number;
  envelope: DurableExecutionInvocationInput;
}

/**
 * Looks at a run that a hint called due. Ends it when its time is over, records that its invocation died, or claims
 * the next invocation; undefined when there is nothing to invoke.
 */
export async function claimInvocation(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  leaseMs: number,
): Promise<Claim | undefined> {
  return engine.runs.exclusively(runId, async (log) => {
    if (log === undefined) return undefined;
    const head = await engine.store.head(runId);
    if (head === undefined) return undefined;
    if (head.sequence > log.sequence) await engine.runs.catchUp(log);
    if (log.closed || (await endIfTimedOut(engine, log))) return undefined;
    const { invocation } = log.state;
    if (invocation === undefined) return claimIdle(engine, log, head, leaseMs);
    if (invocation.leaseUntil <= engine.clock.now()) await expireInvocation(engine, retry, log, invocation);
    return undefined;
  });
}

async function claimIdle(engine: Engine, log: RunLog, head: RunHead, leaseMs: number): Promise<Claim | undefined> {
  const now = engine.clock.now();
  const { events, absorbs, nextTimeout } = await collectOutside(engine, log, now);
  const isDue = head.dueAt !== undefined && head.dueAt <= now;
  // A retry's delay holds timers back, but not what somebody outside has done.
  const changed = absorbs.length > 0 || (isDue && events.length > 0);
  if (!changed && !(isDue && mustRunAgain(log))) {
    if (isDue) await engine.store.reschedule(log.identity.runId, log.sequence, nextLook(log, nextTimeout));
    return undefined;
  }
  log.runAhead(events);
  const invocation = {
    invocationId: engine.clock.randomId(),
    requestId: engine.clock.randomId(),
    startedAt: log.stamp(now),
    leaseUntil: now + leaseMs,
  };
  const { startedAt: at, ...identity } = invocation;
  await engine.runs.append(log, {
    events: [...events, { type: 'InvocationStarted', at, ...identity }],
    absorbs,
    dueAt: Math.min(invocation.leaseUntil, log.deadline),
    leaseUntil: invocation.leaseUntil,
  });
  const updatedIds = [...new Set(events.map(({ id }) => id))];
  const { runId, functionName } = log.identity;
  return { runId, functionName, ...identity, envelope: envelopeFor(log, invocation, updatedIds) };
}

/** Without a change outside: it never ran, its last invocation failed, or nothing else would ever move it. */
function mustRunAgain({ state }: RunLog): boolean {
  return state.invocationCount === 0 || state.crashedInvocations > 0 || !hasPendingOperations(state);
}
