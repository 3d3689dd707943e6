import type { StoreKind } from './scenario.ts';
import { simulateSeed } from './simulate-seed.ts';
import { count, emptyTally, type Tally } from './tally.ts';

/** Every `every`-th seed from `first` up to `last`. */
export interface SeedsRequest {
  first: number;
  last: number;
  every: number;
  store: StoreKind | undefined;
  twice: boolean;
}

export interface Progress {
  tally: Tally;
  /** The seed that failed; there is no further progress. */
  failed?: number;
}

const BATCH = 50;

/** Runs seeds until one fails, and tells how far it got. */
export async function runSeeds(request: SeedsRequest, tell: (progress: Progress) => void): Promise<void> {
  const { first, last, every, store } = request;
  const twice = request.twice || undefined;
  let tally = emptyTally();
  for (let seed = first; seed <= last; seed += every) {
    const report = await unlessRejected(seed, simulateSeed(seed, { store, twice }));
    count(tally, report);
    if (report.failure) return tell({ tally, failed: seed });
    if (tally.seeds < BATCH) continue;
    tell({ tally });
    tally = emptyTally();
  }
  tell({ tally });
}

/** A rejection that nobody handles would pass unseen between the seeds: it fails the one that runs. */
export async function unlessRejected<T>(seed: number, running: Promise<T>): Promise<T> {
  let onRejection: (reason: unknown) => void = () => {};
  const rejected = new Promise<never>((_resolve, reject) => {
    onRejection = (cause) =>
      reject(new Error(`Seed ${seed}: a promise was rejected and nobody handled it.`, { cause }));
  });
  process.on('unhandledRejection', onRejection);
  try {
    return await Promise.race([running, rejected]);
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}
