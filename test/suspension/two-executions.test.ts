import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';

const HOUR = { hours: 1 };

describe('two executions at once in one process', () => {
  it('suspend and finish each for itself', async () => {
    const runs = [1, 2].map(
      (n) =>
        new DurableRun(async (context) => {
          const a = await context.step('a', async () => n);
          await context.wait(HOUR);
          return [a, await context.step('b', async () => n * 10)];
        }),
    );
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it('share a queue of the module without harm', async () => {
    // The second execution's calls run in the scope of the first one's frame.
    let release = (): void => {};
    const run1 = new DurableRun(async (context, { runtime }) => {
      await context.step('first', async () => 1);
      release();
      void context.wait(HOUR);
      await runtime.sleep(300);
      return 'one';
    });
    const run2 = new DurableRun(async (context: DurableContext) => {
      const value = await new Promise<number>((resolve, reject) => {
        release = () => context.step('queued', async () => 2).then(resolve, reject);
      });
      await context.wait(HOUR);
      return value;
    });
    const second = run2.invoke();
    await run2.runtime.quiet();
    expect(await run1.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"one"' }, ms: 300 });
    expect((await second).output).toEqual({ Status: 'PENDING' });
    expect(run1.warnings).toEqual([]);
  });

  it('a queue of the module that runs a call in the body of another execution is no misuse', async () => {
    let release = (): void => {};
    const run1 = new DurableRun((context) =>
      context.step('first', async () => {
        release();
        return 'one';
      }),
    );
    const run2 = new DurableRun(
      (context: DurableContext) =>
        new Promise((resolve, reject) => {
          release = () => context.step('queued', async () => 'two').then(resolve, reject);
        }),
    );
    const second = run2.invoke();
    await run2.runtime.quiet();
    expect(await run1.result()).toBe('one');
    expect((await second).output).toEqual({ Status: 'SUCCEEDED', Result: '"two"' });
  });
});
