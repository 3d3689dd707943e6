import {
  type InlineInvocation,
  InvalidParameterValueException,
  type OpenedInvocation,
  type PendingExecution,
} from '@middy-durable/protocol';
import { finishEnded } from '../after-end.ts';
import { beginInvocation, dueWork, newestHead, updatedIds } from '../claim.ts';
import { endIfTimedOut } from '../deadline.ts';
import type { Engine } from '../engine.ts';
import { envelopeFor } from '../envelope.ts';
import { launchCalls } from '../launch.ts';
import { served } from '../request-shape.ts';
import type { RunLog } from '../run-log.ts';
import { inlineEnds, isRepeat } from './inline-invocation.ts';
import { inlineLease } from './inline-run.ts';
import { type LambdaInvocation, lambdaInvocation } from './lambda-invocation.ts';
import { type Standing, standingOf } from './standing.ts';
import type { WakeUpEvent } from './wake-up-event.ts';

/** How far the clock of who asks may be ahead, in milliseconds: nobody ends a wait of days by what an event says. */
const MOST_SKEW_MS = 300_000;

/** What a wake-up is answered with: where the execution stands, never its result. undefined where it is gone. */
export type WakeUpAnswer = (Omit<PendingExecution, 'status'> & Pick<Standing, 'status'>) | undefined;

/**
 * Takes the event of a wake-up: goes on with the run in this invocation, where nobody else does and there is something to
 * do, else answers with how it stands. The append of the invocation's start decides between several.
 *
 * Rejects with InvalidParameterValueException for a run of another function.
 */
export async function openWakeUp(
  engine: Engine,
  { middyDurableWakeUp: { runId, sequence, at } }: WakeUpEvent,
  lambdaContext: unknown,
): Promise<OpenedInvocation> {
  const lambda = lambdaInvocation(engine, lambdaContext);
  return served(() =>
    engine.runs.exclusively(runId, async (log, justRead): Promise<OpenedInvocation> => {
      const head = log && (await newestHead(engine, log, justRead));
      if (log === undefined || head === undefined) return { answer: undefined };
      checkFunction(log, lambda);
      if (log.closed || (await endIfTimedOut(engine, log))) {
        await finishEnded(engine, log);
        return { answer: answerOf(standingOf(log)) };
      }
      // The clock that called the run due may be ahead of this one.
      const now = Math.max(engine.clock.now(), Math.min(at, engine.clock.now() + MOST_SKEW_MS));
      const isDue = head.sequence === sequence || (head.dueAt !== undefined && head.dueAt <= now);
      return (await goOn(engine, log, lambda, { now, isDue })) ?? { answer: answerOf(standingOf(log)) };
    }),
  );
}

async function goOn(
  engine: Engine,
  log: RunLog,
  lambda: LambdaInvocation,
  { now, isDue }: { now: number; isDue: boolean },
): Promise<OpenedInvocation | undefined> {
  const { invocation: current } = log.state;
  // One that died is for the loop to note: that counts its failures.
  if (current !== undefined && !isRepeat(engine, current, lambda)) return undefined;
  await launchCalls(engine, log);
  const work = await dueWork(engine, log, { now, isDue, again: current !== undefined });
  if (work === undefined) return undefined;
  const invocation = await beginInvocation(engine, log, work, {
    requestId: lambda.requestId ?? engine.clock.randomId(),
    leaseUntil: inlineLease(lambda, now),
  });
  const inline = wokenInvocation(engine, log.identity.runId, invocation);
  return { run: envelopeFor(log, invocation, updatedIds(work.events)), inline };
}

/** Nobody waits for what such an invocation gives: its outcome is in the log, and a failure of the execution is none of Lambda's. */
function wokenInvocation(
  engine: Engine,
  runId: string,
  invocation: Parameters<typeof inlineEnds>[2],
): InlineInvocation {
  const { record, abandon } = inlineEnds(engine, runId, invocation);
  return { close: async (...end) => answerOf((await record(...end)).standing), abandon };
}

function checkFunction({ identity: { functionName, arn } }: RunLog, lambda: LambdaInvocation): void {
  if (functionName === lambda.functionName) return;
  throw new InvalidParameterValueException(
    `A wake-up of ${arn} came to function '${lambda.functionName}'. Send it to '${functionName}'.`,
  );
}

function answerOf({ arn, name, status }: Standing): WakeUpAnswer {
  return { durableExecutionArn: arn, executionName: name, status };
}
