import {
  allCompleted,
  type CompletionConfig,
  completeBatch,
  continueBatch,
  type ThresholdCompletionConfig,
} from '@middy-durable/core';
import type { Random } from '../random.ts';

/** How an item ends, after its body: a late one only begins when all else is over. */
export type ItemEnd = 'succeeds' | 'fails' | 'late';

/** When a batch ends, as data. Custom: with so many ended items. */
export type Ending =
  | { how: 'thresholds'; thresholds: ThresholdCompletionConfig }
  | { how: 'custom'; ended: number; says: 'SUCCEEDED' | 'FAILED' | 'throws' };

/** Items, and when there are enough of them. */
export interface BatchPlan {
  items: readonly ItemEnd[];
  ending: Ending;
  maxConcurrency?: number | undefined;
}

const EVERYTHING: Ending = { how: 'thresholds', thresholds: allCompleted() };

/** Every item ends. What fails is the business of each item. */
export function wholeBatch(random: Random, itemsFail: boolean): BatchPlan {
  const items = ends(random, random.whole(0, 4), itemsFail ? 0.3 : 0);
  const withoutFailure: Ending[] = [
    { how: 'thresholds', thresholds: {} },
    { how: 'thresholds', thresholds: { toleratedFailureCount: 0 } },
    { how: 'thresholds', thresholds: { minSuccessful: items.length + 1 } },
  ];
  const ending = random.pick<Ending>([
    EVERYTHING,
    { how: 'thresholds', thresholds: { toleratedFailureCount: items.length } },
    { how: 'custom', ended: items.length, says: random.pick(['SUCCEEDED', 'FAILED']) },
    ...(itemsFail ? [] : withoutFailure),
  ]);
  return { items, ending, maxConcurrency: random.pick([undefined, 1, 2, 10]) };
}

/** One item after the other: whatever ends it, it ends at the same item. */
export function sequentialBatch(random: Random, mayThrow: boolean): BatchPlan {
  const items = ends(random, random.whole(1, 5), 0.4);
  return { items, ending: anyEnding(random, items.length, mayThrow), maxConcurrency: 1 };
}

/** Some items end, the others are late: when the last of the first has ended, the batch has. */
export function earlyBatch(random: Random, mayThrow: boolean): BatchPlan {
  const first = random.whole(1, 3);
  const late = random.whole(1, 3);
  const how = random.pick(['enough', 'tolerance', 'share', 'default', 'custom'] as const);
  const failing = how === 'tolerance' || how === 'share' ? first : how === 'default' ? 1 : 0;
  const early =
    how === 'custom'
      ? ends(random, first, 0.4)
      : Array<ItemEnd>(failing || first).fill(failing > 0 ? 'fails' : 'succeeds');
  const total = early.length + late;
  const endings: Record<typeof how, Ending> = {
    enough: { how: 'thresholds', thresholds: { minSuccessful: first } },
    tolerance: { how: 'thresholds', thresholds: { toleratedFailureCount: first - 1 } },
    share: { how: 'thresholds', thresholds: { toleratedFailurePercentage: ((first - 0.5) / total) * 100 } },
    default: { how: 'thresholds', thresholds: {} },
    custom: {
      how: 'custom',
      ended: first,
      says: random.pick(mayThrow ? ['SUCCEEDED', 'FAILED', 'throws'] : ['SUCCEEDED', 'FAILED']),
    },
  };
  const lateItems = Array<ItemEnd>(late).fill('late');
  // A late item holds its place: where places are few, the others have to be there before it.
  const maxConcurrency = random.pick([undefined, undefined, 1, 2, 3]);
  const items = maxConcurrency === undefined ? [...lateItems, ...early] : [...early, ...lateItems];
  return { items, ending: endings[how], maxConcurrency };
}

/** Which items have ended when the batch does depends on timing. */
export function contestedBatch(random: Random): BatchPlan {
  const items = ends(random, random.whole(2, 5), 0.3);
  return { items, ending: anyEnding(random, items.length, true), maxConcurrency: random.pick([undefined, 2, 3]) };
}

function anyEnding(random: Random, total: number, mayThrow: boolean): Ending {
  const thresholds = (config: ThresholdCompletionConfig): Ending => ({ how: 'thresholds', thresholds: config });
  return random.pick<() => Ending>([
    () => thresholds({}),
    () => thresholds({ minSuccessful: random.whole(0, total) }),
    () => thresholds({ toleratedFailureCount: random.whole(0, 2) }),
    () => thresholds({ toleratedFailurePercentage: random.whole(0, 60) }),
    () => thresholds({ minSuccessful: random.whole(1, total), toleratedFailureCount: random.whole(0, 2) }),
    () => ({
      how: 'custom',
      ended: random.whole(0, total),
      says: mayThrow && random.chance(0.2) ? 'throws' : random.pick(['SUCCEEDED', 'FAILED']),
    }),
  ])();
}

function ends(random: Random, count: number, failing: number): ItemEnd[] {
  return Array.from({ length: count }, () => (random.chance(failing) ? 'fails' : 'succeeds'));
}

/** What the batch is given. */
export function completionOf(ending: Ending): CompletionConfig {
  if (ending.how === 'thresholds') return ending.thresholds;
  const { ended, says } = ending;
  return {
    shouldComplete({ completedCount }) {
      if (completedCount < ended) return continueBatch();
      if (says === 'throws') throw new RangeError(`the completion fails at ${ended} items`);
      return completeBatch(says);
    },
  };
}
