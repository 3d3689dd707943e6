import { describe, expect, it } from '@jest/globals';
import { StepSemantics } from '@middy-durable/core';
import { DurableRun, type RunHandler } from '../support/durable-run.ts';

const PENDING = { Status: 'PENDING' };
const HOUR = { hours: 1 };

/** A call over a connection that stays open. */
const call = async ({ runtime }: DurableRun): Promise<number> => {
  runtime.open('TCPSocketWrap');
  await runtime.sleep(30);
  return 1;
};

describe('an idle socket that a step opened is background', () => {
  it.each<[string, number, RunHandler]>([
    [
      'then a wait',
      30,
      async (context, run) => {
        await context.step(() => call(run));
        await context.wait(HOUR);
      },
    ],
    [
      'Promise.all([step, wait])',
      130,
      (context, run) => Promise.all([context.step(() => call(run)), context.wait(HOUR)]),
    ],
    [
      'an at-most-once step',
      130,
      (context, run) =>
        Promise.all([
          context.step(() => call(run), { semantics: StepSemantics.AtMostOncePerRetry }),
          context.wait(HOUR),
        ]),
    ],
    [
      'a step with a timeout',
      130,
      (context, run) => Promise.all([context.step(() => call(run), { timeout: { minutes: 1 } }), context.wait(HOUR)]),
    ],
    [
      'a step in a child',
      30,
      async (context, run) => {
        await context.runInChildContext((child) => child.step(() => call(run)));
        await context.wait(HOUR);
      },
    ],
    [
      'a step that fails and is retried',
      30,
      (context, run) =>
        context.step(async () => {
          await call(run);
          throw new Error('busy');
        }),
    ],
  ])('%s', async (_name, ms, handler) => {
    const run = new DurableRun(handler);
    expect(await run.invoke()).toEqual({ output: PENDING, ms });
    expect(run.warnings).toEqual([]);
  });

  it('also when the step runs again after a crash', async () => {
    const run = new DurableRun((context, self) => Promise.all([context.step(() => call(self)), context.wait(HOUR)]));
    await run.killAfter(20);
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 130 });
  });

  it('what was open before the handler began is background too', async () => {
    const run = new DurableRun((context) => Promise.all([context.step(async () => 1), context.wait(HOUR)]));
    run.runtime.open('TCPSocketWrap');
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 100 });
  });

  it('what has ended is background no more: work of its kind that begins later is seen', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const [result, id] = await context.createCallback('approval');
      await runtime.compute(30);
      runtime.close('Timeout'); // A timer of somebody else's ends ...
      await runtime.compute(30);
      await runtime.sleep(300); // ... and the mail takes one of the same kind.
      await context.step('mailed', async () => id);
      return result;
    });
    run.runtime.open('Timeout');
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 360 });
    expect(run.service.operation('2')?.Status).toBe('SUCCEEDED');
  });
});
