import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { PromiseCombinatorError } from '../errors.ts';
import type { DurableContext } from '../types.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const failing = (context: DurableContext, name: string) =>
  context.step(
    name,
    async () => {
      throw new RangeError(name);
    },
    once,
  );

async function caught(promise: PromiseLike<unknown>): Promise<PromiseCombinatorError> {
  try {
    await promise;
  } catch (error) {
    return error as PromiseCombinatorError;
  }
  throw new Error('Nothing was thrown.');
}

describe('combinators of durable promises', () => {
  it('record their outcome as a context of their own', async () => {
    const run = new DurableRun((context) =>
      context.promise.all('both', [context.step(async () => 1), context.step(async () => 2)]),
    );
    expect(await run.result()).toEqual([1, 2]);
    expect(run.service.operation('3')).toMatchObject({
      Type: 'CONTEXT',
      SubType: 'RunInChildContext',
      Name: 'both',
      Status: 'SUCCEEDED',
      ContextDetails: { Result: '[1,2]' },
    });
  });

  it('of combinators keep the ids of what comes after them', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const step = context.step(async () => 1);
      const failed = failing(context, 'failed');
      const inner = [context.promise.allSettled('inner', [step]), context.promise.all('bad', [failed])];
      const outer = await context.promise.allSettled('outer', inner);
      seen.push(outer.map(({ status }) => status));
      await context.promise.all('after', [step]);
      await context.wait('pause', { seconds: 1 });
      return context.step('last', async () => 2);
    });
    expect(await run.result()).toBe(2);
    expect(seen).toEqual([
      ['fulfilled', 'rejected'],
      ['fulfilled', 'rejected'],
    ]);
    const names = ['3', '4', '5', '6', '7', '8'].map((id) => run.service.operation(id)?.Name);
    expect(names).toEqual(['outer', 'inner', 'bad', 'after', 'pause', 'last']);
  });

  it('keep what won a race, also when the loser would win on replay', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const slow = context.step('slow', async () => {
        await runtime.sleep(100);
        return 'slow';
      });
      const fast = context.step('fast', async () => {
        await runtime.sleep(10);
        return 'fast';
      });
      seen.push(await context.promise.race([slow, fast]));
      await slow;
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual(['fast', 'fast']);
  });

  it('let the losers of a race go on, and record what they come to', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      await context.promise.race([
        context.step('slow', () => runtime.sleep(100).then(() => 'slow')),
        context.step('fast', async () => 'fast'),
      ]);
      await context.step('later', () => runtime.sleep(200));
    });
    await run.finish();
    expect(run.service.operation('1')?.Status).toBe('SUCCEEDED');
  });

  it('wait for members that suspend', async () => {
    const run = new DurableRun((context) =>
      context.promise.all([
        context.wait({ seconds: 10 }).then(() => 'a') as never,
        context.runInChildContext(async (child) => {
          await child.wait({ seconds: 20 });
          return 'b';
        }),
      ]),
    );
    const { output, ms } = await run.invoke();
    expect([output.Status, ms]).toEqual(['PENDING', 0]);
    expect(await run.result()).toEqual(['a', 'b']);
  });

  it('take plain promises, values and any iterable', async () => {
    const run = new DurableRun(async (context) => {
      const own = (async () => {
        const one = await context.step(async () => 1);
        return one + (await context.step(async () => 1));
      })();
      return context.promise.all(new Set([own, 5, Promise.resolve('six')]) as never);
    });
    expect(await run.result()).toEqual([2, 5, 'six']);
  });

  it('any: the first success', async () => {
    const run = new DurableRun((context) =>
      context.promise.any([failing(context, 'a'), context.step(async () => 'b')]),
    );
    expect(await run.result()).toBe('b');
  });

  it.each(['all', 'race', 'any'] as const)(
    '%s: rejects with a PromiseCombinatorError, live and on replay',
    async (combinator) => {
      const seen: unknown[] = [];
      const run = new DurableRun(async (context) => {
        const error = await caught(context.promise[combinator as 'all']('x', [failing(context, 'a')]));
        seen.push([
          error instanceof PromiseCombinatorError,
          error.message,
          error.cause?.name,
          error.cause?.cause?.toString(),
        ]);
        await context.wait({ seconds: 1 });
      });
      await run.finish();
      const any = 'All promises were rejected';
      const expected =
        combinator === 'any'
          ? [true, any, 'StepError', `AggregateError: ${any}`]
          : [true, 'a', 'StepError', 'RangeError: a'];
      expect(seen).toEqual([expected, expected]);
    },
  );

  it('allSettled: keeps names and messages of errors, and no stack of this machine', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const members = [
        failing(context, 'a'),
        context.step(async () => 1),
        Promise.reject('text'),
        Promise.reject({ code: 7 }),
      ];
      const settled = await context.promise.allSettled('all', members as never);
      seen.push(settled.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    for (const reasons of seen as unknown[][]) {
      expect(reasons[0]).toBeInstanceOf(Error);
      expect(reasons[0]).toMatchObject({ name: 'StepError', message: 'a', stack: 'StepError: a' });
      expect(reasons.slice(1)).toEqual([1, 'text', { code: 7 }]);
    }
    expect(seen).toHaveLength(2);
    expect(run.service.operation('3')?.ContextDetails?.Result).not.toContain(' at ');
  });

  it('of nothing: all and allSettled resolve, any rejects', async () => {
    const run = new DurableRun(async ({ promise }) => [
      await promise.all([]),
      await promise.allSettled([]),
      (await caught(promise.any([]))).message,
    ]);
    expect(await run.result()).toEqual([[], [], 'All promises were rejected']);
  });

  it('claim their ids when they are first awaited, as in the official SDK', async () => {
    const run = new DurableRun(async (context) => {
      const late = context.promise.all('late', [context.step('one', async () => 1)]);
      expect(late.isExecuted).toBe(false);
      await context.step('two', async () => 2);
      return late;
    });
    expect(await run.result()).toEqual([1]);
    expect(['1', '2', '3'].map((rawId) => run.service.operation(rawId)?.Name)).toEqual(['one', 'two', 'late']);
  });

  it('record nothing when nobody awaits them', async () => {
    const run = new DurableRun(async (context) => {
      context.promise.all('unused', [context.step('one', async () => 1)]);
      await context.step('two', async () => 2);
    });
    await run.finish();
    expect(run.service.sent.flat().join()).not.toContain('unused');
  });

  it('nest, live and on replay', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const inner = context.promise.race('inner', [
        context.step('a', async () => 'a'),
        context.wait({ hours: 1 }) as never,
      ]);
      const settled = context.promise.allSettled([failing(context, 'b')]);
      seen.push(await context.promise.all('outer', [inner, settled as never]));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject(['a', [{ status: 'rejected', reason: { name: 'StepError' } }]]);
  });

  it('are awaited more than once, and recorded once', async () => {
    const run = new DurableRun(async (context) => {
      const all = context.promise.all('all', [context.step(async () => 1)]);
      return [await all, await all, await all.finally(() => {})];
    });
    expect(await run.result()).toEqual([[1], [1], [1]]);
    expect(run.service.sent.flat().filter((update) => update === 'CONTEXT:START all')).toHaveLength(1);
  });

  it('work in child contexts and in items, each with ids of its own', async () => {
    const run = new DurableRun(async (context) => {
      const batch = await context.map([1, 2], (child, item) =>
        child.promise.all([child.step(async () => item), child.step(async () => -item)]),
      );
      return batch.getResults();
    });
    expect(await run.result()).toEqual([
      [1, -1],
      [2, -2],
    ]);
    expect(run.service.operation('1-2-3')?.Type).toBe('CONTEXT');
  });

  it.each<[string, (context: DurableContext) => PromiseLike<unknown>, string]>([
    ['no list', ({ promise }) => promise.all(undefined as never), 'promise.all: needs an array of promises'],
    [
      'a name alone',
      ({ promise }) => promise.allSettled('both', undefined as never),
      'promise.allSettled "both": needs an array of promises',
    ],
    [
      'a race of nothing',
      ({ promise }) => promise.race('first', []),
      'promise.race "first": a race of no promises would never end',
    ],
    [
      'a race of an empty set',
      ({ promise }) => promise.race(new Set() as never),
      'promise.race: a race of no promises would never end',
    ],
  ])('%s: rejects that call, sends nothing and claims no id', async (_title, call, message) => {
    const run = new DurableRun(async (context) => {
      const { message: problem } = await caught(call(context));
      return [problem, await context.step('next', async () => 1)];
    });
    const [problem] = (await run.result()) as [string, number];
    expect(problem).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });
});
