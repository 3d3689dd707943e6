import { keysOf } from './program/drop.ts';
import { type SeedOptions, type SeedReport, simulateSeed } from './simulate-seed.ts';

/** How many smaller programs are tried. */
const MOST_TRIES = 150;

/** Drops operations from the program of a failing seed while it still breaks the same rule. Resolves to the smallest failure. */
export async function shrink(
  failing: SeedReport,
  options: SeedOptions,
): Promise<{ report: SeedReport; dropped: string[] }> {
  let best = failing;
  const dropped = new Set(options.drop);
  let tries = 0;
  for (let smaller = true; smaller && tries < MOST_TRIES; ) {
    smaller = false;
    for (const key of keysOf(best.program)) {
      if (++tries > MOST_TRIES) break;
      const report = await simulateSeed(failing.seed, { ...options, drop: new Set([...dropped, key]) });
      if (report.failure?.rule !== failing.failure?.rule) continue;
      best = report;
      dropped.add(key);
      smaller = true;
      break;
    }
  }
  return { report: best, dropped: [...dropped] };
}
