import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';

const KIB = 1024;

describe('a result above 256 KiB', () => {
  const big = 'x'.repeat(300 * KIB);

  it('of exactly 256 KiB is stored', async () => {
    const run = new DurableRun((context) => context.runInChildContext(async () => 'x'.repeat(256 * KIB - 2)));
    await run.finish();
    expect(run.service.operation('1')?.ContextDetails?.ReplayChildren).toBeUndefined();
    expect(run.service.operation('1')?.ContextDetails?.Result).toHaveLength(256 * KIB);
  });

  it('is rebuilt by running the body on the records of its operations', async () => {
    let bodies = 0;
    let steps = 0;
    const seen: number[] = [];
    const run = new DurableRun(async (context) => {
      const result = await context.runInChildContext(async (child) => {
        bodies++;
        const parts: string[] = [];
        for (let n = 0; n < 3; n++) {
          parts.push(
            await child.step(async () => {
              steps++;
              return big;
            }),
          );
        }
        return parts.join('');
      });
      seen.push(result.length);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect({ bodies, steps, seen }).toEqual({ bodies: 2, steps: 3, seen: [900 * KIB, 900 * KIB] });
    expect(run.service.operation('1')?.ContextDetails).toEqual({ Result: '', ReplayChildren: true });
  });

  it('is counted in bytes, not characters', async () => {
    const run = new DurableRun((context) => context.runInChildContext(async () => 'é'.repeat(150 * KIB)));
    await run.finish();
    expect(run.service.operation('1')?.ContextDetails?.ReplayChildren).toBe(true);
  });

  it('leaves its summary', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext(async () => big, { summaryGenerator: (text) => `${text.length} characters` }),
    );
    await run.finish();
    expect(run.service.operation('1')?.ContextDetails?.Result).toBe('307200 characters');
  });

  it.each([
    ['is no string', () => ({ size: 1 }) as never, 'summaryGenerator must return a string; got {"size":1}'],
    [
      'does not fit either',
      () => 'é'.repeat(600 * KIB),
      'its summary takes 1228800 bytes and the limit is 1048576: let summaryGenerator return less',
    ],
  ])('whose summary %s fails only that context', async (_case, summaryGenerator, message) => {
    const run = new DurableRun(async (context) => {
      const failure = context.runInChildContext('large', async () => big, { summaryGenerator });
      return failure.catch((error) => (error as Error).message);
    });
    expect(await run.result()).toBe(`runInChildContext "large" (1): ${message}`);
    expect(run.service.operation('1')?.Status).toBe('FAILED');
  });

  it('is sent nothing about when it is rebuilt', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async (child) =>
        child.runInChildContext(async (inner) => inner.step(async () => big)),
      );
      await context.wait({ seconds: 1 });
    });
    await run.invoke();
    const sent = run.service.requests.length;
    run.runtime.skipTo(run.service.nextDue() as number);
    expect((await run.invoke()).output.Status).toBe('SUCCEEDED');
    expect(run.service.requests).toHaveLength(sent);
  });

  it('11.2 #17: with a callback that timed out inside', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const result = await context.runInChildContext(async (child) => {
        const [answer] = await child.createCallback({ timeout: { seconds: 1 } });
        const name = await answer.catch((error) => (error as Error).name);
        return name + big;
      });
      seen.push(result.slice(0, 20));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual(['CallbackTimeoutError', 'CallbackTimeoutError']);
  });

  it('with a wait inside that was still open: the rebuild does not wait for it', async () => {
    const run = new DurableRun(async (context) => {
      const result = await context.runInChildContext(async (child) => {
        void child.wait({ days: 1 });
        await child.step(async () => 1);
        return big;
      });
      await context.wait({ seconds: 1 });
      return result.length;
    });
    const began = run.runtime.now();
    expect(await run.result()).toBe(300 * KIB);
    expect(run.runtime.now() - began).toBe(1000);
  });

  it.each<[string, RunHandler]>([
    ['a step', (child) => child.step('new', async () => 'ran')],
    ['a wait', (child) => child.wait('new', { seconds: 1 })],
    ['a callback', (child) => child.createCallback('new')],
    [
      'a step in a virtual context',
      (child) => child.runInChildContext((v) => v.step('new', async () => 'ran'), { virtualContext: true }),
    ],
  ])('11.2 #17b: %s added to the finished context fails the execution before it runs', async (_name, added) => {
    let deployed = false;
    const run = new DurableRun(async (context, self, event) => {
      await context.runInChildContext(async (child) => {
        await child.step(async () => 1);
        if (deployed) await added(child, self, event);
        return big;
      });
      await context.wait({ seconds: 1 });
    });
    await run.invoke();
    deployed = true;
    const sent = run.service.requests.length;
    run.runtime.skipTo(run.service.nextDue() as number);
    const { output } = await run.invoke();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'NonDeterministicExecutionError' } });
    expect(JSON.stringify(output)).toContain('was added to a context that has finished');
    expect(run.service.requests).toHaveLength(sent);
  });
});
