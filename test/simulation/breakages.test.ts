import { describe, expect, it } from '@jest/globals';
import { BREAKAGES } from './breakages.ts';
import { printFailure } from './print-failure.ts';
import { shrink } from './shrink.ts';
import { type SeedReport, simulateSeed } from './simulate-seed.ts';

const MOST_SEEDS = 300;

/** Rules that the breakage may show by: any other finding would be an accident. */
const SHOWS_BY: Record<string, string[]> = {
  'a store that ignores the sequence number': [
    'stale tokens never write',
    'legal history',
    'one invocation at a time',
    'the same result as without faults',
  ],
  'a store that forgets completions': ['every execution ends', 'the same result as without faults'],
  'a store that lets every completion win': ['the first completion wins'],
  'a store that forgets timers': ['every execution ends', 'the same result as without faults'],
  'a client that hands out used tokens': ['every execution ends', 'the same result as without faults'],
  'a store that starts a chained invoke twice': ['one run for each call'],
  'a batch that counts a lost item twice': ['a batch ends as its options say'],
  // A metric counts when what comes behind it is on record: told too early that it is, the package counts it again later.
  'a result that is not durable when user code goes on': ['a result is durable first', 'no metric twice'],
  'a start that is not durable when the body begins': ['at most once', 'a start is durable first', 'no metric twice'],
};

async function firstFailure(name: string): Promise<SeedReport> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const report = await simulateSeed(seed, { breakage: BREAKAGES[name], store: 'memory', twice: false });
    if (report.failure) return report;
  }
  throw new Error(`${MOST_SEEDS} seeds did not find ${name}.`);
}

describe('the simulation finds', () => {
  it.each(Object.keys(BREAKAGES))(
    '%s',
    async (name) => {
      const { failure } = await firstFailure(name);
      expect(failure?.world).toBe('with faults');
      expect(SHOWS_BY[name]).toContain(failure?.rule);
    },
    60_000,
  );
});

it('shrinks a failing program and names the command that repeats it', async () => {
  const name = 'a store that lets every completion win';
  const failing = await firstFailure(name);
  const options = { breakage: BREAKAGES[name], store: 'memory' as const, twice: false, keepTrace: 10 };
  const { report, dropped } = await shrink(failing, options);
  expect(report.failure?.rule).toBe(failing.failure?.rule);
  expect(report.program.body.length).toBeLessThanOrEqual(failing.program.body.length);
  const text = printFailure(report, dropped);
  const drop = dropped.length > 0 ? ` --drop ${dropped.join(',')}` : '';
  expect(text).toContain(`npm run simulate -- --seed ${report.seed} --store memory${drop}`);
  expect(text).toContain('the first completion wins');
}, 60_000);
