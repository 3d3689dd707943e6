import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';

const HOUR = { hours: 1 };

describe('code that a suspension left behind', () => {
  it('calls operations that never start, settle or send, and has an aborted signal', async () => {
    let ran = 0;
    let settled = 0;
    const signals: boolean[] = [];
    const late = async (context: DurableContext, { runtime }: DurableRun): Promise<void> => {
      await runtime.sleep(60_000);
      signals.push(context.signal.aborted);
      const calls = [
        context.step(async () => ran++),
        context.wait({ seconds: 1 }),
        context.createCallback(),
        context.runInChildContext(async () => ran++),
        context.now(),
        context.step(undefined as never),
      ];
      for (const call of calls) {
        call.then(
          () => settled++,
          () => settled++,
        );
      }
    };
    const run = new DurableRun(async (context, self) => {
      void late(context, self);
      await context.wait(HOUR);
    });
    await run.invoke();
    const sent = run.service.requests.length;
    await run.runtime.pass(120_000);
    expect({ ran, settled, signals }).toEqual({ ran: 0, settled: 0, signals: [true] });
    expect(run.service.requests).toHaveLength(sent);
    expect(run.runtime.engineTimers).toBe(0);
  });

  it('never reaches its finally, and its step results are not recorded', async () => {
    let cleaned = 0;
    const run = new DurableRun(async (context) => {
      try {
        await context.wait(HOUR);
      } finally {
        cleaned++;
      }
    });
    await run.invoke();
    await run.runtime.pass(7_200_000);
    expect(cleaned).toBe(0);
    await run.invoke();
    expect(cleaned).toBe(1);
  });

  it('hears the signal of its context when the invocation suspends, not before', async () => {
    const heard: string[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      context.signal.addEventListener('abort', () => heard.push(`at ${runtime.now()}`));
      await context.step(() => runtime.sleep(50));
      expect(heard).toEqual([]);
      await context.wait(HOUR);
    });
    const began = run.runtime.now();
    await run.invoke();
    expect(heard).toEqual([`at ${began + 50}`]);
  });

  it('a thawed frame works on nothing while the next invocation runs', async () => {
    const log: string[] = [];
    const run = new DurableRun(async (context, { runtime, service }) => {
      const invocation = service.state.invocationCount;
      void (async () => {
        await runtime.sleep(3_600_500);
        await context.step('late', async () => void log.push(`body ${invocation}`));
        log.push(`after ${invocation}`);
      })();
      await context.wait(HOUR);
      await runtime.sleep(1000);
      return 'done';
    });
    expect(await run.result()).toBe('done');
    await run.runtime.pass(10_000_000);
    expect(log).toEqual([]);
  });
});

describe('code that goes on after the handler has returned', () => {
  it('11.1 #8: a step that ends later sends nothing', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      void context.step('late', () => runtime.sleep(1000));
      return 'done';
    });
    const { output, ms } = await run.invoke();
    expect({ output, ms }).toEqual({ output: { Status: 'SUCCEEDED', Result: '"done"' }, ms: 0 });
    const sent = run.service.sent;
    await run.runtime.pass(10_000);
    expect(run.service.sent).toEqual(sent);
  });

  it('has an aborted signal', async () => {
    let signal: AbortSignal | undefined;
    const run = new DurableRun(async (context) => {
      signal = context.signal;
      return signal.aborted;
    });
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: 'false' });
    expect(signal?.aborted).toBe(true);
  });
});
