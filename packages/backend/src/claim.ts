import {
  type DurableExecutionInvocationInput,
  hasPendingOperations,
  type OperationEvent,
  type RunEvent,
  type RunningInvocation,
} from '@middy-durable/protocol';
import { finishEnded } from './after-end.ts';
import { expireInvocation } from './completion.ts';
import { endIfTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { envelopeFor } from './envelope.ts';
import { launchCalls } from './launch.ts';
import { dueWithLease, leaseFrom } from './lease.ts';
import { CALL_GRACE_MS, CALL_LEASE_GRACE_MS } from './ordinary-call.ts';
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
  tenantId: string | undefined;
  /** Epoch milliseconds at which the function has run out of time. */
  deadline: number;
  /** Epoch milliseconds at which nobody waits for its answer any more. */
  endsAt: number;
  /** See the event of its start. */
  livenessMs: number | undefined;
  /** What a durable function gets, or the payload of a call of an ordinary one. */
  work: { envelope: DurableExecutionInvocationInput } | { payload: string | undefined };
}

/** How long an invocation may take, and without a sign of life, in milliseconds. */
export interface LeaseTimes {
  leaseMs: number;
  livenessMs: number;
}

/**
 * Looks at a run that a hint called due. Starts what it calls, ends it when its time is over, does what its end left to
 * do, records that its invocation died, or claims the next invocation; undefined when there is nothing to invoke.
 */
export async function claimInvocation(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  times: LeaseTimes,
): Promise<Claim | undefined> {
  return engine.runs.exclusively(runId, async (log) => {
    if (log === undefined) return undefined;
    const head = await newestHead(engine, log);
    if (head === undefined) return undefined;
    if (log.closed || (await endIfTimedOut(engine, log))) {
      await finishEnded(engine, log);
      return undefined;
    }
    await launchCalls(engine, log);
    const { invocation } = log.state;
    if (invocation === undefined) return claimIdle(engine, log, head, times);
    await lookAtWorking(engine, retry, log, head, invocation);
    return undefined;
  });
}

/** A head as new as the log: its lease must be that of the log's invocation. */
export async function newestHead(engine: Engine, log: RunLog): Promise<RunHead | undefined> {
  for (;;) {
    const head = await engine.store.head(log.identity.runId);
    if (head === undefined || head.sequence <= log.sequence) return head;
    await engine.runs.catchUp(log);
  }
}

/** The invocation has died, or the run was due for something else, which is done. */
async function lookAtWorking(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  head: RunHead,
  invocation: RunningInvocation,
): Promise<void> {
  const now = engine.clock.now();
  const leaseUntil = head.leaseUntil ?? invocation.leaseUntil;
  if (leaseUntil <= now) {
    await expireInvocation(engine, retry, log, invocation);
    if (log.closed) await finishEnded(engine, log);
  } else if (head.dueAt !== undefined && head.dueAt <= now) {
    await engine.store.reschedule(log.identity.runId, log.sequence, dueWithLease(log, leaseUntil));
  }
}

async function claimIdle(engine: Engine, log: RunLog, head: RunHead, times: LeaseTimes): Promise<Claim | undefined> {
  const now = engine.clock.now();
  const { events, absorbs, nextTimeout } = await collectOutside(engine, log, now);
  const isDue = head.dueAt !== undefined && head.dueAt <= now;
  // A retry's delay holds timers back, but not what somebody outside has done.
  const changed = absorbs.length > 0 || (isDue && events.length > 0);
  if (!changed && !(isDue && mustRunAgain(log))) {
    if (isDue) await engine.store.reschedule(log.identity.runId, log.sequence, nextLook(log, nextTimeout));
    return undefined;
  }
  const deadline = now + times.leaseMs;
  const invocation = await beginInvocation(
    engine,
    log,
    { events, absorbs },
    {
      requestId: engine.clock.randomId(),
      leaseUntil: log.ordinary ? deadline + CALL_LEASE_GRACE_MS : deadline,
      ...(times.livenessMs < times.leaseMs && { livenessMs: times.livenessMs }),
    },
  );
  return {
    runId: log.identity.runId,
    functionName: log.identity.functionName,
    invocationId: invocation.invocationId,
    requestId: invocation.requestId,
    tenantId: log.tenantId,
    deadline,
    endsAt: log.ordinary ? deadline + CALL_GRACE_MS : deadline,
    livenessMs: invocation.livenessMs,
    work: log.ordinary ? { payload: log.state.input } : { envelope: envelopeFor(log, invocation, updatedIds(events)) },
  };
}

/**
 * Appends the start of an invocation, together with what it absorbs: from then on it is the run's current one, and an
 * older one has nothing to say any more.
 */
export async function beginInvocation(
  engine: Engine,
  log: RunLog,
  { events, absorbs }: { events: RunEvent[]; absorbs: string[] },
  grant: Pick<RunningInvocation, 'requestId' | 'leaseUntil' | 'livenessMs'>,
): Promise<RunningInvocation> {
  log.runAhead(events);
  const now = engine.clock.now();
  const invocation = { ...grant, invocationId: engine.clock.randomId(), startedAt: log.stamp(now) };
  const leaseUntil = leaseFrom(invocation, now);
  await engine.runs.append(log, {
    events: [...events, invocationStarted(invocation)],
    absorbs,
    dueAt: dueWithLease(log, leaseUntil),
    leaseUntil,
  });
  return invocation;
}

export function invocationStarted({ startedAt: at, ...invocation }: RunningInvocation): RunEvent {
  return { type: 'InvocationStarted', at, ...invocation };
}

/** Ids of the operations that an invocation finds changed. */
export function updatedIds(events: readonly OperationEvent[]): string[] {
  return [...new Set(events.map(({ id }) => id))];
}

/** Whether it is to be invoked without a change outside: it never ran, its last invocation failed, or nothing else would ever move it. */
export function mustRunAgain({ state }: RunLog): boolean {
  return state.invocationCount === 0 || state.crashedInvocations > 0 || !hasPendingOperations(state);
}
