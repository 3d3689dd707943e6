import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { ChildContextError } from '../errors.ts';
import type { Serdes } from '../serdes.ts';
import type { DurableContext } from '../types.ts';
import { allCompleted, firstSuccessful } from './completion.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };

describe('map', () => {
  it('gives the body its item, index and array, and a context of its own', async () => {
    const items = ['a', 'b'];
    const run = new DurableRun(async (context) => {
      const batch = await context.map(items, async (child, item, index, array) => [
        item,
        index,
        array === items,
        child !== context,
      ]);
      return batch.getResults();
    });
    expect(await run.result()).toEqual([
      ['a', 0, true, true],
      ['b', 1, true, true],
    ]);
  });

  it('records the batch, its items and what they did, each below the other', async () => {
    const run = new DurableRun((context) =>
      context.map('rows', [5], (child, row) => child.step('double', async () => row * 2), {
        itemNamer: (row) => `row ${row}`,
      }),
    );
    await run.finish();
    const [batch, item, step] = ['1', '1-1', '1-1-1'].map(operationId);
    expect(
      run.service.updates.map(({ Id, ParentId, Type, SubType, Name, Action }) => [
        Id,
        ParentId,
        Type,
        SubType,
        Name,
        Action,
      ]),
    ).toEqual([
      [batch, undefined, 'CONTEXT', 'Map', 'rows', 'START'],
      [item, batch, 'CONTEXT', 'MapIteration', 'row 5', 'START'],
      [step, item, 'STEP', 'Step', 'double', 'START'],
      [step, item, 'STEP', 'Step', 'double', 'SUCCEED'],
      [item, batch, 'CONTEXT', 'MapIteration', 'row 5', 'SUCCEED'],
      [batch, undefined, 'CONTEXT', 'Map', 'rows', 'SUCCEED'],
    ]);
  });

  it('FLAT: items have no record, what they did belongs to the batch', async () => {
    const run = new DurableRun((context) =>
      context.map('rows', [5], (child, row) => child.step(async () => row), { nesting: 'FLAT' }),
    );
    await run.finish();
    const [batch, step] = ['1', '1-1-1'].map(operationId);
    expect(run.service.updates.map(({ Id, ParentId, Action }) => [Id, ParentId, Action])).toEqual([
      [batch, undefined, 'START'],
      [step, batch, 'START'],
      [step, batch, 'SUCCEED'],
      [batch, undefined, 'SUCCEED'],
    ]);
  });

  it('is the same live and on replay, without running anything again', async () => {
    let ran = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const body = async (child: DurableContext, item: number) => {
        ran++;
        return child.step(async () => {
          if (item === 2) throw new RangeError('two');
          return item;
        }, once);
      };
      const { all, completionReason, status } = await context.map([1, 2], body, { completionConfig: allCompleted() });
      seen.push({ all, completionReason, status });
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({
      all: [
        { index: 0, status: 'SUCCEEDED', result: 1 },
        {
          index: 1,
          status: 'FAILED',
          error: { name: 'ChildContextError', message: 'two', cause: { name: 'StepError' } },
        },
      ],
      completionReason: 'ALL_COMPLETED',
      status: 'FAILED',
    });
    expect(ran).toBe(2);
  });

  it('runs no more than maxConcurrency items at the same time, in their order', async () => {
    let active = 0;
    const most: number[] = [];
    const started: number[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const body = async (child: DurableContext, item: number) =>
        child.step(async () => {
          started.push(item);
          most.push(++active);
          await runtime.sleep(10 * (5 - item));
          active--;
        });
      await context.map([0, 1, 2, 3, 4], body, { maxConcurrency: 2 });
    });
    await run.finish();
    expect(Math.max(...most)).toBe(2);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('suspends when all its items wait, and each goes on in its time', async () => {
    const ends: string[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const began = runtime.now();
      const batch = await context.map([30, 10, 20], async (child, seconds) => {
        await child.wait({ seconds });
        await child.step(async () => void ends.push(`${seconds}`));
        return seconds;
      });
      return [batch.getResults(), runtime.now() - began];
    });
    const first = await run.invoke();
    expect(first.output).toEqual({ Status: 'PENDING' });
    expect(first.ms).toBeLessThanOrEqual(2);
    expect((await run.result()) as unknown[]).toEqual([[30, 10, 20], 0]);
    expect(ends).toEqual(['10', '20', '30']);
  });

  it('goes on with the items that had not ended when the process died', async () => {
    const ran: number[] = [];
    const run = new DurableRun((context) =>
      context.map([0, 1, 2], (child, item) => child.step(async () => ran.push(item)), { maxConcurrency: 1 }),
    );
    await run.killAt(2, 'after');
    const before = [...ran];
    await run.finish();
    expect(before.length).toBeGreaterThan(0);
    expect([...new Set(ran)].sort()).toEqual([0, 1, 2]);
    expect(ran.length - new Set(ran).size).toBeLessThanOrEqual(1);
  });

  it('of nothing is a batch of no items', async () => {
    const run = new DurableRun(async (context) => {
      const { all, completionReason, status, totalCount } = await context.map('none', [], async () => 1);
      return { all, completionReason, status, totalCount };
    });
    expect(await run.result()).toEqual({
      all: [],
      completionReason: 'ALL_COMPLETED',
      status: 'SUCCEEDED',
      totalCount: 0,
    });
    expect(run.service.sent.flat()).toEqual(['CONTEXT:START none', 'CONTEXT:SUCCEED none']);
  });

  it('takes a hole in the array as an item', async () => {
    const run = new DurableRun(async (context) => {
      const items = new Array<number>(2);
      items[1] = 7;
      return (await context.map(items, async (_child, item) => item ?? 'none')).getResults();
    });
    expect(await run.result()).toEqual(['none', 7]);
  });

  it('keeps what an item’s serdes knows, live and on replay, from the context’s default too', async () => {
    const dates: Serdes<Date> = {
      serialize: async (value) => value?.toISOString(),
      deserialize: async (text) => (text === undefined ? undefined : new Date(text)),
    };
    const seen: boolean[] = [];
    const run = new DurableRun(async (context) => {
      const body = async () => new Date(0);
      const given = await context.map([1], body, { itemSerdes: dates });
      context.configureSerdes({ defaultSerdes: dates as never });
      const configured = await context.map([1], body);
      seen.push(given.getResults()[0] instanceof Date, configured.getResults()[0] instanceof Date);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual([true, true, true, true]);
  });

  it('hands the whole to a serdes of its own', async () => {
    const counts = {
      serialize: async (batch: any) => `${batch.successCount}`,
      deserialize: async (text: any) => ({ counted: text }) as never,
    };
    const run = new DurableRun(async (context) => {
      const batch = await context.map([1, 2], async () => 1, { serdes: counts });
      await context.wait({ seconds: 1 });
      return batch;
    });
    expect(await run.result()).toEqual({ counted: '2' });
    expect(run.service.operation('1')?.ContextDetails?.Result).toBe('2');
  });
});

describe('an item that fails', () => {
  it('is a ChildContextError, whatever was thrown', async () => {
    const run = new DurableRun(async (context) => {
      const batch = await context.map(
        [new RangeError('a'), 'b', undefined],
        async (_child, thrown) => {
          throw thrown;
        },
        { completionConfig: allCompleted() },
      );
      return batch
        .getErrors()
        .map((error) => [error instanceof ChildContextError, error.message, error.cause?.cause?.toString()]);
    });
    expect(await run.result()).toEqual([
      [true, 'a', 'RangeError: a'],
      [true, 'b', 'Error: b'],
      [true, 'Unknown error', 'Error: Unknown error'],
    ]);
  });

  it('whose result can’t be stored fails alone', async () => {
    const run = new DurableRun(async (context) => {
      const batch = await context.map([1, 2], async (_child, item) => (item === 1 ? (5n as never) : item), {
        completionConfig: allCompleted(),
      });
      return [batch.all.map(({ status }) => status), batch.getErrors()[0]?.message];
    });
    const [statuses, message] = (await run.result()) as [string[], string];
    expect(statuses).toEqual(['FAILED', 'SUCCEEDED']);
    expect(message).toContain('BigInt');
  });

  it('stops further ones from starting, by default', async () => {
    const started: number[] = [];
    const run = new DurableRun(async (context) => {
      const batch = await context.map(
        [0, 1, 2],
        async (_child, item) => {
          started.push(item);
          if (item === 1) throw new Error('one');
        },
        { maxConcurrency: 1 },
      );
      return [batch.completionReason, batch.totalCount];
    });
    expect(await run.result()).toEqual(['FAILURE_TOLERANCE_EXCEEDED', 2]);
    expect(started).toEqual([0, 1]);
  });
});

describe('a custom completion that throws', () => {
  it.each([0, 1])('after %d items fails the batch, and nothing else', async (after) => {
    const run = new DurableRun(async (context) => {
      const shouldComplete = ({ completedCount }: { completedCount: number }) => {
        if (completedCount === after) throw new RangeError('no idea');
        return { complete: false } as const;
      };
      const failed = await context
        .map('rows', [1, 2], async (child) => child.step(async () => 1), { completionConfig: { shouldComplete } })
        .catch((error) => [(error as Error).name, (error as Error).message]);
      await context.wait({ seconds: 1 });
      return failed;
    });
    expect(await run.result()).toEqual(['ChildContextError', 'no idea']);
    expect(run.service.operation('1')?.Status).toBe('FAILED');
  });
});

describe('what a batch is, is decided once', () => {
  it('an item that ends in the same moment changes nothing any more', async () => {
    const run = new DurableRun(async (context) => {
      const batch = await context.map([1, 2], (child, item) => child.step(async () => item), {
        completionConfig: firstSuccessful(),
      });
      return [batch.all.map(({ status }) => status), batch.completionReason];
    });
    expect(await run.result()).toEqual([['SUCCEEDED', 'STARTED'], 'MIN_SUCCESSFUL_REACHED']);
  });

  it('a custom completion is not asked again, and starts nothing more', async () => {
    let asked = 0;
    const started: number[] = [];
    const run = new DurableRun(async (context) => {
      const shouldComplete = () => ({ complete: ++asked === 2 }) as never;
      const batch = await context.map(
        [0, 1, 2, 3],
        async (_child, item) => {
          started.push(item);
          return item;
        },
        { maxConcurrency: 2, completionConfig: { shouldComplete } },
      );
      return batch.totalCount;
    });
    expect(await run.result()).toBe(2);
    expect({ asked, started }).toEqual({ asked: 2, started: [0, 1] });
  });
});
