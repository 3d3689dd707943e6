import { setTimeout as sleep } from 'node:timers/promises';

/** The official SDK keeps a timer, and with it the whole invocation, for half a second after each answer. */
const LONGEST_TIMER_MS = 600;

/** Bytes that are alive once all timers of finished invocations are over. */
export async function liveHeap(): Promise<number> {
  if (!globalThis.gc) throw new Error('Run it with --expose-gc.');
  await sleep(LONGEST_TIMER_MS);
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await sleep(0); // What finalizers let go of is collected in the next round.
  }
  return process.memoryUsage().heapUsed;
}
