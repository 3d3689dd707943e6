import { expect, it } from '@jest/globals';
import { printFailure } from './print-failure.ts';
import { simulateSeed } from './simulate-seed.ts';
import { count, emptyTally } from './tally.ts';
import { REQUEST_FAULTS } from './world/struck-requests.ts';

const SEEDS = 50;
const TAIL = 60;

it(`holds for ${SEEDS} seeds on DynamoDB (dynalite), whose calls are cut between two requests, too`, async () => {
  const tally = emptyTally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await simulateSeed(seed, { store: 'dynamodb', keepTrace: TAIL });
    if (report.failure) throw new Error(printFailure(report, []));
    count(tally, report);
  }
  expect(tally.stores).toEqual({ dynamodb: SEEDS });
  expect(Object.keys(tally.faults)).toEqual(expect.arrayContaining([...REQUEST_FAULTS]));
}, 240_000);
