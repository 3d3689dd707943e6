import type { OpenedInvocation, RunningInvocation } from '@middy-durable/protocol';
import { beginInvocation, mustRunAgain, newestHead, updatedIds } from '../claim.ts';
import { lostInvocation } from '../completion.ts';
import { endIfTimedOut } from '../deadline.ts';
import type { Engine } from '../engine.ts';
import { envelopeFor } from '../envelope.ts';
import { launchCalls } from '../launch.ts';
import { collectOutside } from '../outside.ts';
import { type Predecessor, predecessorOf } from '../predecessor.ts';
import type { RunLog } from '../run-log.ts';
import type { RunHead } from '../store.ts';
import { inlineInvocation, isRepeat } from './inline-invocation.ts';
import { inlineLease, type OrdinaryRequest } from './inline-run.ts';
import { type Standing, standingOf } from './standing.ts';

/** What the run means that has the name already. */
export type Attached =
  | { opened: OpenedInvocation }
  | { standing: Standing }
  /** It is gone, or its name is to be taken over. */
  | { predecessor: Predecessor | undefined };

/**
 * Asks a run that the same event started before. Goes on with it in this invocation where nobody else does and there is
 * something to do: its invocation died, what it waited for has come, or Lambda repeats the very request that executed it.
 */
export function attach(engine: Engine, runId: string, request: OrdinaryRequest): Promise<Attached> {
  return engine.runs.exclusively(runId, async (log, justRead): Promise<Attached> => {
    const head = log && (await newestHead(engine, log, justRead));
    if (log === undefined || head === undefined) return { predecessor: undefined };
    if (log.closed || (await endIfTimedOut(engine, log))) return attachEnded(engine, log, request);
    const invocation = await takeOver(engine, log, head, request);
    if (invocation === undefined) return { standing: standingOf(log) };
    const inline = inlineInvocation(engine, runId, invocation, request.event);
    return { opened: { run: envelopeFor(log, invocation, invocation.updatedIds), inline } };
  });
}

async function attachEnded(engine: Engine, log: RunLog, request: OrdinaryRequest): Promise<Attached> {
  if (log.state.status === 'SUCCEEDED' || request.event.onRedelivery === 'stored') return { standing: standingOf(log) };
  return { predecessor: await predecessorOf(engine, log) };
}

async function takeOver(
  engine: Engine,
  log: RunLog,
  head: RunHead,
  { lambda }: OrdinaryRequest,
): Promise<(RunningInvocation & { updatedIds: string[] }) | undefined> {
  const now = engine.clock.now();
  const current = log.state.invocation;
  const isLost = current !== undefined && (head.leaseUntil ?? current.leaseUntil) <= now;
  const isRepeated = current !== undefined && isRepeat(engine, current, lambda);
  if (current !== undefined && !isLost && !isRepeated) return undefined;
  await launchCalls(engine, log);
  const { events, absorbs } = await collectOutside(engine, log, now);
  // The source's own delivery is a retry: it need not wait until the loop would try again.
  const goesOn = current !== undefined || events.length > 0 || mustRunAgain(log);
  if (!goesOn) return undefined;
  const lost = isLost ? [lostInvocation(current, now, log.stamp(now))] : [];
  const invocation = await beginInvocation(
    engine,
    log,
    { events: [...lost, ...events], absorbs },
    { requestId: lambda.requestId ?? engine.clock.randomId(), leaseUntil: inlineLease(lambda, now) },
  );
  return { ...invocation, updatedIds: updatedIds(events) };
}
