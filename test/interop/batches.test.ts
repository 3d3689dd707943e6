import { describe, expect, it } from '@jest/globals';
import { allCompleted, completeBatch, continueBatch, type DurableContext, firstSuccessful } from '@middy-durable/core';
import { alternating, onBoth } from '../support/both-engines.ts';
import { DurableRun } from '../support/durable-run.ts';
import { causes } from '../support/error-chain.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from '../support/official-run.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const double = async (context: DurableContext, value: number): Promise<number> => {
  if (value < 0) throw new RangeError(`no ${value}`);
  return context.step('double', async () => value * 2);
};
const waitThenDouble = async (context: DurableContext, value: number): Promise<number> => {
  await context.wait({ seconds: value });
  return context.step('double', async () => value * 2);
};
const large = (context: DurableContext, value: number): Promise<string> =>
  context.step('fill', async () => `${value}`.repeat(100_000));

class Money {
  constructor(cents?: number) {
    if (cents !== undefined) this.cents = cents;
  }
  cents = 0;
}
const money = {
  serialize: async (value?: Money) => value && JSON.stringify(value),
  deserialize: async (text?: string) => (text === undefined ? undefined : Object.assign(new Money(), JSON.parse(text))),
};

/** Ends in an invocation of its own, so that the batch is also replayed. */
const replayed =
  (scenario: Scenario): Scenario =>
  async (context, world) => {
    const result = await scenario(context, world);
    await context.wait({ seconds: 1 });
    return result;
  };

const SCENARIOS: Record<string, Scenario> = {
  'a map': async (context) => {
    const { all, completionReason, status } = await context.map('rows', [1, 2, 3], double);
    return { all, completionReason, status };
  },
  'a map without a name, with names for some of its items': async (context) => {
    const itemNamer = (value: number): string => (value === 1 ? '' : `row-${value}`);
    return (await context.map([1, 2], double, { itemNamer })).getResults();
  },
  'a map over nothing': async (context) => {
    const { all, completionReason, status } = await context.map('none', [] as number[], double);
    return { all, completionReason, status };
  },
  'a map that tolerates failures': async (context) => {
    const batch = await context.map('rows', [1, -2, 3], double, {
      maxConcurrency: 1,
      completionConfig: allCompleted(),
    });
    return batch.all.map(({ error, ...rest }) => ({ ...rest, causes: causes(error) }));
  },
  'a map that fails fast': async (context) => {
    const batch = await context.map('rows', [1, -2, 3], double, { maxConcurrency: 1 });
    return { reason: batch.completionReason, status: batch.status, total: batch.totalCount };
  },
  'a map whose items fail and succeed in the same moment': async (context) => {
    const body = (child: DurableContext, value: number) =>
      child.step(async () => {
        if (value > 1) throw new RangeError('no');
        return value;
      }, once);
    const { all, completionReason } = await context.map('rows', [1, 2], body);
    return [all.map(({ status }) => status), completionReason];
  },
  'errors of errors in items': async (context) => {
    const body = (child: DurableContext) =>
      child.runInChildContext('inner', (inner) =>
        inner.step(async () => {
          throw Object.assign(new Error('deep'), { name: 'MyError' });
        }, once),
      );
    // Behind the second boundary the official SDK has forgotten what it was (11.3 #28).
    return causes((await context.map('rows', [1], body)).getErrors()[0]).slice(0, 2);
  },
  'a map with waits inside': async (context) => (await context.map('rows', [1, 2], waitThenDouble)).getResults(),
  'a flat map with waits inside': async (context) =>
    (await context.map('rows', [1, 2], waitThenDouble, { nesting: 'FLAT' })).getResults(),
  'a flat map with failures': async (context) => {
    const options = { nesting: 'FLAT', completionConfig: allCompleted() } as const;
    const batch = await context.map('rows', [1, -2], double, options);
    return batch.all.map(({ status, error }) => [status, causes(error)]);
  },
  'a map in a map': async (context) => {
    const body = async (child: DurableContext, value: number) =>
      (await child.map('inner', [value, 10], double)).getResults();
    return (await context.map('outer', [1, 2], body)).getResults();
  },
  'a parallel, with names and without': async (context) => {
    const { all, totalCount, successCount, failureCount } = await context.parallel('three', [
      (child: DurableContext) => child.step(async () => 'a'),
      { name: 'second', func: (child: DurableContext) => child.step(async () => 'b') },
      { name: '', func: async () => undefined as unknown as string },
    ]);
    return { all, totalCount, successCount, failureCount };
  },
  'a parallel whose first success is enough': async (context) => {
    const slow = async (child: DurableContext): Promise<string> => {
      await child.wait({ hours: 1 });
      return 'slow';
    };
    const branches = [slow, (child: DurableContext) => child.step(async () => 'fast')];
    const { all, completionReason } = await context.parallel('race', branches, { completionConfig: firstSuccessful() });
    return { all, completionReason };
  },
  'a completion that wants no success': async (context) => {
    const { all, completionReason } = await context.map([1, 2], double, { completionConfig: { minSuccessful: 0 } });
    return { all, completionReason };
  },
  'a custom completion': async (context) => {
    const batch = await context.map('rows', [1, 2, 3], double, {
      maxConcurrency: 1,
      completionConfig: {
        shouldComplete: ({ completedCount }) => (completedCount > 1 ? completeBatch('FAILED') : continueBatch()),
      },
    });
    let thrown: unknown;
    try {
      batch.throwIfError();
    } catch (error) {
      thrown = error;
    }
    return { reason: batch.completionReason, status: batch.status, thrown: causes(thrown) };
  },
  'a custom completion that wants nothing': async (context) => {
    const { all, completionReason } = await context.map([1, 2], double, {
      completionConfig: { shouldComplete: () => completeBatch() },
    });
    return { all, completionReason };
  },
  'a large map': async (context) => {
    const { all } = await context.map('rows', [1, 2, 3], large);
    return all.map(({ index, status, result }) => [index, status, result?.length]);
  },
  'a large map, flat': async (context) => {
    const { all } = await context.map('rows', [1, 2, 3], large, { nesting: 'FLAT' });
    return all.map(({ index, status, result }) => [index, status, result?.length]);
  },
  'a large parallel with a summary': async (context) => {
    const branches = [1, 2, 3].map((value) => (child: DurableContext) => large(child, value));
    const { all } = await context.parallel('rows', branches, {
      summaryGenerator: ({ totalCount }) => `${totalCount} rows`,
    });
    return all.map(({ index, status, result }) => [index, status, result?.length]);
  },
  'a large map with failures': async (context) => {
    const body = async (child: DurableContext, value: number) => {
      if (value === 2) throw new RangeError('two');
      return large(child, value);
    };
    const batch = await context.map('rows', [1, 2, 3, 4], body, { completionConfig: allCompleted() });
    return batch.all.map(({ status, error }) => [status, error?.message]);
  },
};

describe('official SDK: batches', () => {
  it.each(Object.entries(SCENARIOS))(
    '%s: the same updates and results, whoever runs which invocation',
    async (_name, body) => {
      const scenario = replayed(body);
      const { ours, official } = await onBoth(scenario);
      expect(official.output.Status).toBe('SUCCEEDED');
      expect(ours).toEqual(official);
      expect(await alternating(scenario, 'ours')).toEqual(official.output);
      expect(await alternating(scenario, 'official')).toEqual(official.output);
    },
  );

  it('children that are kept for observation: the same updates', async () => {
    const scenario = replayed(async (context) => {
      const batch = await context.map('rows', [1, 2], double);
      const nested = await context.runInChildContext('a', (a) =>
        a.runInChildContext('b', (b) => b.step(async () => 1)),
      );
      return [batch.getResults(), nested];
    });
    for (const childOperationsDepth of [1, 2, Number.POSITIVE_INFINITY]) {
      const ours = new DurableRun(scenario, { runtime: runtimeFromNow(), pluginsConfig: { childOperationsDepth } });
      const official = new OfficialRun(scenario, { plugins: [{}], childOperationsDepth });
      expect(await ours.finish()).toEqual(await official.finish());
      const kept = ({ service }: DurableRun | OfficialRun) =>
        service.updates.map(({ Id, Action, ContextOptions }) => [Id, Action, ContextOptions?.ReplayChildren ?? false]);
      expect(kept(ours)).toEqual(kept(official));
    }
  });

  it('moves both ways with a batch that ended early and was too large: nothing hangs, nothing runs again', async () => {
    const ran: number[] = [];
    const scenario = replayed(async (context) => {
      const body = async (child: DurableContext, value: number) => {
        if (value === 2) await child.wait({ hours: 1 });
        return child.step('fill', async () => {
          ran.push(value);
          return `${value}`.repeat(100_000);
        });
      };
      const batch = await context.map('rows', [1, 2, 3, 4], body, { completionConfig: { minSuccessful: 3 } });
      return [batch.getResults().length, batch.completionReason];
    });
    for (const first of ['ours', 'official'] as const) {
      ran.length = 0;
      const output = await alternating(scenario, first);
      expect(output).toEqual({ Status: 'SUCCEEDED', Result: '[3,"MIN_SUCCESSFUL_REACHED"]' });
      expect(ran.sort()).toEqual([1, 3, 4]);
    }
  });

  it('reads what the other wrote of items with a serdes', async () => {
    const scenario = replayed(async (context) => {
      const batch = await context.map('rows', [5], async (_child, cents) => new Money(cents), { itemSerdes: money });
      return batch.getResults().map(({ cents }) => cents);
    });
    expect(await alternating(scenario, 'ours')).toEqual({ Status: 'SUCCEEDED', Result: '[5]' });
    expect(await alternating(scenario, 'official')).toEqual({ Status: 'SUCCEEDED', Result: '[5]' });
  });
});
