import * as officialSdk from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { allCompleted, allSuccessful, type DurableContext, firstSuccessful } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

describe('11.2 #18: items without a result', () => {
  const scenario: Scenario = async (context) => {
    const batch = await context.map([1, 2], async () => {});
    return [batch.successCount, batch.succeeded().length, batch.getResults().length];
  };
  it('count as results', async () => {
    expect(await new DurableRun(scenario).result()).toEqual([2, 2, 2]);
  });
  it('official SDK: vanish', async () => {
    expect(await new OfficialRun(scenario).result()).toEqual([2, 0, 0]);
  });
});

describe('11.2 #19: what a batch waits for', () => {
  it('has a name each', () => {
    expect([allCompleted(), allSuccessful(), firstSuccessful()]).toEqual([
      { toleratedFailurePercentage: 100 },
      { toleratedFailureCount: 0 },
      { minSuccessful: 1 },
    ]);
  });
  it('official SDK: has none', () => {
    const names = Object.keys(officialSdk);
    expect(names).toContain('createWaitStrategy');
    expect(names).not.toContain('allCompleted');
  });

  const counted =
    (completionConfig?: object): Scenario =>
    async (context) => {
      const body = async (_child: DurableContext, item: number) => {
        if (item === 0) throw new Error('first');
        return item;
      };
      return (await context.map([0, 1, 2], body, { maxConcurrency: 1, ...(completionConfig && { completionConfig }) }))
        .totalCount;
    };
  it('the default stays that of the official SDK: the first failure', async () => {
    expect(await new DurableRun(counted()).result()).toBe(await new OfficialRun(counted()).result());
    expect(await new DurableRun(counted(allCompleted())).result()).toBe(3);
    expect(await new OfficialRun(counted(allCompleted())).result()).toBe(3);
  });
});

describe('11.2 #20: items with a serdes of their own', () => {
  class Money {
    cents = 5;
  }
  const scenario: Scenario = async (context) => {
    const itemSerdes = {
      serialize: async (value?: Money) => JSON.stringify(value),
      deserialize: async (text?: string) => Object.assign(new Money(), JSON.parse(text as string)) as Money,
    };
    const batch = await context.map([1], async () => new Money(), { itemSerdes });
    const live = batch.getResults()[0] instanceof Money;
    await context.wait({ seconds: 1 });
    return live;
  };
  it('are what they were, live and on replay', async () => {
    expect(await new DurableRun(scenario).result()).toBe(true);
  });
  it('official SDK: lose their class', async () => {
    expect(await new OfficialRun(scenario).result()).toBe(false);
  });
});

describe('11.2 #21: a large batch that ended early', () => {
  const counts = (seen: unknown[]): Scenario => {
    return async (context) => {
      const body = async (child: DurableContext, item: number) => {
        if (item === 2) await child.wait({ hours: 1 });
        return child.step(async () => `${item}`.repeat(150_000));
      };
      const batch = await context.map([1, 2, 3], body, { completionConfig: { minSuccessful: 2 } });
      seen.push([batch.totalCount, batch.startedCount]);
      await context.wait({ seconds: 1 });
    };
  };
  it('is the same live and on replay', async () => {
    const seen: unknown[] = [];
    await new DurableRun(counts(seen)).finish();
    expect(seen).toEqual([
      [3, 1],
      [3, 1],
    ]);
  });
  it('official SDK: forgets what was still running', async () => {
    const seen: unknown[] = [];
    await new OfficialRun(counts(seen)).finish();
    expect(seen).toEqual([
      [3, 1],
      [2, 0],
    ]);
  });
});

describe('11.2 #22: how often a custom completion is asked', () => {
  const asked = (log: number[]): Scenario => {
    return async (context) => {
      const shouldComplete = ({ completedCount }: { completedCount: number }) => {
        log.push(completedCount);
        return { complete: false } as const;
      };
      await context.map([1, 2, 3], async (_child, item) => item, {
        maxConcurrency: 1,
        completionConfig: { shouldComplete },
      });
    };
  };
  it('once for each change', async () => {
    const log: number[] = [];
    await new DurableRun(asked(log)).finish();
    expect(log).toEqual([0, 1, 2, 3]);
  });
  it('official SDK: several times', async () => {
    const log: number[] = [];
    await new OfficialRun(asked(log)).finish();
    expect(log.filter((count) => count === 1).length).toBeGreaterThan(1);
  });
});
