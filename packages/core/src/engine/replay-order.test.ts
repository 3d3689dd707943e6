import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';

/** What the handler pushed in its first invocation, and in the one after a later wait was over. */
async function orders(
  work: (context: DurableContext, run: DurableRun, log: string[]) => Promise<unknown>,
): Promise<string[][]> {
  const seen: string[][] = [];
  const handler: RunHandler = async (context, self) => {
    const log: string[] = [];
    seen.push(log);
    await work(context, self, log);
    await context.wait('end', { days: 1 });
  };
  const run = new DurableRun(handler);
  await run.finish();
  return [seen.at(-2) ?? [], seen.at(-1) ?? []];
}

const delayed =
  (ms: number) =>
  (context: DurableContext, { runtime }: DurableRun, log: string[]): Promise<unknown> =>
    context.step(`after ${ms}`, () => runtime.sleep(ms)).then(() => log.push(`step of ${ms}`));

describe('outcomes on record are delivered in the order in which they were recorded', () => {
  it('steps beside each other', async () => {
    const [live, replayed] = await orders((context, run, log) =>
      Promise.all([30, 10, 20].map((ms) => delayed(ms)(context, run, log))),
    );
    expect(live).toEqual(['step of 10', 'step of 20', 'step of 30']);
    expect(replayed).toEqual(live);
  });

  it('a child, a wait, a callback and a step', async () => {
    const [live, replayed] = await orders(async (context, run, log) => {
      const [result] = await context.createCallback();
      await Promise.all([
        delayed(9000)(context, run, log),
        context
          .runInChildContext(async (child) => {
            await child.wait({ seconds: 7 });
            return 1;
          })
          .then(() => log.push('child of 7000')),
        context.wait({ seconds: 5 }).then(() => log.push('wait of 5000')),
        result.then(() => log.push('callback')),
        delayed(3000)(context, run, log),
        context.step(async () => {
          await run.runtime.sleep(1500);
          run.service.succeedCallback('1', '');
        }),
      ]);
    });
    expect(live).toEqual(['callback', 'step of 3000', 'wait of 5000', 'child of 7000', 'step of 9000']);
    expect(replayed).toEqual(live);
  });

  it('Promise.race takes the same way on replay, also when the loser ended meanwhile', async () => {
    const run = new DurableRun(async (context) => {
      const winner = await Promise.race([
        context.wait('limit', { seconds: 10 }).then(() => 'limit'),
        context.step('quote', async () => 'quote'),
      ]);
      await context.wait({ hours: 1 });
      return context.step(`as ${winner} won`, async () => winner);
    });
    expect(await run.result()).toBe('quote');
    expect(run.service.operation('4')?.Name).toBe('as quote won');
  });

  it('a queue written by hand gives its slots in the same order', async () => {
    const [live, replayed] = await orders(async (context, run, log) => {
      const queue = [40, 10, 10, 10];
      const worker = async (name: string): Promise<void> => {
        for (let ms = queue.shift(); ms !== undefined; ms = queue.shift()) {
          const label = `${name} ${queue.length}`;
          await context.step(label, () => run.runtime.sleep(ms as number));
          log.push(label);
        }
      };
      await Promise.all([worker('a'), worker('b')]);
    });
    expect(replayed).toEqual(live);
    expect(live).toHaveLength(4);
  });

  it('what one outcome sets off runs before the next is delivered', async () => {
    const [, replayed] = await orders(async (context, run, log) => {
      const chain = async (ms: number): Promise<void> => {
        await context.step(() => run.runtime.sleep(ms));
        log.push(`${ms} a`);
        for (let turn = 0; turn < 10; turn++) await undefined;
        log.push(`${ms} b`);
      };
      await Promise.all([chain(20), chain(10)]);
    });
    expect(replayed).toEqual(['10 a', '10 b', '20 a', '20 b']);
  });

  it('a slow deserializer holds later outcomes back, not earlier ones', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const log: string[] = [];
      const slow = {
        serialize: async () => '1',
        deserialize: async () => runtime.sleep(500),
      };
      await Promise.all([
        context.step(() => runtime.sleep(1000)).then(() => log.push('last')),
        context.step(() => runtime.sleep(10), { serdes: slow as never }).then(() => log.push('slow')),
        context.step(() => runtime.sleep(5)).then(() => log.push('first')),
      ]);
      await context.wait({ seconds: 1 });
      return log;
    });
    expect(await run.result()).toEqual(['first', 'slow', 'last']);
  });

  it('many at once', async () => {
    const count = 200;
    const [live, replayed] = await orders((context, run, log) =>
      Promise.all(Array.from({ length: count }, (_, n) => delayed(((n * 7919) % count) + 1)(context, run, log))),
    );
    expect(live).toHaveLength(count);
    expect(replayed).toEqual(live);
  });

  it('moments may be dates and text', async () => {
    const run = new DurableRun((context) =>
      Promise.race([context.step('late', async () => 'late'), context.step('early', async () => 'early')]),
    );
    const at = { late: '2026-01-01T00:00:02.000Z', early: new Date('2026-01-01T00:00:01.000Z') };
    for (const [n, name] of (['late', 'early'] as const).entries()) {
      run.service.put(String(n + 1), {
        Type: 'STEP',
        SubType: 'Step',
        Name: name,
        Status: 'SUCCEEDED',
        EndTimestamp: at[name] as never,
        StepDetails: { Result: `"${name}"` },
      });
    }
    expect(await run.result()).toBe('early');
  });

  describe('what was begun early and lost its race to a wait does not win on replay', () => {
    type Between = (context: DurableContext, run: DurableRun) => Promise<unknown>;
    const betweens: [string, Between][] = [
      ['with nothing in between', async () => undefined],
      ['after a step', (context) => context.step('send', async () => 1)],
      ['after plain work', () => new Promise((resolve) => setImmediate(resolve))],
      ['after a timer', (_context, { runtime }) => runtime.sleep(5)],
    ];

    it.each(betweens)('a callback, %s', async (_what, between) => {
      const run = new DurableRun(async (context, self) => {
        const callback = await context.createCallback('answer', { timeout: { days: 1 } });
        await between(context, self);
        const winner = await Promise.race([
          callback.result().then(() => 'answer'),
          context.wait('limit', { hours: 1 }).then(() => 'limit'),
        ]);
        await context.step(`after ${winner}`, async () => {
          await self.runtime.sleep(10);
          self.service.succeedCallback('1', '"late"');
        });
        await context.wait('rest', { hours: 2 });
        return [winner, await callback.result()];
      });
      expect(await run.result()).toEqual(['limit', '"late"']);
    });

    it.each(betweens)('an invoke, %s', async (_what, between) => {
      const run = new DurableRun(async (context, self) => {
        const slow = context.invoke('slow', 'report');
        await between(context, self);
        const winner = await Promise.race([
          slow.then(() => 'slow'),
          context.wait('limit', { hours: 1 }).then(() => 'limit'),
        ]);
        await context.step(`after ${winner}`, async () => {
          await self.runtime.sleep(10);
          self.service.endInvoke('1', { result: '7' });
        });
        await context.wait('rest', { hours: 1 });
        return [winner, await slow];
      });
      expect(await run.result()).toEqual(['limit', 7]);
    });
  });

  it('of the same moment, in the order of their calls, whoever is awaited first', async () => {
    const run = new DurableRun(async (context) => {
      const [one, other] = ['one', 'other'].map((name) => context.step(name, async () => name));
      const winner = await Promise.race([other, one]);
      await context.wait({ hours: 1 });
      return context.step(`as ${winner} won`, async () => winner);
    });
    expect(await run.result()).toBe('one');
  });

  it('a failure on record that nobody awaits is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const run = new DurableRun(async (context, { service }) => {
        const [result] = await context.createCallback('answer');
        const fails = (): Promise<void> => Promise.reject(new Error('no'));
        context.step('fails', fails, { retryStrategy: () => ({ shouldRetry: false }) });
        await context.step('send', async () => service.failCallback('1', { ErrorMessage: 'no' }));
        await context.wait({ hours: 1 });
        await new Promise((resolve) => setImmediate(resolve));
        return result === undefined;
      });
      expect(await run.result()).toBe(false);
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });
});
