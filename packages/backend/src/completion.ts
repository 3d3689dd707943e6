import {
  type ErrorObject,
  hasPendingOperations,
  isOfOtherCode,
  MAX_CHAINED_PAYLOAD_BYTES,
  type NonDeterminism,
  ResourceNotFoundException,
  type RunEvent,
  type RunningInvocation,
} from '@middy-durable/protocol';
import { finishEnded } from './after-end.ts';
import { executionTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { invocationError, lostError } from './invocation-error.ts';
import { pendingOnNothing, readOutput, type Verdict } from './invocation-output.ts';
import { launchCalls } from './launch.ts';
import { callVerdict } from './ordinary-call.ts';
import { collectOutside, nextLook } from './outside.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { RunLog } from './run-log.ts';

type InvocationCompleted = Extract<RunEvent, { type: 'InvocationCompleted' }>;

/** How an invocation ended: with an output, or without (threw, died, timed out). */
export type InvocationEnd =
  | {
      output: unknown;
      /** Serialized: what is answered although the output says that it failed. */
      answer?: string | undefined;
    }
  | {
      failure: unknown;
      /** It did not answer in its time. */
      outOfTime?: boolean | undefined;
      /** It was cut short by who invoked it, through no fault of its own. */
      interrupted?: boolean | undefined;
    };

/** Records the end of an invocation and what it means for the run. A superseded invocation says nothing any more. */
export async function completeInvocation(
  engine: Engine,
  retry: RetryPolicy,
  runId: string,
  invocationId: string,
  end: InvocationEnd,
): Promise<void> {
  await engine.runs.exclusively(runId, async (log) => {
    const invocation = log?.state.invocation;
    if (log === undefined || invocation?.invocationId !== invocationId) return;
    await recordEnd(engine, retry, log, invocation, end);
    if (log.closed) await finishEnded(engine, log);
  });
  engine.changed();
}

/** Appends the end of the run's current invocation and what it means for the run. */
export async function recordEnd(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  invocation: RunningInvocation,
  end: InvocationEnd,
): Promise<void> {
  // Before what is due next is computed: a retry's delay must not hold up what is called.
  await launchCalls(engine, log);
  await record(engine, retry, log, invocation, end);
}

function record(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  invocation: RunningInvocation,
  end: InvocationEnd,
): Promise<void> {
  if (log.ordinary && !('failure' in end && end.interrupted)) return recordCall(engine, log, invocation, end);
  if ('failure' in end) return recordFailure(engine, retry, log, invocation, end.failure);
  const mostBytes = log.caller === undefined ? undefined : MAX_CHAINED_PAYLOAD_BYTES;
  return recordOutput(engine, retry, log, invocation, readOutput(end.output, mostBytes), end.answer);
}

/** An ordinary function is called once, whatever comes of it. */
async function recordCall(
  engine: Engine,
  log: RunLog,
  invocation: RunningInvocation,
  end: InvocationEnd,
): Promise<void> {
  const at = log.stamp(engine.clock.now());
  if (log.closed) return append(engine, log, [completed(invocation, at)]);
  const verdict = callVerdict(end, invocation, at);
  await append(engine, log, [completed(invocation, at), verdict]);
}

/** Records that an invocation did not answer within its lease: whoever ran it is gone, or it hangs. */
export async function expireInvocation(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  invocation: RunningInvocation,
): Promise<void> {
  await recordFailure(engine, retry, log, invocation, lostError(invocation, engine.clock.now()));
}

async function recordOutput(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  invocation: RunningInvocation,
  output: Verdict,
  answer: string | undefined,
): Promise<void> {
  const now = engine.clock.now();
  const at = log.stamp(now);
  if (log.closed || now >= log.deadline) {
    const error = output.status === 'FAILED' ? output.error : undefined;
    return recordAfterTheEnd(engine, log, completed(invocation, at, error));
  }
  const nothingPending = !hasPendingOperations(log.state);
  // What changed behind the handler's back excuses its PENDING: it is invoked again and sees the change.
  const verdict =
    output.status === 'PENDING' && nothingPending && !log.changedDuringInvocation ? pendingOnNothing() : output;
  switch (verdict.status) {
    case 'SUCCEEDED': {
      const { result } = verdict;
      return append(engine, log, [completed(invocation, at), { type: 'ExecutionSucceeded', at, result }]);
    }
    case 'FAILED': {
      const { error, nonDeterminism } = verdict;
      if (nonDeterminism !== undefined && isOfOtherCode(log.state, nonDeterminism)) {
        return recordBlock(engine, retry, log, completed(invocation, at, error), nonDeterminism);
      }
      const failed: RunEvent = { type: 'ExecutionFailed', at, error, ...(answer !== undefined && { answer }) };
      return append(engine, log, [completed(invocation, at, error), failed]);
    }
    case 'PENDING': {
      const dueAt = nothingPending ? now : await nextDueAt(engine, log, now);
      return append(engine, log, [completed(invocation, at)], dueAt);
    }
  }
}

/** Other code may fit, the older one or a newer one: the execution goes on waiting for it. */
async function recordBlock(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  end: InvocationCompleted,
  { OperationId: operationId, Expected: expected, Found: found }: NonDeterminism,
): Promise<void> {
  const blocked = { operationId, found, ...(expected !== undefined && { expected }) };
  const delay = retry.afterBlock((log.state.blocked?.invocations ?? 0) + 1);
  const dueAt = Math.min(engine.clock.now() + delay, log.deadline);
  await append(engine, log, [{ ...end, blocked }], dueAt);
}

async function recordFailure(
  engine: Engine,
  retry: RetryPolicy,
  log: RunLog,
  invocation: RunningInvocation,
  failure: unknown,
): Promise<void> {
  const now = engine.clock.now();
  const at = log.stamp(now);
  const error = invocationError(failure);
  const end = { ...completed(invocation, at, error), crashed: true } as const;
  if (log.closed || now >= log.deadline) return recordAfterTheEnd(engine, log, end);
  // Only who invokes throws this class: there is no such function, and repeating won't make one.
  const missing = failure instanceof ResourceNotFoundException;
  const next = missing ? 'giveUp' : retry(error, log.state.crashedInvocations + 1);
  if (next === 'giveUp') return append(engine, log, [end, { type: 'ExecutionFailed', at, error }]);
  await append(engine, log, [end], Math.min(now + next.retryAfterMs, log.deadline));
}

/** The execution ended while the invocation ran, or its time was over: the output is ignored, the invocation recorded. */
async function recordAfterTheEnd(engine: Engine, log: RunLog, end: RunEvent): Promise<void> {
  if (log.closed) return append(engine, log, [end]);
  await append(engine, log, [executionTimedOut(log, end.at), end]);
}

/** The invocation that `lostError` is about has ended, as far as the log is concerned. */
export function lostInvocation(invocation: RunningInvocation, now: number, at: number): RunEvent {
  return { ...completed(invocation, at, lostError(invocation, now)), crashed: true };
}

function completed(
  { invocationId, requestId, startedAt }: RunningInvocation,
  at: number,
  error?: ErrorObject,
): InvocationCompleted {
  const event = { type: 'InvocationCompleted', at, invocationId, requestId, startedAt } as const;
  return error === undefined ? event : { ...event, error };
}

/** Now where something waits to be absorbed, else when the next timer ends. */
async function nextDueAt(engine: Engine, log: RunLog, now: number): Promise<number> {
  const { events, nextTimeout } = await collectOutside(engine, log, now);
  return events.length > 0 ? now : nextLook(log, nextTimeout);
}

async function append(engine: Engine, log: RunLog, events: RunEvent[], dueAt?: number): Promise<void> {
  await engine.runs.append(log, { events, dueAt, leaseUntil: undefined });
  // The next one who looks at the run may have to load it.
  await engine.runs.coverBySnapshot(log);
}
