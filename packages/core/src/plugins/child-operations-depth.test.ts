import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';

/** Contexts of which the state keeps the operations, by raw id. */
async function kept(childOperationsDepth: number | undefined): Promise<string[]> {
  const handler: RunHandler = (context) =>
    context.runInChildContext((a) =>
      a.runInChildContext(
        (virtual) => virtual.runInChildContext((b) => b.runInChildContext((c) => c.step(async () => 1))),
        { virtualContext: true },
      ),
    );
  const run = new DurableRun(handler, { pluginsConfig: { childOperationsDepth } });
  expect(await run.result()).toBe(1);
  return ['1', '1-1-1', '1-1-1-1'].filter((rawId) => run.service.operation(rawId)?.ContextDetails?.ReplayChildren);
}

describe('childOperationsDepth', () => {
  it.each<[number | undefined, string[]]>([
    [undefined, []],
    [0, []],
    [1, ['1']],
    [2, ['1', '1-1-1']],
    [3, ['1', '1-1-1', '1-1-1-1']],
    [Number.POSITIVE_INFINITY, ['1', '1-1-1', '1-1-1-1']],
  ])('%p levels', async (depth, expected) => {
    expect(await kept(depth)).toEqual(expected);
  });

  it('changes nothing that user code sees; bodies run again over what is recorded', async () => {
    let steps = 0;
    let bodies = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(
      async (context) => {
        const batch = await context.map(
          'rows',
          [1, 2],
          async (child, item) => {
            bodies++;
            return child.step(
              async () => {
                steps++;
                if (item === 2) throw new RangeError('two');
                return item;
              },
              { retryStrategy: () => ({ shouldRetry: false }) },
            );
          },
          { completionConfig: { toleratedFailureCount: 1 } },
        );
        const both = await context.promise.allSettled([
          context.step(async () => 3),
          Promise.reject(new Error('x')) as never,
        ]);
        seen.push([
          batch.all.map(({ status, result, error }) => [status, result, error?.message]),
          batch.completionReason,
          both.map(({ status }) => status),
        ]);
        await context.wait({ seconds: 1 });
      },
      { pluginsConfig: { childOperationsDepth: 5 } },
    );
    await run.finish();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(steps).toBe(2);
    expect(bodies).toBeGreaterThan(2);
  });

  it('keeps them for failed contexts too', async () => {
    const run = new DurableRun(
      (context) => context.runInChildContext(() => Promise.reject(new Error('no'))).catch(() => 'caught'),
      {
        pluginsConfig: { childOperationsDepth: 1 },
      },
    );
    expect(await run.result()).toBe('caught');
    expect(run.service.updates.at(-1)).toMatchObject({ Action: 'FAIL', ContextOptions: { ReplayChildren: true } });
  });

  it.each([-1, 1.5, Number.NaN, '2'])('%p fails the execution and says what it may be', async (depth) => {
    const run = new DurableRun(async () => 1, { pluginsConfig: { childOperationsDepth: depth as number } });
    expect(await run.finish()).toEqual({
      Status: 'FAILED',
      Error: {
        ErrorType: 'Error',
        ErrorMessage: `pluginsConfig.childOperationsDepth must be a non-negative integer or Infinity; got ${depth}.`,
      },
    });
  });
});
