import { allCompleted, completeBatch, continueBatch, type DurableContext, firstSuccessful } from '@middy-durable/core';
import { causes } from '../../support/error-chain.ts';
import { double, fill, waitAndDouble } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const BATCHES: Workflows = {
  'a map': async (context) => {
    const { all, completionReason, status } = await context.map('rows', [1, 2, 3], double);
    return { all, completionReason, status };
  },
  'a map over nothing': async (context) => {
    const { all, completionReason } = await context.map('none', [] as number[], double);
    return { all, completionReason };
  },
  'a map with waits inside': async (context) => (await context.map('rows', [1, 2], waitAndDouble)).getResults(),
  'a flat map with waits inside': async (context) =>
    (await context.map('rows', [1, 2], waitAndDouble, { nesting: 'FLAT' })).getResults(),
  'a map, one item at a time': async (context) =>
    (await context.map('rows', [1, 1], waitAndDouble, { maxConcurrency: 1 })).getResults(),
  'a map that fails fast': async (context) => {
    const batch = await context.map('rows', [1, -2, 3], double, { maxConcurrency: 1 });
    await context.wait('pause', { seconds: 1 });
    return [batch.completionReason, batch.status, batch.totalCount];
  },
  'a map that tolerates failures': async (context) => {
    const batch = await context.map('rows', [1, -2, 3], double, { completionConfig: allCompleted() });
    await context.wait('pause', { seconds: 1 });
    return batch.all.map(({ error, ...item }) => ({ ...item, error: causes(error).slice(0, 2) }));
  },
  'a flat map with failures': async (context) => {
    const options = { nesting: 'FLAT', completionConfig: { toleratedFailureCount: 1 } } as const;
    const batch = await context.map('rows', [1, -2, 3], double, options);
    await context.wait('pause', { seconds: 1 });
    return batch.all.map(({ status }) => status);
  },
  'a map in a map': async (context) => {
    const body = async (child: DurableContext, value: number): Promise<number[]> =>
      (await child.map('inner', [value, 1], waitAndDouble)).getResults();
    return (await context.map('outer', [1, 2], body)).getResults();
  },
  'a map of nothing but effects': async (context) => {
    const batch = await context.map('rows', [1, 2], async (child) => {
      await child.step(async () => {});
    });
    await context.wait('pause', { seconds: 1 });
    return [batch.successCount, batch.getResults().length, batch.succeeded().length];
  },
  'a parallel with and without names': async (context) => {
    const batch = await context.parallel('both', [
      (child: DurableContext) => child.step(async () => 'a'),
      { name: 'second', func: (child: DurableContext) => waitAndDouble(child, 1).then(String) },
    ]);
    return batch.getResults();
  },
  'a parallel whose first success is enough': async (context) => {
    const slow = async (child: DurableContext): Promise<string> => {
      await child.wait({ hours: 1 });
      return 'slow';
    };
    const quick = (child: DurableContext): Promise<string> => child.step(async () => 'quick');
    const batch = await context.parallel('race', [slow, quick], { completionConfig: firstSuccessful() });
    await context.wait('pause', { seconds: 1 });
    return { all: batch.all, reason: batch.completionReason };
  },
  'a map that has enough after a wait': async (context) => {
    const body = async (child: DurableContext, seconds: number): Promise<number> => {
      await child.wait({ seconds });
      return seconds;
    };
    const batch = await context.map('rows', [1, 2, 3600], body, { completionConfig: { minSuccessful: 2 } });
    await context.wait('pause', { seconds: 1 });
    return [batch.getResults(), batch.completionReason, batch.startedCount];
  },
  'a map that its own rule completes': async (context) => {
    const batch = await context.map('rows', [1, 2, 3], double, {
      maxConcurrency: 1,
      completionConfig: {
        shouldComplete: ({ completedCount }) => (completedCount > 1 ? completeBatch('FAILED') : continueBatch()),
      },
    });
    await context.wait('pause', { seconds: 1 });
    return [batch.completionReason, batch.status, batch.totalCount];
  },
  'a map with a large result': async (context) => {
    const batch = await context.map('rows', [1, 2, 3], fill);
    await context.wait('pause', { seconds: 1 });
    return batch.all.map(({ index, status, result }) => [index, status, result?.length]);
  },
  'a flat parallel with a large result': async (context) => {
    const branches = [1, 2, 3].map((value) => (child: DurableContext) => fill(child, value));
    const batch = await context.parallel('rows', branches, {
      nesting: 'FLAT',
      summaryGenerator: ({ totalCount }) => `${totalCount} rows`,
    });
    await context.wait('pause', { seconds: 1 });
    return batch.all.map(({ index, status, result }) => [index, status, result?.length]);
  },
  'a map with a large result that has enough': async (context) => {
    const body = async (child: DurableContext, value: number): Promise<string> => {
      if (value === 2) await child.wait({ hours: 1 });
      return fill(child, value);
    };
    const batch = await context.map('rows', [1, 2, 3, 4], body, { completionConfig: { minSuccessful: 3 } });
    await context.wait('pause', { seconds: 1 });
    return [batch.completionReason, batch.successCount, batch.startedCount];
  },
};
