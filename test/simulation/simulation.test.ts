import { expect, it } from '@jest/globals';
import { printFailure } from './print-failure.ts';
import { simulateSeed } from './simulate-seed.ts';
import { count, emptyTally } from './tally.ts';

const SEEDS = 300;
const TAIL = 60;

it(`holds for ${SEEDS} seeds, on both stores, with every kind of fault`, async () => {
  const tally = emptyTally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await simulateSeed(seed, { keepTrace: TAIL });
    if (report.failure) throw new Error(printFailure(report, []));
    count(tally, report);
  }
  expect(tally.seeds).toBe(SEEDS);
  expect(tally.stores.memory).toBeGreaterThan(200);
  expect(tally.stores.sqlite).toBeGreaterThan(20);
  expect(tally.staleCheckpoints).toBeGreaterThan(0);
  expect(Object.keys(tally.operations).sort()).toEqual([
    'Callback',
    'ChainedInvoke',
    'InvokeWithTimeout',
    'Map',
    'MapIteration',
    'Now',
    'Parallel',
    'ParallelBranch',
    'RunInChildContext',
    'Step',
    'Wait',
    'WaitForCallback',
    'WaitForCondition',
  ]);
  expect(Object.keys(tally.faults).sort()).toEqual([
    'bad callback id',
    'clock jump',
    'clock skew',
    'crash',
    'crash after a call',
    'crash before a call',
    'crash with a late call',
    'duplicated call',
    'duplicated delivery',
    'late delivery',
    'lost answer',
    'lost delivery',
    'refused call',
    'repeated start',
    'stale token',
    'stop',
    'store reopened',
    'zombie',
  ]);
}, 120_000);
