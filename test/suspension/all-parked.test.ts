import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../support/durable-run.ts';

const PENDING = { Status: 'PENDING' };
const HOUR = { hours: 1 };

function first(handler: RunHandler): { run: DurableRun; answer: ReturnType<DurableRun['invoke']> } {
  const run = new DurableRun(handler);
  return { run, answer: run.invoke() };
}

describe('all frames parked, nothing active', () => {
  it.each<[string, RunHandler]>([
    ['a wait', (context) => context.wait(HOUR)],
    ['a callback', async (context) => (await context.createCallback())[0]],
    ['waitForCallback', (context) => context.waitForCallback(async () => {})],
    ['a retry', (context) => context.step(async () => Promise.reject(new Error('busy')))],
    ['Promise.all of waits', (context) => Promise.all([context.wait(HOUR), context.wait({ days: 1 })])],
    ['Promise.race of waits', (context) => Promise.race([context.wait(HOUR), context.wait({ days: 1 })])],
    ['a child', (context) => context.runInChildContext((child) => child.wait(HOUR))],
    [
      'children of children beside each other',
      (context) =>
        Promise.all([
          context.runInChildContext((child) => child.runInChildContext((inner) => inner.wait(HOUR))),
          context.runInChildContext((child) => child.wait(HOUR), { virtualContext: true }),
        ]),
    ],
    [
      'an un-awaited child that waits',
      async (context) => {
        void context.runInChildContext((child) => child.wait(HOUR));
        await context.wait(HOUR);
      },
    ],
  ])('%s: PENDING at once', async (_name, handler) => {
    const { run, answer } = first(handler);
    expect(await answer).toEqual({ output: PENDING, ms: 0 });
    expect(run.warnings).toEqual([]);
  });
});

describe('all frames parked, resources active', () => {
  it.each<[string, RunHandler]>([
    [
      'a fetch that nobody waits for',
      async (context, { runtime }) => {
        void runtime.sleep(5000);
        await context.wait(HOUR);
      },
    ],
    ['Promise.race([wait, fetch])', (context, { runtime }) => Promise.race([context.wait(HOUR), runtime.sleep(5000)])],
  ])('%s: PENDING within 22 ms', async (_name, handler) => {
    const { run, answer } = first(handler);
    expect(await answer).toEqual({ output: PENDING, ms: 20 });
    expect(run.warnings).toEqual([]);
  });

  it('Promise.race([wait, fetch]): a fetch of less than that wins', async () => {
    const { answer } = first((context, { runtime }) =>
      Promise.race([context.wait(HOUR).then(() => 'wait'), runtime.sleep(15).then(() => 'fetch')]),
    );
    expect(await answer).toEqual({ output: { Status: 'SUCCEEDED', Result: '"fetch"' }, ms: 15 });
  });

  it('the fetch runs again in the next invocation', async () => {
    let fetches = 0;
    const run = new DurableRun((context, { runtime }) => {
      fetches++;
      return Promise.race([context.wait(HOUR), runtime.sleep(5000)]);
    });
    expect(await run.finish()).toEqual({ Status: 'SUCCEEDED' });
    expect(fetches).toBe(2);
  });
});

describe('Promise.all([step, wait])', () => {
  it('is not cut while the step runs, and PENDING once its result is durable', async () => {
    const { run, answer } = first((context, { runtime }) =>
      Promise.all([context.step('slow', () => runtime.sleep(30_000).then(() => 1)), context.wait(HOUR)]),
    );
    const { output, ms } = await answer;
    expect(output).toEqual(PENDING);
    expect(run.service.operation('1')?.StepDetails?.Result).toBe('1');
    expect(ms).toBeGreaterThanOrEqual(30_000);
    expect(ms).toBeLessThanOrEqual(30_122);
    expect(run.warnings).toEqual([]);
  });

  it('goes on to the end of both', async () => {
    const run = new DurableRun((context) => Promise.all([context.step(async () => 1), context.wait(HOUR)]));
    expect(await run.result()).toEqual([1, null]);
  });
});
