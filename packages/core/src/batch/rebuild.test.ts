import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext, NestingType } from '../index.ts';
import { allCompleted, completeBatch, continueBatch } from './completion.ts';
import type { BatchResult } from './types.ts';

const LARGE = 100_000;
const once = { retryStrategy: () => ({ shouldRetry: false }) };
const large = (child: DurableContext, item: number): Promise<string> =>
  child.step('fill', async () => `${item}`.repeat(LARGE));

function brief({ all, completionReason, status }: BatchResult<string>): unknown {
  return [
    all.map((item) => [item.index, item.status, item.result?.length ?? item.error?.message]),
    completionReason,
    status,
  ];
}

describe.each<NestingType>(['NESTED', 'FLAT'])('a batch too large to be recorded, %s', (nesting) => {
  it('is built again from what its items recorded, without running a step', async () => {
    let steps = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const batch = await context.map(
        'rows',
        [1, 2, 3, 4],
        async (child, item) => {
          if (item === 2) throw new RangeError('two');
          return child.step(async () => {
            steps++;
            return `${item}`.repeat(LARGE);
          });
        },
        { completionConfig: allCompleted(), nesting },
      );
      seen.push(brief(batch));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    const outcome = [
      [
        [0, 'SUCCEEDED', LARGE],
        [1, 'FAILED', 'two'],
        [2, 'SUCCEEDED', LARGE],
        [3, 'SUCCEEDED', LARGE],
      ],
      'ALL_COMPLETED',
      'FAILED',
    ];
    expect(seen).toEqual([outcome, outcome]);
    expect(steps).toBe(3);
    const record = run.service.operation('1')?.ContextDetails;
    expect(record?.ReplayChildren).toBe(true);
    expect(JSON.parse(record?.Result ?? '')).toMatchObject({ type: 'MapResult', itemStatuses: 'SFSS' });
  });

  it('11.2 #21: shows items that were still running, and none that never started', async () => {
    const seen: unknown[] = [];
    const handler: RunHandler = async (context) => {
      const batch = await context.map(
        [1, 2, 3, 4, 5, 6],
        async (child, item) => {
          if (item === 2) await child.wait({ hours: 1 });
          return large(child, item);
        },
        { maxConcurrency: 2, completionConfig: { minSuccessful: 3 }, nesting },
      );
      seen.push(brief(batch));
      await context.wait({ seconds: 1 });
      return context.step('next', async () => 'done');
    };
    const run = new DurableRun(handler);
    expect(await run.result()).toBe('done');
    const outcome = [
      [
        [0, 'SUCCEEDED', LARGE],
        [1, 'STARTED', undefined],
        [2, 'SUCCEEDED', LARGE],
        [3, 'SUCCEEDED', LARGE],
      ],
      'MIN_SUCCESSFUL_REACHED',
      'SUCCEEDED',
    ];
    expect(seen).toEqual([outcome, outcome]);
  });

  it('does not ask a custom completion again', async () => {
    let asked = 0;
    const reasons: string[] = [];
    const run = new DurableRun(async (context) => {
      const shouldComplete = ({ completedCount }: { completedCount: number }) => {
        asked++;
        return completedCount === 3 ? completeBatch('FAILED') : continueBatch();
      };
      const batch = await context.map([1, 2, 3, 4], large, {
        maxConcurrency: 1,
        completionConfig: { shouldComplete },
        nesting,
      });
      reasons.push(batch.completionReason);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(reasons).toEqual(['CUSTOM_COMPLETION_FAILED', 'CUSTOM_COMPLETION_FAILED']);
    expect(asked).toBe(4);
  });

  it('keeps a user’s summary beside its own', async () => {
    const run = new DurableRun(async (context) => {
      await context.parallel(
        'rows',
        [1, 2, 3].map((item) => (child: DurableContext) => large(child, item)),
        {
          summaryGenerator: ({ totalCount }) => `${totalCount} rows`,
          nesting,
        },
      );
    });
    await run.finish();
    expect(JSON.parse(run.service.operation('1')?.ContextDetails?.Result ?? '')).toEqual({
      type: 'ParallelResult',
      totalCount: 3,
      successCount: 3,
      failureCount: 0,
      startedCount: 0,
      completionReason: 'ALL_COMPLETED',
      status: 'SUCCEEDED',
      itemStatuses: 'SSS',
      summary: '3 rows',
    });
  });

  it('knows its items without a list of statuses: from an older record, or another format', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const batch = await context.map(
        [1, 2, 3],
        async (child, item) => {
          if (item === 3) await child.wait({ hours: 1 });
          return large(child, item);
        },
        { completionConfig: { minSuccessful: 2 }, nesting },
      );
      seen.push(brief(batch));
      await context.wait({ seconds: 1 });
    });
    await run.invoke();
    const record = run.service.operation('1');
    run.service.put('1', {
      ...record,
      ContextDetails: { ReplayChildren: true, Result: 'a summary in words' },
    } as never);
    run.runtime.skipTo(run.service.nextDue() as number);
    await run.invoke();
    expect(seen[1]).toEqual([
      [
        [0, 'SUCCEEDED', LARGE],
        [1, 'SUCCEEDED', LARGE],
      ],
      'MIN_SUCCESSFUL_REACHED',
      'SUCCEEDED',
    ]);
  });

  it('11.2 #17b: code that asks for more than is recorded is not deterministic', async () => {
    let invocation = 0;
    let ran = 0;
    const run = new DurableRun(async (context) => {
      const again = invocation++ > 0;
      await context.map(
        'rows',
        [1, 2, 3],
        async (child, item) => {
          const text = await large(child, item);
          if (again) await child.step('new', async () => ran++);
          return text;
        },
        { nesting },
      );
      await context.wait({ seconds: 1 });
    });
    const output = await run.finish();
    // The state of a NESTED item is its own record: its body does not run again.
    expect(output.Status).toBe(nesting === 'FLAT' ? 'FAILED' : 'SUCCEEDED');
    if (output.Status === 'FAILED') expect(output.Error?.ErrorType).toBe('NonDeterministicExecutionError');
    expect(ran).toBe(0);
  });
});

it('11.2 #17: a timed out callback in an item that is built again counts as ended', async () => {
  const seen: unknown[] = [];
  const run = new DurableRun(async (context) => {
    const batch = await context.map(
      [1, 2, 3],
      async (child, item) => {
        const answer = await child
          .waitForCallback(async () => {}, { timeout: { seconds: 5 }, ...once })
          .catch((error) => (error as Error).name);
        return `${answer}${await large(child, item)}`;
      },
      { nesting: 'FLAT' },
    );
    seen.push(batch.getResults().map((text) => text.slice(0, 22)));
    await context.wait({ seconds: 1 });
  });
  await run.finish();
  const expected = [1, 2, 3].map((item) => `CallbackTimeoutError${item}${item}`);
  expect(seen).toEqual([expected, expected]);
});

it('a record that says an item ended, although the item’s own does not, never hangs', async () => {
  const seen: unknown[] = [];
  const run = new DurableRun(async (context) => {
    const batch = await context.map([1, 2, 3], large);
    seen.push(batch.all.map(({ status }) => status));
    await context.wait({ seconds: 1 });
  });
  await run.invoke();
  const item = run.service.operation('1-2');
  run.service.put('1-2', { ...item, Status: 'STARTED' } as never);
  run.runtime.skipTo(run.service.nextDue() as number);
  await run.invoke();
  expect(seen[1]).toEqual(['SUCCEEDED', 'STARTED', 'SUCCEEDED']);
});
