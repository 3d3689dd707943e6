import { describe, expect, it } from '@jest/globals';
import { createWaitStrategy, type DurableContext } from '@middy-durable/core';
import { alternating, onBoth } from '../support/both-engines.ts';
import { DurableRun } from '../support/durable-run.ts';
import { causes, rejection } from '../support/error-chain.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from '../support/official-run.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const failing = (context: DurableContext, name: string) =>
  context.step(
    name,
    async () => {
      throw new RangeError(name);
    },
    once,
  );

const SCENARIOS: Record<string, Scenario> = {
  'a condition': (context) =>
    context.waitForCondition('job', async ({ n }: { n: number }) => ({ n: n + 1 }), {
      initialState: { n: 0 },
      waitStrategy: createWaitStrategy({ shouldContinuePolling: ({ n }) => n < 3, jitter: 'NONE' }),
    }),
  'a condition that gives up': async (context) => {
    const options = {
      initialState: 0,
      waitStrategy: createWaitStrategy<number>({ shouldContinuePolling: () => true, maxAttempts: 2, jitter: 'NONE' }),
    };
    return (await rejection(context.waitForCondition(async (n: number) => n + 1, options))).message;
  },
  'all of two': (context) => context.promise.all('both', [context.step(async () => 1), context.step(async () => 2)]),
  // Behind the second boundary the official SDK has forgotten what it was (11.3 #28).
  'all with a failure': async (context) => {
    const members = [failing(context, 'a'), context.step(async () => 2 as never)];
    return causes(await rejection(context.promise.all(members))).slice(0, 2);
  },
  'any of failures': async (context) =>
    causes(await rejection(context.promise.any('any', [failing(context, 'a'), failing(context, 'b')]))),
  'any with a success': (context) =>
    context.promise.any([failing(context, 'a'), context.step(async () => 'b' as never)]),
  'all settled': async (context) => {
    const settled = await context.promise.allSettled([failing(context, 'a'), context.step(async () => 1 as never)]);
    return settled.map((result) => (result.status === 'fulfilled' ? result.value : causes(result.reason)));
  },
  'a race': (context) =>
    context.promise.race('race', [context.step(async () => 1), context.wait({ hours: 1 }) as never]),
  'a combinator that is awaited late': async (context) => {
    const late = context.promise.race([context.step(async () => 1), context.step(async () => 2)]);
    return [await context.step('three', async () => 3), await late];
  },
  'combinators in a child context': (context) =>
    context.runInChildContext(
      'child',
      async (child) => await child.promise.all([child.step(async () => 1), child.wait({ seconds: 2 }) as never]),
    ),
};

describe('official SDK: conditions and combinators', () => {
  it.each(Object.entries(SCENARIOS))('%s: the same results, whoever runs which invocation', async (_name, body) => {
    const scenario: Scenario = async (context, world) => {
      const result = await body(context, world);
      await context.wait({ seconds: 1 });
      return result;
    };
    const { ours, official } = await onBoth(scenario);
    expect(official.output.Status).toBe('SUCCEEDED');
    expect(ours.output).toEqual(official.output);
    const withoutStacks = JSON.parse(JSON.stringify(official.updates).replace(/(StepError: a)[^"]*?(\\")/g, '$1$2'));
    expect(ours.updates).toEqual(withoutStacks);
    expect(await alternating(scenario, 'ours')).toEqual(official.output);
    expect(await alternating(scenario, 'official')).toEqual(official.output);
  });
});

describe('official SDK: invokes', () => {
  const scenario: Scenario = async (context) => {
    const quote = await context.invoke('quote', 'quotes:live', { order: 7 }, { tenantId: 'tenant-a' });
    const problem = await rejection(context.invoke('charges', undefined));
    return [quote, problem.name, problem.message];
  };
  const outside = (run: DurableRun | OfficialRun, count: number): void => {
    if (count === 1) run.service.endInvoke('1', { result: '{"price":12}' });
    else run.service.endInvoke('2', { error: { ErrorType: 'QuotaError', ErrorMessage: 'too many' } });
  };

  it('the same updates and results, whoever runs which invocation', async () => {
    const ours = new DurableRun(scenario);
    const official = new OfficialRun(scenario);
    const outputs: unknown[] = [];
    for (const run of [ours, official]) {
      for (const count of [1, 2]) {
        await run.invoke();
        outside(run, count);
      }
      outputs.push((await run.invoke()).output);
    }
    expect(outputs[0]).toEqual({ Status: 'SUCCEEDED', Result: '[{"price":12},"InvokeError","too many"]' });
    expect(outputs[1]).toEqual(outputs[0]);
    expect(JSON.parse(JSON.stringify(ours.service.updates))).toEqual(
      JSON.parse(JSON.stringify(official.service.updates)),
    );

    const runtime = runtimeFromNow();
    const shared = new DurableRun(scenario, { runtime });
    const other = new OfficialRun(scenario, { runtime, service: shared.service });
    await shared.invoke();
    outside(shared, 1);
    await other.invoke();
    outside(shared, 2);
    expect((await shared.invoke()).output).toEqual(outputs[0]);
  });
});
