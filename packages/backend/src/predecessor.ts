import { type SeedEvent, seedEvents } from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';
import { storedEvents } from './run-logs.ts';

/** An ended run, and what it has completed: a new one of its name begins with that. */
export interface Predecessor {
  runId: string;
  seed: SeedEvent[];
  /** ARN of the first run of its name that was gone on with. */
  origin: string;
  /** What its handler was called with. What the new delivery has instead, such as ids of the request, the record does not fit. */
  input: string | undefined;
}

/** @param log of an ended run */
export async function predecessorOf(engine: Engine, log: RunLog): Promise<Predecessor> {
  const { runId, arn } = log.identity;
  const events = await storedEvents(engine.store, runId);
  return {
    runId,
    seed: seedEvents(events, log.stamp(engine.clock.now())),
    origin: log.start.origin ?? arn,
    input: log.state.input,
  };
}
