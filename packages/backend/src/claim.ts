import {
  type DurableExecutionInvocationInput,
  hasPendingOperations,
  type OperationEvent,
  parseExecutionArn,
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
import type { WakeUpEvent } from './ordinary/wake-up-event.ts';
import { CALL_GRACE_MS, CALL_LEASE_GRACE_MS } from './ordinary-call.ts';
import { type Absorbed, collectOutside, nextLook } from './outside.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { RunLog } from './run-log.ts';
import type { RunHead } from './store.ts';

/** An invocation that the log grants: whoever holds it, and nobody else, may invoke. */
export interface Claim {
  runId: string;
  functionName: string;
  /** The version that it started on: the one to invoke. */
  qualifier: string;
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

/** A run whose function is to be asked to begin the invocation itself. */
export interface DueRun {
  runId: string;
  functionName: string;
  /** The version that it started on. */
  qualifier: string;
  tenantId: string | undefined;
  event: WakeUpEvent;
  /** Whether its due time has come; false where only something outside has settled. */
  byTimer: boolean;
}

/** How long an invocation may take, and without a sign of life, in milliseconds. */
export interface LeaseTimes {
  leaseMs: number;
  livenessMs: number;
  /** Epoch milliseconds at which this process ends, and every invocation with it. Default: never. */
  endsAt?: number | undefined;
}

/** A call that would have less time than this is left to a process that has more. */
const SHORTEST_CALL_MS = 1000;

/**
 * Looks at a run that a hint called due. Starts what it calls, ends it when its time is over, does what its end left to
 * do, records that its invocation died, or claims the next invocation; undefined when there is nothing to invoke.
 */
export function claimInvocation(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  times: LeaseTimes,
): Promise<Claim | undefined> {
  return lookAt(engine, retry, runId, (log, head) => claimIdle(engine, log, head, times));
}

/** The same, but for a durable function the next invocation is not claimed: the function does that itself, when it is asked. */
export function dueRun(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  times: LeaseTimes,
): Promise<Claim | DueRun | undefined> {
  return lookAt<Claim | DueRun>(engine, retry, runId, (log, head) =>
    log.ordinary ? claimIdle(engine, log, head, times) : describeIdle(engine, log, head),
  );
}

function lookAt<Found>(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  lookAtIdle: (log: RunLog, head: RunHead) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  return engine.runs.exclusively(runId, async (log, justRead) => {
    if (log === undefined) return undefined;
    const head = await newestHead(engine, log, justRead);
    if (head === undefined) return undefined;
    if (log.closed || (await endIfTimedOut(engine, log))) {
      await finishEnded(engine, log);
      return undefined;
    }
    await launchCalls(engine, log);
    const { invocation } = log.state;
    if (invocation === undefined) return lookAtIdle(log, head);
    await lookAtWorking(engine, retry, log, head, invocation);
    return undefined;
  });
}

/** A head as new as the log: its lease must be that of the log's invocation. `justRead` is one, where there is one already. */
export async function newestHead(
  engine: Engine,
  log: RunLog,
  justRead: RunHead | undefined,
): Promise<RunHead | undefined> {
  if (justRead !== undefined) return justRead;
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

/**
 * What the next invocation of a run absorbs that none is working on; undefined when there is no reason for one, and then
 * the next look is put off until there may be.
 *
 * @param isDue whether the run's due time has come
 * @param again whether it is to be invoked whatever there is
 */
export async function dueWork(
  engine: Engine,
  log: RunLog,
  { now, isDue, again = false }: { now: number; isDue: boolean; again?: boolean },
): Promise<Absorbed | undefined> {
  const absorbed = await collectOutside(engine, log, now);
  // A retry's delay holds timers back, but not what somebody outside has done.
  const changed = absorbed.absorbs.length > 0 || (isDue && absorbed.events.length > 0);
  if (again || changed || (isDue && mustRunAgain(log))) return absorbed;
  if (isDue) await engine.store.reschedule(log.identity.runId, log.sequence, nextLook(log, absorbed.nextTimeout));
  return undefined;
}

function isDueAt(head: RunHead, now: number): boolean {
  return head.dueAt !== undefined && head.dueAt <= now;
}

async function describeIdle(engine: Engine, log: RunLog, head: RunHead): Promise<DueRun | undefined> {
  const { runId, functionName, arn } = log.identity;
  const now = engine.clock.now();
  const byTimer = isDueAt(head, now);
  if ((await dueWork(engine, log, { now, isDue: byTimer })) === undefined) return undefined;
  const event = { middyDurableWakeUp: { runId, sequence: log.sequence, at: now } };
  const { qualifier } = parseExecutionArn(arn);
  return { runId, functionName, qualifier, tenantId: log.tenantId, event, byTimer };
}

async function claimIdle(engine: Engine, log: RunLog, head: RunHead, times: LeaseTimes): Promise<Claim | undefined> {
  const now = engine.clock.now();
  const { endsAt = Number.POSITIVE_INFINITY } = times;
  if (endsAt - now < SHORTEST_CALL_MS) return undefined;
  const work = await dueWork(engine, log, { now, isDue: isDueAt(head, now) });
  if (work === undefined) return undefined;
  const deadline = Math.min(now + times.leaseMs, endsAt);
  const invocation = await beginInvocation(engine, log, work, {
    requestId: engine.clock.randomId(),
    leaseUntil: log.ordinary ? deadline + CALL_LEASE_GRACE_MS : deadline,
    ...(times.livenessMs < times.leaseMs && { livenessMs: times.livenessMs }),
  });
  return {
    runId: log.identity.runId,
    functionName: log.identity.functionName,
    qualifier: parseExecutionArn(log.identity.arn).qualifier,
    invocationId: invocation.invocationId,
    requestId: invocation.requestId,
    tenantId: log.tenantId,
    deadline,
    endsAt: log.ordinary ? deadline + CALL_GRACE_MS : deadline,
    livenessMs: invocation.livenessMs,
    work: log.ordinary
      ? { payload: log.state.input }
      : { envelope: envelopeFor(log, invocation, updatedIds(work.events)) },
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
  const { invocationCount, crashedInvocations, blocked } = state;
  return invocationCount === 0 || crashedInvocations > 0 || blocked !== undefined || !hasPendingOperations(state);
}
