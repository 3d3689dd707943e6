import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';

describe('parallel', () => {
  it('runs functions and named branches side by side', async () => {
    const run = new DurableRun(async (context) => {
      const batch = await context.parallel('checks', [
        async (child: DurableContext) => child.step(async () => 'a'),
        { name: 'second', func: async (child: DurableContext) => child.step(async () => 'b') },
        { name: '', func: async () => 'c' },
        { func: async () => 'd' },
      ]);
      return batch.getResults();
    });
    expect(await run.result()).toEqual(['a', 'b', 'c', 'd']);
    const contexts = ['1', '1-1', '1-2', '1-3', '1-4'].map((rawId) => run.service.operation(rawId));
    expect(contexts.map((operation) => [operation?.SubType, operation?.Name])).toEqual([
      ['Parallel', 'checks'],
      ['ParallelBranch', 'parallel-branch-0'],
      ['ParallelBranch', 'second'],
      ['ParallelBranch', 'parallel-branch-2'],
      ['ParallelBranch', 'parallel-branch-3'],
    ]);
  });

  it('needs no name', async () => {
    const run = new DurableRun(async (context) => (await context.parallel([async () => 1])).getResults());
    expect(await run.result()).toEqual([1]);
    expect(run.service.operation('1')?.Name).toBeUndefined();
  });

  it('tells a custom completion the names that were given', async () => {
    const names: unknown[] = [];
    const run = new DurableRun((context) =>
      context.parallel([{ name: 'a', func: async () => 1 }, async () => 2], {
        completionConfig: {
          shouldComplete: ({ items }) => {
            names.push(items.map(({ name }) => name));
            return { complete: false };
          },
        },
      }),
    );
    await run.finish();
    expect(names[0]).toEqual(['a', undefined]);
  });

  it.each<[string, unknown[], string]>([
    [
      'no array',
      ['checks', async () => 1],
      'parallel "checks": Parallel operation requires an array of branch functions',
    ],
    [
      'a branch that is no function',
      ['checks', [async () => 1, 7]],
      'parallel "checks": branch 1: a branch must be a function; got undefined',
    ],
    [
      'a branch that is null',
      ['checks', [null]],
      'parallel "checks": branch 0: a branch must be a function; got undefined',
    ],
    ['a hole', ['checks', new Array(1)], 'parallel "checks": branch 0: a branch must be a function; got undefined'],
    [
      'a branch without func',
      ['checks', [{ name: 'a' }]],
      'parallel "checks": branch 0: a branch must be a function; got undefined',
    ],
    [
      'a name that is no text',
      ['checks', [{ name: 5, func: async () => 1 }]],
      'parallel "checks": item: the name must be a string or left out; got 5',
    ],
    [
      'a concurrency below one',
      ['checks', [async () => 1], { maxConcurrency: -1 }],
      'parallel "checks": Invalid maxConcurrency: -1.',
    ],
  ])('%s: rejects that call, sends nothing and claims no id', async (_title, args, message) => {
    const run = new DurableRun(async (context) => {
      const problem = await (context.parallel as any)(...args).catch((error: Error) => error.message);
      return [problem, await context.step('next', async () => 1)];
    });
    const [problem] = (await run.result()) as [string, number];
    expect(problem).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });
});
