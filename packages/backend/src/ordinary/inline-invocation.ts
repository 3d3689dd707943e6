import {
  type InlineInvocation,
  MAX_EXECUTION_PAYLOAD_BYTES,
  ResourceNotFoundException,
  type RunningInvocation,
} from '@middy-durable/protocol';
import { finishEnded } from '../after-end.ts';
import { completeInvocation, type InvocationEnd, recordEnd } from '../completion.ts';
import type { Engine } from '../engine.ts';
import { invocationError } from '../invocation-error.ts';
import { checkBytes, served } from '../request-shape.ts';
import type { LambdaInvocation } from './lambda-invocation.ts';
import type { DescribedEvent } from './source/index.ts';
import { type Standing, standingOf, tell } from './standing.ts';

/** A store that can't take the end of an invocation is asked this often; after that the lease's end recovers the run. */
const TRIES = 3;

/** How an invocation in which a run is executed can end, as far as the log is concerned. */
export interface InlineEnds {
  /** Takes what `close` takes. `isAsSaid`: the run stands as the output says, because the output said it. */
  record(...end: Parameters<InlineInvocation['close']>): Promise<{ standing: Standing; isAsSaid: boolean }>;
  abandon: InlineInvocation['abandon'];
}

export function inlineEnds(engine: Engine, runId: string, { invocationId }: RunningInvocation): InlineEnds {
  engine.inline.add(invocationId);
  return {
    async record(output, original) {
      engine.inline.delete(invocationId);
      const answer = output.Status === 'FAILED' && original && 'value' in original ? kept(original.value) : undefined;
      const end = { output, ...(answer !== undefined && { answer }) };
      const { standing, isOurs } = await served(() => insistently(() => closeRun(engine, runId, invocationId, end)));
      return { standing, isAsSaid: isOurs && standing.status === output.Status };
    },
    async abandon(failure) {
      engine.inline.delete(invocationId);
      // As an error object, so that no class of it means more than that this invocation failed.
      const end = { failure: invocationError(failure) };
      // The end of the lease does the same, later.
      await insistently(() => completeInvocation(engine, engine.retry, runId, invocationId, end)).catch(
        () => undefined,
      );
    },
  };
}

/** The ends of an invocation whose caller waits for the answer. */
export function inlineInvocation(
  engine: Engine,
  runId: string,
  invocation: RunningInvocation,
  { pending }: Pick<DescribedEvent, 'pending'>,
): InlineInvocation {
  const { record, abandon } = inlineEnds(engine, runId, invocation);
  return {
    async close(output, original) {
      const { standing, isAsSaid } = await record(output, original);
      if (!isAsSaid || original === undefined) return tell(standing, pending);
      if ('error' in original) throw original.error;
      return original.value;
    },
    abandon,
  };
}

/** Lambda repeats a request when its invocation is over, whatever the lease says. Two events in one request are no repeat. */
export function isRepeat(engine: Engine, current: RunningInvocation, { requestId }: LambdaInvocation): boolean {
  return current.requestId === requestId && !engine.inline.has(current.invocationId);
}

/** Records the end, unless somebody else has the say by now, and returns what holds then. */
async function closeRun(
  engine: Engine,
  runId: string,
  invocationId: string,
  end: InvocationEnd,
): Promise<{ standing: Standing; isOurs: boolean }> {
  const closed = await engine.runs.exclusively(runId, async (log) => {
    if (log === undefined) throw new ResourceNotFoundException('Durable Execution does not exist');
    if (log.state.invocation?.invocationId !== invocationId) await engine.runs.catchUp(log);
    const { invocation } = log.state;
    const isOurs = invocation?.invocationId === invocationId;
    if (isOurs) await recordEnd(engine, engine.retry, log, invocation, end);
    // The outcome is recorded; what it leaves to do keeps the run due until a loop has done it.
    if (log.closed) await finishEnded(engine, log).catch(() => undefined);
    return { standing: standingOf(log), isOurs };
  });
  engine.changed();
  return closed;
}

async function insistently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES) throw error;
    }
  }
}

/** The text of an answer, empty for nothing. undefined for one that can't be kept: only who asks again misses it. */
function kept(value: unknown): string | undefined {
  try {
    const text = JSON.stringify(value) ?? '';
    checkBytes(text, 'Answer of a failed execution', MAX_EXECUTION_PAYLOAD_BYTES);
    return text;
  } catch {
    return undefined;
  }
}
