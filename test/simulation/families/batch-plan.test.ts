import { describe, expect, it } from '@jest/globals';
import { Random } from '../random.ts';
import { completionOf, contestedBatch, earlyBatch, sequentialBatch, wholeBatch } from './batch-plan.ts';

const SEEDS = Array.from({ length: 200 }, (_, index) => index);

describe('plans of batches', () => {
  it('run everything to its end where nothing may be left', () => {
    for (const seed of SEEDS) expect(wholeBatch(new Random(seed), true).items).not.toContain('late');
  });

  it('come to an end one after the other', () => {
    for (const seed of SEEDS) {
      const { items, maxConcurrency } = sequentialBatch(new Random(seed), true);
      expect(maxConcurrency).toBe(1);
      expect(items).not.toContain('late');
    }
  });

  it('put late items last where places are few, so that the others have one', () => {
    for (const seed of SEEDS) {
      const { items, maxConcurrency } = earlyBatch(new Random(seed), true);
      expect(new Set(items).size).toBeGreaterThan(1);
      const lateAtLast = items.slice(items.indexOf('late')).every((end) => end === 'late');
      expect(lateAtLast).toBe(maxConcurrency !== undefined);
    }
  });

  it('throw in a completion only where failures may surface', () => {
    const says = (mayThrow: boolean): unknown[] =>
      SEEDS.flatMap((seed) => {
        const { ending } = earlyBatch(new Random(seed), mayThrow);
        return ending.how === 'custom' ? [ending.says] : [];
      });
    expect(says(true)).toContain('throws');
    expect(says(false)).not.toContain('throws');
  });

  it('contest who is first only among several that run at once', () => {
    for (const seed of SEEDS) {
      const { items, maxConcurrency = 2 } = contestedBatch(new Random(seed));
      expect(Math.min(items.length, maxConcurrency)).toBeGreaterThan(1);
    }
  });
});

it('a custom completion says what is planned, when so many have ended', () => {
  const counts = { successCount: 0, failureCount: 0, totalCount: 3, items: [] };
  const fails = completionOf({ how: 'custom', ended: 2, says: 'FAILED' });
  expect(fails.shouldComplete?.({ ...counts, completedCount: 1 })).toEqual({ complete: false });
  expect(fails.shouldComplete?.({ ...counts, completedCount: 2 })).toEqual({ complete: true, outcome: 'FAILED' });
  const throws = completionOf({ how: 'custom', ended: 2, says: 'throws' });
  expect(() => throws.shouldComplete?.({ ...counts, completedCount: 2 })).toThrow('the completion fails at 2 items');
});
