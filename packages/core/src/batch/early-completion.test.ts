import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext, NestingType } from '../index.ts';
import { firstSuccessful } from './completion.ts';

const NESTINGS: NestingType[] = ['NESTED', 'FLAT'];

describe.each(NESTINGS)('early completion, %s', (nesting) => {
  /** A branch that hangs in a step, one that waits, one that wins. */
  const handler =
    (heard: string[]): RunHandler =>
    async (context, { runtime }) => {
      const batch = await context.parallel(
        'race',
        [
          async (child: DurableContext) =>
            child.step('stuck', async ({ signal }) => {
              signal.addEventListener('abort', () => heard.push('step'));
              child.signal.addEventListener('abort', () => heard.push('branch'));
              await new Promise(() => {});
              return 'never';
            }),
          async (child: DurableContext) => {
            child.signal.addEventListener('abort', () => heard.push('waiting branch'));
            await child.wait({ hours: 1 });
            heard.push('went on');
            return 'late';
          },
          async (child: DurableContext) => child.step('won', () => runtime.sleep(50).then(() => 'first')),
        ],
        { completionConfig: firstSuccessful(), nesting },
      );
      await context.wait('after', { seconds: 5 });
      return [batch.getResults(), batch.startedCount, batch.completionReason];
    };

  it('11.1 #1: aborts the losers, and a later wait suspends at once', async () => {
    const heard: string[] = [];
    const run = new DurableRun(handler(heard));
    const { output, ms } = await run.invoke();
    expect(output).toEqual({ Status: 'PENDING' });
    expect(ms).toBe(50);
    expect(heard.sort()).toEqual(['branch', 'step', 'waiting branch']);
    expect(await run.result()).toEqual([['first'], 2, 'MIN_SUCCESSFUL_REACHED']);
    expect(heard).not.toContain('went on');
  });

  it('records nothing of the losers after the batch has ended', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      await context.map(
        [10, 30],
        (child, ms) =>
          child.step(async () => {
            await runtime.sleep(ms);
            return ms;
          }),
        { completionConfig: firstSuccessful(), nesting },
      );
      await context.step('after', () => runtime.sleep(100));
    });
    await run.finish();
    const sent = run.service.sent.flat();
    expect(sent.indexOf('CONTEXT:SUCCEED')).toBeLessThan(sent.indexOf('STEP:START after'));
    expect(run.service.operation('1-2-1')?.Status).toBe('STARTED');
    expect(sent.filter((update) => update.startsWith('STEP:SUCCEED'))).toHaveLength(2);
  });

  it('starts nothing that a loser calls afterwards', async () => {
    let late = 0;
    const run = new DurableRun(async (context, { runtime }) => {
      await context.map(
        [0, 1],
        async (child, item) => {
          if (item === 0) return 0;
          await runtime.sleep(20);
          await child.step('late', async () => late++);
          return 1;
        },
        { completionConfig: firstSuccessful(), nesting },
      );
      await context.step(() => runtime.sleep(100));
      return 'done';
    });
    expect(await run.result()).toBe('done');
    expect(late).toBe(0);
    expect(run.service.sent.flat().join()).not.toContain('late');
  });

  it('is the same on replay, where the losers do not run again', async () => {
    let ran = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const batch = await context.map(
        [0, 1],
        async (child, item) => {
          ran++;
          if (item === 1) await child.wait({ hours: 1 });
          return item;
        },
        { completionConfig: firstSuccessful(), nesting },
      );
      seen.push([batch.all, batch.completionReason]);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([
      [
        { index: 0, status: 'SUCCEEDED', result: 0 },
        { index: 1, status: 'STARTED' },
      ],
      'MIN_SUCCESSFUL_REACHED',
    ]);
    expect(ran).toBe(2);
  });
});

it('a batch inside an item that lost ends with it', async () => {
  const heard: string[] = [];
  const run = new DurableRun(async (context) => {
    const batch = await context.parallel(
      [
        async (child: DurableContext) =>
          (
            await child.map([1, 2], async (grandchild, item) => {
              grandchild.signal.addEventListener('abort', () => heard.push(`item ${item}`));
              await grandchild.step(() => new Promise(() => {}));
            })
          ).totalCount,
        async (child: DurableContext) => {
          await child.step(async () => 'go');
          return -1;
        },
      ],
      { completionConfig: firstSuccessful() },
    );
    await context.wait({ seconds: 1 });
    return batch.getResults();
  });
  expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
  expect(heard).toEqual(['item 1', 'item 2']);
  expect(await run.result()).toEqual([-1]);
});
