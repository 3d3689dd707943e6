import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun, type RunHandler } from '../support/durable-run.ts';

const PENDING = { Status: 'PENDING' };
const HOUR = { hours: 1 };

describe('an un-awaited callback and visible mail', () => {
  it('is not cut', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const [result, id] = await context.createCallback('approval');
      await runtime.sleep(300);
      await context.step('mailed', async () => id);
      return result;
    });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 300 });
    expect(run.service.operation('2')?.Status).toBe('SUCCEEDED');
    expect(run.warnings).toEqual([]);
  });

  it('is not cut before the first await either', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const callback = context.createCallback('approval');
      await runtime.sleep(300);
      return (await callback).result();
    });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 300 });
  });

  it('is not cut in an async generator', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      async function* mails() {
        for (let count = 1; count <= 3; count++) {
          await runtime.sleep(100);
          yield count;
        }
      }
      void context.wait(HOUR);
      let sum = 0;
      for await (const count of mails()) sum += count;
      return sum;
    });
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '6' }, ms: 300 });
  });
});

describe('an un-awaited wait and work that does not show', () => {
  const hidden =
    (ms: number): RunHandler =>
    async (context, { runtime }) => {
      await context.step('load', async () => 1);
      void context.wait('pause', HOUR);
      await runtime.compute(ms);
      return 'hashed';
    };

  it('is not cut for quietGrace', async () => {
    const answer = await new DurableRun(hidden(99)).invoke();
    expect(answer).toEqual({ output: { Status: 'SUCCEEDED', Result: '"hashed"' }, ms: 99 });
  });

  it('then is cut, with a warning that names the frame, its last operation and the fix', async () => {
    const run = new DurableRun(hidden(500));
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 100 });
    expect(run.warnings).toEqual([
      'warn The handler was suspended after wait "pause" (2) while it may have been doing work outside a step. ' +
        'That work is lost and runs again when the execution goes on: put it into a step.',
    ]);
  });

  it('quietGrace is an option', async () => {
    const run = new DurableRun(hidden(500), { quietGrace: 250 });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 250 });
  });

  it('names the child context that it cuts', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      void context.wait(HOUR);
      const hashed = context.runInChildContext('hash', async (child) => {
        await child.step('read', async () => 1);
        await runtime.compute(500);
      });
      await runtime.compute(1);
      await Promise.resolve(hashed.then(() => runtime.compute(500)));
    });
    const { output, ms } = await run.invoke();
    expect({ output, ms }).toEqual({ output: PENDING, ms: 101 });
  });

  it('finishes when nothing waits any more', async () => {
    const run = new DurableRun(hidden(500));
    expect(await run.finish()).toEqual({ Status: 'SUCCEEDED', Result: '"hashed"' });
  });
});

describe('Promise.race([step, wait 1 h]) won by the step', () => {
  const race =
    (fetchMs: number): RunHandler =>
    async (context, { runtime }) => {
      const winner = await Promise.race([context.step('quote', async () => 'quote'), context.wait('limit', HOUR)]);
      await runtime.sleep(fetchMs, 'TCPSocketWrap');
      return winner;
    };

  it.each([5, 300, 9900])('then %d ms of fetch: SUCCEEDED, the wait left open', async (ms) => {
    const run = new DurableRun(race(ms));
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"quote"' }, ms });
    expect(run.service.operation('2')?.Status).toBe('STARTED');
    expect(run.warnings).toEqual([]);
  });

  it('then 15 s of fetch: PENDING after 10 s, one warning', async () => {
    const run = new DurableRun(race(15_000));
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 10_000 });
    expect(run.warnings).toHaveLength(1);
    expect(run.warnings[0]).toMatch(
      /^warn The handler was suspended after wait "limit" \(2\) .* put it into a step\.$/,
    );
  });

  it('is never cut again once the wait has ended', async () => {
    const run = new DurableRun(race(15_000));
    await run.invoke();
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"quote"' }, ms: 15_000 });
    expect(run.warnings).toHaveLength(1);
  });

  it('plainWorkLimit is an option', async () => {
    const run = new DurableRun(race(15_000), { plainWorkLimit: 2000 });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 2000 });
  });

  it('is cut one second before the deadline at the latest', async () => {
    const run = new DurableRun(race(15_000), { invocationMs: 4000 });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 3000 });
    expect(run.warnings).toHaveLength(1);
  });

  it('is cut at the limit also when the race asks the backend meanwhile', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const callback = await context.createCallback();
      await Promise.race([context.step(async () => 1), callback.result()]);
      await runtime.sleep(600_000);
    });
    const { output, ms } = await run.invoke();
    expect(output).toEqual(PENDING);
    expect(ms).toBeLessThanOrEqual(10_010);
    expect(run.warnings).toHaveLength(1);
  });

  it('goes on when the wait ends while it works', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      await Promise.race([context.step(async () => 1), context.wait({ seconds: 3 })]);
      await runtime.sleep(60_000);
      return 'done';
    });
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"done"' }, ms: 60_000 });
  });
});

describe('progress between plain work', () => {
  const inTurns = async (context: DurableContext, run: DurableRun): Promise<string> => {
    void context.wait(HOUR);
    for (let round = 0; round < 5; round++) {
      await run.runtime.sleep(9000);
      await context.step(`round-${round}`, async () => round);
    }
    return 'done';
  };

  it('begins the limit again', async () => {
    const run = new DurableRun(inTurns);
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"done"' }, ms: 45_000 });
  });
});
