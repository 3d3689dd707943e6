import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';
import { allCompleted, firstSuccessful } from './completion.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const large = (child: DurableContext, item: number): Promise<string> =>
  child.step(async () => `${item}`.repeat(100_000));

const HANDLERS: Record<string, RunHandler> = {
  'a map with waits, two at a time': async (context) => {
    const body = async (child: DurableContext, item: number) => {
      await child.wait({ seconds: item });
      return child.step(async () => item * 2);
    };
    return (await context.map([1, 2, 3], body, { maxConcurrency: 2 })).getResults();
  },
  'a flat map with failures': async (context) => {
    const body = (child: DurableContext, item: number) =>
      child.step(async () => {
        if (item === 2) throw new RangeError('two');
        return item;
      }, once);
    const batch = await context.map([1, 2, 3], body, { nesting: 'FLAT', completionConfig: allCompleted() });
    await context.wait({ seconds: 1 });
    return batch.all.map(({ status, error }) => [status, error?.message]);
  },
  'a parallel that ends early': async (context) => {
    const stuck = async (child: DurableContext): Promise<string> => {
      await child.wait({ hours: 1 });
      return 'late';
    };
    const fast = async (child: DurableContext): Promise<string> => child.step(async () => 'fast');
    const batch = await context.parallel([stuck, fast], { completionConfig: firstSuccessful() });
    await context.wait({ seconds: 1 });
    return [batch.getResults(), batch.startedCount];
  },
  'a batch too large to be recorded': async (context) => {
    const batch = await context.map([1, 2, 3], large);
    await context.wait({ seconds: 1 });
    return [batch.getResults().map(({ length }) => length), await context.step(async () => batch.totalCount)];
  },
  'a batch in a batch': async (context) => {
    const body = async (child: DurableContext, item: number) =>
      (await child.map([item, 10], (inner, value) => inner.step(async () => value + 1))).getResults();
    return (await context.map([1, 2], body)).getResults();
  },
  combinators: async (context) => {
    const [all, settled] = await Promise.all([
      context.promise.all([context.step(async () => 1), context.wait({ seconds: 2 }).then(() => 2) as never]),
      context.promise.allSettled([context.runInChildContext((child) => child.step(async () => 3))]),
    ]);
    return [all, settled, await context.promise.race([context.step(async () => 4)])];
  },
  'a condition': (context) =>
    context.waitForCondition(async (state: number) => state + 1, {
      initialState: 0,
      waitStrategy: (state) =>
        state < 3 ? { shouldContinue: true, delay: { seconds: 5 } } : { shouldContinue: false },
    }),
};

describe('whichever checkpoint the process dies at, the result is the same', () => {
  it.each(Object.entries(HANDLERS))('%s', async (_name, handler) => {
    const clean = new DurableRun(handler);
    const expected = await clean.finish();
    expect(expected.Status).toBe('SUCCEEDED');
    // In the first invocation: later ones have fewer.
    const first = new DurableRun(handler);
    await first.invoke();
    for (let request = 1; request <= first.service.requests.length; request++) {
      for (const when of ['before', 'after'] as const) {
        const run = new DurableRun(handler);
        await run.killAt(request, when);
        expect(await run.finish()).toEqual(expected);
      }
    }
  });
});
