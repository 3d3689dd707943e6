import { Worker } from 'node:worker_threads';
import { readArguments, type SimulateArguments } from './arguments.ts';
import { printFailure } from './print-failure.ts';
import { printProgram } from './program/print.ts';
import type { Progress, SeedsRequest } from './run-seeds.ts';
import { unlessRejected } from './run-seeds.ts';
import { shrink } from './shrink.ts';
import { type SeedOptions, shown, simulateSeed } from './simulate-seed.ts';
import { addTally, emptyTally, printTally } from './tally.ts';

const TAIL = 80;
const TELL_EVERY_MS = 5000;

/** True when the seed holds. */
async function runOne(seed: number, { store, drop, trace }: SimulateArguments): Promise<boolean> {
  const keepTrace = trace ? Number.POSITIVE_INFINITY : TAIL;
  const options: SeedOptions = { store, drop: new Set(drop), twice: true, keepTrace };
  const report = await unlessRejected(seed, simulateSeed(seed, options));
  if (report.failure) {
    console.log(printFailure(report, drop));
    if (drop.length > 0) return false;
    const smallest = await shrink(report, options);
    if (smallest.dropped.length > 0) {
      console.log(`\nThe same with fewer operations:\n\n${printFailure(smallest.report, smallest.dropped)}`);
    }
    return false;
  }
  console.log(printProgram(report.program));
  if (trace) console.log(report.traceTail.join('\n'));
  const faults = [...(report.faulty?.faults ?? [])].map(([kind, times]) => `${times} ${kind}`).join(', ');
  console.log(
    `seed ${seed} holds on ${report.scenario.store}: ${report.expected && shown(report.expected)}; trace ${report.faulty?.traceHash.toString(16)}; faults: ${faults || 'none'}`,
  );
  return true;
}

/** True when all seeds hold. */
async function runMany(args: SimulateArguments): Promise<boolean> {
  const { seeds, from, workers, store, twice } = args;
  const began = Date.now();
  const tally = emptyTally();
  const failed: number[] = [];
  let told = began;
  const threads: Worker[] = [];
  const tell = ({ tally: more, failed: seed }: Progress): void => {
    addTally(tally, more);
    if (seed !== undefined) failed.push(seed);
    if (Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    console.log(`${tally.seeds} of ${seeds} seeds, ${perSecond(tally.seeds, began)} a second`);
  };
  await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const workerData: SeedsRequest = { first: from + index, last: from + seeds - 1, every: workers, store, twice };
      return new Promise<void>((resolve, reject) => {
        const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
        threads.push(thread);
        thread.on('message', tell).on('error', reject).on('exit', resolve);
      });
    }),
  ).finally(() => Promise.all(threads.map((thread) => thread.terminate())));
  console.log(printTally(tally));
  console.log(
    `${((Date.now() - began) / 1000).toFixed(1)} s, ${perSecond(tally.seeds, began)} seeds a second, ${failed.length} failed`,
  );
  for (const seed of failed.sort((one, other) => one - other)) await runOne(seed, { ...args, drop: [] });
  return failed.length === 0;
}

function perSecond(count: number, since: number): string {
  return (count / Math.max(0.001, (Date.now() - since) / 1000)).toFixed(0);
}

async function simulate(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const holds = args.seed === undefined ? await runMany(args) : await runOne(args.seed, args);
  process.exitCode = holds ? 0 : 1;
}

await simulate().catch((error: unknown) => {
  // A wrong argument says all there is to say.
  console.error(error instanceof RangeError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
});
