import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { ARN } from '../../../../test/support/execution-service.ts';
import type { DurableContext } from '../types.ts';

describe('what a context knows', () => {
  it('of the execution', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(context.executionContext);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    const known = { durableExecutionArn: ARN, executionName: 'order-7' };
    expect(seen).toEqual([
      { ...known, isFirstInvocation: true, invocationCount: 1 },
      { ...known, isFirstInvocation: false, invocationCount: 2 },
    ]);
  });

  it('of the Lambda context: the same object in children', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext(async (child) => [
        child.lambdaContext === context.lambdaContext,
        child.lambdaContext.functionName,
      ]),
    );
    expect(await run.result()).toEqual([true, 'orders']);
  });

  it('has the marks by which other packages know it', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext(async (child) =>
        [context, child].map((each) => [
          Object.prototype.toString.call(each),
          (each as never)[Symbol.for('@aws/durable-execution-sdk-js/durable-context')],
          'step' in each,
        ]),
      ),
    );
    expect(await run.result()).toEqual([
      ['[object DurableContext]', true, true],
      ['[object DurableContext]', true, true],
    ]);
  });
});

describe('now', () => {
  it('is the time, recorded', async () => {
    const seen: Date[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(await context.now());
      await context.wait({ hours: 1 });
      seen.push(await context.now());
    });
    const began = run.runtime.now();
    await run.finish();
    expect(seen.map((date) => date.getTime() - began)).toEqual([0, 0, 3_600_000]);
    expect(run.service.operation('1')).toMatchObject({ Type: 'STEP', SubType: 'Now' });
  });

  it('after a kill between its request and the answer is the recorded one', async () => {
    const run = new DurableRun(async (context) => (await context.now()).getTime());
    const began = run.runtime.now();
    await run.killAt(1, 'after');
    run.runtime.skipTo(began + 60_000);
    expect(await run.result()).toBe(began);
  });

  it('that only began is taken again', async () => {
    const run = new DurableRun(async (context) => (await context.now()).getTime());
    run.service.put('1', { Type: 'STEP', SubType: 'Now', Status: 'STARTED', StepDetails: { Attempt: 0 } });
    expect(await run.result()).toBe(run.runtime.now());
    expect(run.service.sent).toEqual([['STEP:SUCCEED']]);
  });
});

describe('random and uuid', () => {
  it('are the same on every replay, and claim no id', async () => {
    const seen: unknown[][] = [];
    const run = new DurableRun(async (context) => {
      const values = [context.random(), context.uuid(), context.random(), context.uuid()];
      const inside = await context.runInChildContext(async (child) => [child.random(), child.uuid()], {
        virtualContext: true,
      });
      seen.push([...values, ...inside]);
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toHaveLength(2);
    expect(seen[0]).toEqual(seen[1]);
    expect(new Set(seen[0]).size).toBe(6);
    expect(run.service.operation('2')?.Type).toBe('WAIT');
  });

  it('look like what they are', async () => {
    const values: number[] = [];
    const ids: string[] = [];
    const run = new DurableRun(async (context) => {
      for (let n = 0; n < 1000; n++) {
        values.push(context.random());
        ids.push(context.uuid());
      }
    });
    await run.finish();
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const value of values) expect(value >= 0 && value < 1).toBe(true);
    expect(new Set(values).size).toBe(1000);
    expect(new Set(ids).size).toBe(1000);
    const mean = values.reduce((a, b) => a + b) / 1000;
    // 1000 values: the mean is within 5 standard errors of a half. They are fixed by the ARN, so this never changes.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.046);
  });
});

describe('configureSerdes', () => {
  const tagged = (tag: string) => ({
    serialize: async (value: unknown) => `${tag}:${JSON.stringify(value)}`,
    deserialize: async (text?: string) => JSON.parse((text as string).slice(tag.length + 1)),
  });

  it('holds for this context from now on, and for children made later', async () => {
    const run = new DurableRun(async (context) => {
      await context.step('before', async () => 1);
      context.configureSerdes({ defaultSerdes: tagged('A') });
      await context.step('after', async () => 1);
      await context.runInChildContext('child', async (child) => {
        await child.step('inherits', async () => 1);
        child.configureSerdes({ defaultSerdes: tagged('B') });
        await child.step('own', async () => 1);
        return 1;
      });
      await context.step('still', async () => 1);
      context.configureSerdes({});
      context.configureSerdes({ defaultSerdes: undefined });
      await context.step('unchanged', async () => 1);
      await context.step('named', async () => 1, { serdes: tagged('C') as never });
    });
    await run.finish();
    const results = ['1', '2', '3-1', '3-2', '4', '5', '6'].map((id) => run.service.operation(id)?.StepDetails?.Result);
    expect(results).toEqual(['1', 'A:1', 'A:1', 'B:1', 'A:1', 'A:1', 'C:1']);
    expect(run.service.operation('3')?.ContextDetails?.Result).toBe('A:1');
  });
});

describe('isReplaying', () => {
  const modes = (context: DurableContext): [boolean, string] => [
    context.isReplaying,
    (context as unknown as { durableExecutionMode: string }).durableExecutionMode,
  ];

  it('says whether the next operation is on record; durableExecutionMode says so to Powertools', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(modes(context));
      await context.step(async () => 1);
      seen.push(modes(context));
      await context.wait({ seconds: 1 });
      seen.push(modes(context));
    });
    await run.finish();
    const [live, replay] = [
      [false, 'ExecutionMode'],
      [true, 'ReplayMode'],
    ];
    expect(seen).toEqual([live, live, replay, replay, live]);
  });

  it('is true in a context that is rebuilt', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async (child) => {
        seen.push(modes(child));
        return 'x'.repeat(300_000);
      });
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual([
      [false, 'ExecutionMode'],
      [true, 'ReplaySucceededContext'],
    ]);
  });
});
