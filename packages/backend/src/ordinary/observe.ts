import { createHash } from 'node:crypto';
import { MAX_DURATION_SECONDS, type OpenedInvocation } from '@middy-durable/protocol';
import { type Engine, engineOn } from '../engine.ts';
import { engineClient } from '../engine-client.ts';
import { createOnce } from '../start-execution.ts';
import { inlineInvocation } from './inline-invocation.ts';
import { firstEnvelope, inlineRun, type OrdinaryRequest } from './inline-run.ts';
import { type MirroredStore, mirroredStore } from './mirrored-store.ts';
import { type DescribedEvent, describeEvent } from './source/index.ts';

/** How long the end of an invocation waits for its record to be written, in milliseconds. */
const DRAIN_MS = 1000;
/** Seconds that a record stays open after its invocation ran out of time. */
const GRACE_SECONDS = 2;

/**
 * Opens an invocation that is only observed: its run lives in this process, and what happens to it is written to the store
 * as well as that can be done. Every invocation is a run of its own; nobody attaches to it, and no loop goes on with it:
 * it times out with its invocation.
 */
export async function observe(engine: Engine, request: OrdinaryRequest): Promise<OpenedInvocation> {
  const store = mirroredStore(engine.store, (failure, arn) => console.warn(warning(failure, arn)));
  const observed = engineOn(engine, store);
  const executionTimeout = secondsOf(engine, request);
  const inline = inlineRun(
    observed,
    {
      ...request,
      name: createHash('sha256')
        .update(JSON.stringify([request.name, engine.clock.randomId()]))
        .digest('hex'),
      executionTimeout,
      lambda: { ...request.lambda, remainingMs: executionTimeout * 1000 },
    },
    undefined,
  );
  await createOnce(observed, inline.run);
  observed.runs.adopt(inline.log);
  const { close, abandon } = inlineInvocation(observed, inline.run.runId, inline.invocation, request.event);
  return {
    run: firstEnvelope(inline),
    inline: {
      client: engineClient(observed),
      close: (...args) => close(...args).finally(() => drain(engine, store)),
      abandon: (failure) => abandon(failure).finally(() => drain(engine, store)),
    },
  };
}

/**
 * As `describeEvent`. A name and a fingerprint mean nothing to a run that nobody attaches to, so an option that fails to
 * give one is a warning; `input` counts, since it says what may be stored.
 */
export async function describeObserved(
  ...[event, lambdaContext, options]: Parameters<typeof describeEvent>
): Promise<DescribedEvent> {
  try {
    return await describeEvent(event, lambdaContext, options);
  } catch (failure) {
    const unnamed = { ...options, executionName: undefined, fingerprint: undefined };
    const described = await describeEvent(event, lambdaContext, unnamed);
    console.warn(
      `In mode 'observe' the handler is not affected, without it the invocation would have failed: ${(failure as Error).message}`,
    );
    return described;
  }
}

/** Time that the invocation has left, where that is known: the record of one that died is not to stay open. */
function secondsOf({ executionTimeout }: Engine, { lambda: { remainingMs } }: OrdinaryRequest): number {
  if (remainingMs === undefined) return executionTimeout;
  return Math.min(Math.ceil(remainingMs / 1000) + GRACE_SECONDS, MAX_DURATION_SECONDS);
}

function drain({ clock }: Engine, store: MirroredStore): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(resolve, DRAIN_MS);
    store.drained().then(() => {
      cancel();
      resolve();
    });
  });
}

function warning(failure: unknown, arn: string): string {
  const detail = (failure instanceof Error ? failure.message : String(failure)).replace(/\.?$/, '.');
  return (
    `The record of ${arn} is incomplete (mode 'observe'; its handler is not affected): ${detail} ` +
    "Before you leave mode 'observe', see to it that this function can reach and write the backend's store."
  );
}
