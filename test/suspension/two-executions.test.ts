import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

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
    // The second execution's call runs in the scope of the first one's frame.
    const runtime = new VirtualRuntime();
    let release = (): void => {};
    const second = new DurableRun(
      async (context: DurableContext) => {
        await new Promise((resolve, reject) => {
          release = () => context.wait('queued', HOUR).then(resolve, reject);
        });
      },
      { runtime },
    );
    const first = new DurableRun(
      async (context) => {
        await context.step('first', async () => 1);
        void context.wait(HOUR);
        release();
        await runtime.sleep(300);
        return 'one';
      },
      { runtime },
    );
    const [two, one] = await Promise.all([second.invoke(), first.invoke()]);
    expect(one).toEqual({ output: { Status: 'SUCCEEDED', Result: '"one"' }, ms: 300 });
    expect(two.output).toEqual({ Status: 'PENDING' });
    expect([...first.warnings, ...second.warnings]).toEqual([]);
  });

  it('a queue of the module that runs a call in the body of another execution is no misuse', async () => {
    const runtime = new VirtualRuntime();
    let release = (): void => {};
    const second = new DurableRun(
      (context: DurableContext) =>
        new Promise((resolve, reject) => {
          release = () => context.step('queued', async () => 'two').then(resolve, reject);
        }),
      { runtime },
    );
    const first = new DurableRun(
      (context) =>
        context.step('first', async () => {
          release();
          return 'one';
        }),
      { runtime },
    );
    expect(await Promise.all([second.result(), first.result()])).toEqual(['two', 'one']);
  });
});
