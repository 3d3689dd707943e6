import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from './create-test-runner.ts';

const realPause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const once = () => ({ shouldRetry: false });
const never = () => new Promise<never>(() => {});
const pausedForever = 2 ** 30;

describe('virtual time, while a handler works', () => {
  it('stands still for work that the event loop shows', async () => {
    const resources = new Map<string, number>();
    const handler = withDurableExecution(async (_event, context) =>
      context.step(
        'slow',
        async () => {
          resources.set('TCPSocketWrap', 1);
          await realPause(50);
          resources.delete('TCPSocketWrap');
          return 'done';
        },
        { timeout: { seconds: 1 }, retryStrategy: once },
      ),
    );
    const activeResources = () => resources;
    const runner = createTestRunner<string>({ handler, activeResources, standstill: pausedForever, grace: 0 });
    const run = await runner.run();
    expect(run.result).toBe('done');
    expect(runner.now()).toEqual(new Date('2026-01-01T00:00:00.000Z'));
  });

  it('gives hidden work its grace', async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.step('hash', async () => (await promisify(pbkdf2)('secret', 'salt', 20_000, 32, 'sha256')).byteLength, {
        timeout: { seconds: 1 },
        retryStrategy: once,
      }),
    );
    expect((await createTestRunner<number>({ handler, grace: pausedForever }).run()).result).toBe(32);
  });

  it('lets the timeout of a step that never ends fall due at once', async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.step('hangs', never, { timeout: { seconds: 30 }, retryStrategy: once }),
    );
    const runner = createTestRunner({ handler });
    const run = await runner.run();
    expect(run.status).toBe('FAILED');
    expect(run.operation('hangs').error?.ErrorType).toBe('StepTimeoutError');
    expect(runner.now()).toEqual(new Date('2026-01-01T00:00:30.000Z'));
  });

  it('ends invocations that never answer', async () => {
    let calls = 0;
    const handler = withDurableExecution(async () => {
      calls += 1;
      return calls === 1 ? never() : 'second time';
    });
    const runner = createTestRunner<string>({ handler, invocationTimeout: { seconds: 10 }, grace: 0 });
    const run = await runner.run();
    expect(run.result).toBe('second time');
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['CRASHED', 'SUCCEEDED']);
    expect(run.invocations[0]).toMatchObject({
      endedAt: new Date('2026-01-01T00:00:10.000Z'),
      error: { message: expect.stringContaining('timed out after 10.00 seconds') },
    });
  });

  it('gives up on a handler that never answers', async () => {
    const runner = createTestRunner({
      handler: withDurableExecution(never),
      grace: 0,
      retries: { maxAttempts: 3 },
    });
    const run = await runner.run();
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorType).toBe('Sandbox.Timedout');
    expect(run.invocations).toHaveLength(3);
  });

  it('says in which step a handler hangs, though others set timers and nothing limits the step', async () => {
    const resources = new Map<string, number>();
    // As the reporter of Jest does in the same process, about once a second.
    const reporter = setInterval(() => {
      resources.set('Timeout', 1);
      setTimeout(() => resources.delete('Timeout'), 10);
    }, 150);
    const handler = withDurableExecution(async (_event, context) => context.step('hangs', never));
    const run = await createTestRunner({ handler, grace: 10, activeResources: () => resources }).run();
    clearInterval(reporter);
    expect(run.invocations).toHaveLength(10);
    expect(() => run.result).toThrow(/FAILED.*Task timed out.*It never came out of step "hangs": .*a timeout\./);
  });

  it('suspends a handler that waits beside a plain promise', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const [first] = await Promise.all([context.step('now', async () => 1), context.wait('later', { days: 1 })]);
      return first;
    });
    const run = await createTestRunner<number>({ handler }).run();
    expect(run.result).toBe(1);
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
  });

  it('goes on for an execution that keeps working while a wait of its own ends', async () => {
    let finish = (_value: string) => {};
    const handler = withDurableExecution(async (_event, context: DurableContext) => {
      const job = context.step('job', () => new Promise<string>((resolve) => (finish = resolve)));
      await context.wait('reminder', { minutes: 1 });
      finish('reminded');
      return job;
    });
    const runner = createTestRunner<string>({ handler });
    const run = await runner.run();
    expect(run.result).toBe('reminded');
    expect(run.invocations).toHaveLength(1);
    expect(runner.now()).toEqual(new Date('2026-01-01T00:01:00.000Z'));
  });

  it('is not held by what a suspended handler left behind', async () => {
    const losers: NodeJS.Timeout[] = [];
    const handler = withDurableExecution(async (_event, context: DurableContext) => {
      await Promise.race([
        context.wait('pause', { days: 100 }),
        new Promise((resolve) => {
          losers.push(setTimeout(resolve, 60_000));
        }),
      ]);
      await context.wait('rest', { days: 100 });
    });
    const runner = createTestRunner({ handler, standstill: 0 });
    const run = await runner.run();
    for (const loser of losers) clearTimeout(loser);
    expect(run.status).toBe('SUCCEEDED');
    expect(runner.now().getTime()).toBeGreaterThanOrEqual(Date.UTC(2026, 6, 20));
  });

  it('takes what an earlier invocation left open for background', async () => {
    const resources = new Map<string, number>();
    const handler = withDurableExecution(async (_event, context) => {
      await context.step('connect', async () => void resources.set('TCPSocketWrap', 1));
      await context.wait('pause', { days: 1 });
      await context.step('hangs', never, { timeout: { seconds: 30 }, retryStrategy: once });
    });
    const activeResources = () => resources;
    const run = await createTestRunner({ handler, activeResources, standstill: pausedForever, grace: 0 }).run();
    expect(run.operation('hangs').error?.ErrorType).toBe('StepTimeoutError');
  });

  it('is not held by the code of an execution that was stopped', async () => {
    let began = () => {};
    const working = new Promise<void>((resolve) => {
      began = resolve;
    });
    const handler = withDurableExecution(async ({ hang }: { hang: boolean }, context) => {
      if (!hang) return context.wait('a-year', { days: 365 });
      return context.step('hangs', () => {
        began();
        return never();
      });
    });
    const runner = createTestRunner({ handler, grace: pausedForever, standstill: pausedForever });
    const execution = await runner.start({ hang: true });
    const running = execution.run();
    await working;
    await execution.stop();
    expect((await running).status).toBe('STOPPED');
    expect((await runner.run({ hang: false })).status).toBe('SUCCEEDED');
  });
});
