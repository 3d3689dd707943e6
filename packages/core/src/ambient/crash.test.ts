import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';
import { currentDurableContext } from './current-context.ts';
import { durableBranch } from './durable-branch.ts';
import { durableChildContext } from './durable-child-context.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };
const context = (): DurableContext => currentDurableContext() as DurableContext;

const add = durableStep(async (a: number, b: number) => a + b, { name: 'add' });
const charge = durableStep(async (id: string) => `charged ${id}`, {
  name: 'charge',
  semantics: 'AT_MOST_ONCE_PER_RETRY',
  retryStrategy: () => ({ shouldRetry: true, delay: SECOND }),
});
const fill = durableStep(async (letter: string) => letter.repeat(150_000), { name: 'fill' });
const sum = durableChildContext(
  async (numbers: number[]) => {
    let total = 0;
    for (const n of numbers) total = await add(total, n);
    await context().wait(SECOND);
    return add(total, 0);
  },
  { name: 'sum' },
);
const branch = durableBranch(async (n: number) => [await add(n, 1), await add(n, 1)], { name: 'branch' });

const HANDLERS: Record<string, RunHandler> = {
  'steps among operations': async (root) => [
    await add(1, 2),
    await root.step(async () => 'step'),
    await charge('7'),
    await root.wait(SECOND),
    await add(1, 2),
  ],
  'steps side by side': async (root, { runtime, service }) => {
    const backwards = service.state.invocationCount % 2 === 0;
    const sums = await Promise.all(
      [1, 2, 3].map(async (n) => {
        await runtime.sleep(backwards ? 100 - n * 20 : n * 20);
        return add(n, n);
      }),
    );
    await root.wait(SECOND);
    return sums;
  },
  'child contexts side by side': () => Promise.all([sum([1, 2, 3]), sum([4, 5])]),
  'branches, nested and flat': async (root) => {
    const nested = await root.parallel([branch(1), branch(2)]);
    const flat = await root.parallel([branch(1), branch(2)], { nesting: 'FLAT' });
    await root.wait(SECOND);
    return [nested.getResults(), flat.getResults()];
  },
  'a large context, built again': async (root) => {
    const text = await root.runInChildContext(async () => [await fill('a'), await fill('b')].join(''));
    await root.wait(SECOND);
    return [text.length, await add(text.length, 1)];
  },
  'virtual contexts': (root) =>
    root.runInChildContext(
      async (child) => {
        const one = await add(1, 0);
        await child.wait(SECOND);
        return add(one, await child.step(async () => 1));
      },
      { virtualContext: true },
    ),
};

describe('whichever checkpoint the process dies at, ambient calls give the same', () => {
  it.each(Object.entries(HANDLERS))('%s', async (_name, handler) => {
    const clean = new DurableRun(handler);
    const expected = await clean.finish();
    expect(expected.Status).toBe('SUCCEEDED');
    const records = (run: DurableRun): string[] => [...run.service.state.operations.keys()].sort();
    // In the first invocation: later ones have fewer.
    const first = new DurableRun(handler);
    await first.invoke();
    for (let request = 1; request <= first.service.requests.length; request++) {
      for (const when of ['before', 'after'] as const) {
        const run = new DurableRun(handler);
        await run.killAt(request, when);
        expect(await run.finish()).toEqual(expected);
        expect(records(run)).toEqual(records(clean));
      }
    }
  });
});

describe('what an ambient call did before the process died', () => {
  const bodies: string[] = [];
  const store = durableStep(async (id: string) => bodies.push(id), { name: 'store' });

  it('is not done again once its result is durable, and is done again where the answer alone was lost before', async () => {
    bodies.length = 0;
    const run = new DurableRun(() => store('a'));
    await run.killAt(1, 'before');
    expect(bodies).toEqual(['a']);
    await run.killAt(1, 'after');
    expect(bodies).toEqual(['a', 'a']);
    expect(await run.result()).toBe(2);
    expect(bodies).toEqual(['a', 'a']);
  });
});
