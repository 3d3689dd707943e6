import { describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from './create-test-runner.ts';

const YEAR = { days: 365 };

describe('running a handler', () => {
  it('resolves to the result, the status and the number of invocations', async () => {
    const handler = withDurableExecution(async ({ a, b }: { a: number; b: number }, context) =>
      context.step('add', async () => a + b),
    );
    const run = await createTestRunner<number>({ handler }).run({ a: 2, b: 3 });
    expect(run.status).toBe('SUCCEEDED');
    expect(run.result).toBe(5);
    expect(run.error).toBeUndefined();
    expect(run.invocations.map(({ outcome, number }) => [number, outcome])).toEqual([[1, 'SUCCEEDED']]);
    expect(run.operation('add').json<number>()).toBe(5);
  });

  it('lets a year pass in a wait', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      await context.wait('a-year', YEAR);
      return 'later';
    });
    const runner = createTestRunner<string>({ handler });
    const run = await runner.run();
    expect(run.result).toBe('later');
    expect(runner.now()).toEqual(new Date('2027-01-01T00:00:00.000Z'));
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
    expect(run.invocations[1]?.startedAt).toEqual(new Date('2027-01-01T00:00:00.000Z'));
  });

  it('starts where the test says', async () => {
    const handler = withDurableExecution(async (_event, context) => context.now());
    const run = await createTestRunner<string>({ handler, startAt: '2030-05-01T12:00:00Z' }).run();
    expect(run.result).toBe('2030-05-01T12:00:00.000Z');
  });

  it('retries a step with its delays', async () => {
    let calls = 0;
    const handler = withDurableExecution(async (_event, context) =>
      context.step(
        'flaky',
        async () => {
          calls += 1;
          if (calls < 3) throw new Error('not yet');
          return calls;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) },
      ),
    );
    const runner = createTestRunner<number>({ handler });
    const run = await runner.run();
    expect(run.result).toBe(3);
    expect(runner.now()).toEqual(new Date('2026-01-01T02:00:00.000Z'));
    expect(run.operation('flaky').events.map(({ EventType }) => EventType)).toEqual([
      'StepStarted',
      'StepFailed',
      'StepStarted',
      'StepFailed',
      'StepStarted',
      'StepSucceeded',
    ]);
  });

  it('shows what failed the execution', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      await context.step('charge', async () => Promise.reject(new RangeError('no funds')), {
        retryStrategy: () => ({ shouldRetry: false }),
      });
    });
    const run = await createTestRunner({ handler }).run();
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorMessage).toContain('no funds');
    expect(() => run.result).toThrow(/is FAILED and has no result: StepError: .*no funds/);
    expect(run.operation('charge').error?.ErrorType).toBe('RangeError');
  });

  it('has no result where the handler returns none', async () => {
    const run = await createTestRunner({ handler: withDurableExecution(async () => undefined) }).run();
    expect(run.status).toBe('SUCCEEDED');
    expect(run.result).toBeUndefined();
  });

  it('shows operations inside finished contexts', async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.runInChildContext('notify', async (child) => {
        const mail = await child.step('mail', async () => 'sent');
        await child.wait('pause', { minutes: 5 });
        return mail;
      }),
    );
    const run = await createTestRunner<string>({ handler }).run();
    expect(run.result).toBe('sent');
    expect(run.operations().map(({ type, name, status }) => [type, name, status])).toEqual([
      ['CONTEXT', 'notify', 'SUCCEEDED'],
      ['STEP', 'mail', 'SUCCEEDED'],
      ['WAIT', 'pause', 'SUCCEEDED'],
    ]);
    expect(run.operation('mail').parentId).toBe(run.operation('notify').id);
    expect(run.operation(2).record.WaitDetails?.ScheduledEndTimestamp).toEqual(new Date('2026-01-01T00:05:00.000Z'));
  });

  it('ends an execution whose time is over', async () => {
    const handler = withDurableExecution(async (_event, context) => context.wait('long', { hours: 2 }));
    const runner = createTestRunner({ handler, executionTimeout: { hours: 1 } });
    const run = await runner.run();
    expect(run.status).toBe('TIMED_OUT');
    expect(run.endedAt).toEqual(new Date('2026-01-01T01:00:00.000Z'));
    expect(() => run.result).toThrow('is TIMED_OUT');
  });

  it('lets the time of an execution run out where the test set it, and only there', async () => {
    const handler = withDurableExecution(async (_event, context) => context.waitForCallback('never', async () => {}));
    const runner = createTestRunner({ handler });
    expect((await runner.run(undefined, { executionTimeout: { minutes: 1 } })).status).toBe('TIMED_OUT');
    expect((await runner.run()).status).toBe('RUNNING');
  });

  it('gives every run of a test the same ids', async () => {
    const handler = withDurableExecution(async (_event, context: DurableContext) => context.uuid());
    const arn = async (seed?: string) => (await createTestRunner({ handler, seed }).run()).arn;
    expect(await arn()).toBe(await arn());
    expect(await arn('other')).not.toBe(await arn());
  });

  it('gives the handler a Lambda context on virtual time', async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_event, context) => {
      const { awsRequestId, functionName, getRemainingTimeInMillis } = context.lambdaContext;
      seen.push([functionName, getRemainingTimeInMillis?.(), awsRequestId]);
    });
    const runner = createTestRunner({
      handler,
      functionName: 'orders',
      invocationTimeout: { seconds: 30 },
      lambdaContext: { awsRequestId: 'my-request' },
    });
    const run = await runner.run();
    expect(seen).toEqual([['orders', 30_000, 'my-request']]);
    expect(run.arn).toMatch(/^arn:aws:lambda:us-east-1:000000000000:function:orders:\$LATEST\/durable-execution\//);
  });
});

describe('several executions', () => {
  const handler = withDurableExecution(async ({ days }: { days: number }, context) => {
    await context.wait('pause', { days });
    return days;
  });

  it('share one time', async () => {
    const runner = createTestRunner<number>({ handler });
    const [long, short] = await Promise.all([runner.run({ days: 10 }), runner.run({ days: 3 })]);
    expect([long.result, short.result]).toEqual([10, 3]);
    expect(short.endedAt).toEqual(new Date('2026-01-04T00:00:00.000Z'));
    expect(long.endedAt).toEqual(new Date('2026-01-11T00:00:00.000Z'));
    expect(runner.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'PENDING', 'SUCCEEDED', 'SUCCEEDED']);
  });

  it('are one when they have one name', async () => {
    const runner = createTestRunner<number>({ handler });
    const first = await runner.run({ days: 1 }, { name: 'order-7' });
    const second = await runner.run({ days: 1 }, { name: 'order-7' });
    expect(second.arn).toBe(first.arn);
    expect(second.name).toBe('order-7');
    expect(runner.invocations).toHaveLength(2);
  });

  it('refuse a name that has another input', async () => {
    const runner = createTestRunner({ handler });
    await runner.start({ days: 1 }, { name: 'order-7' });
    await expect(runner.start({ days: 2 }, { name: 'order-7' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
    });
  });

  it('of two runners do not hold each other up', async () => {
    const runs = await Promise.all([
      createTestRunner<number>({ handler }).run({ days: 300 }),
      createTestRunner<number>({ handler }).run({ days: 200 }),
    ]);
    expect(runs.map(({ result }) => result)).toEqual([300, 200]);
  });
});

describe('bad input', () => {
  const handler = withDurableExecution(async () => 1);

  it('refuses options that can not be right, by name', () => {
    expect(() => createTestRunner({ handler: undefined as never })).toThrow(
      'handler is undefined, but must be a function. Pass what withDurableExecution returns.',
    );
    expect(() => createTestRunner({ handler, grace: -1 })).toThrow('grace is -1');
    expect(() => createTestRunner({ handler, startAt: 'soon' })).toThrow('startAt: soon is no date');
    expect(() => createTestRunner({ handler, standstill: Number.NaN })).toThrow('standstill: NaN');
    expect(() => createTestRunner({ handler, invocationTimeout: { seconds: 0.5 } })).toThrow(
      'invocationTimeout: 0.5 s is not',
    );
  });

  it('refuses starts that can not be right, by name', async () => {
    const runner = createTestRunner({ handler });
    await expect(runner.start({ big: 1n })).rejects.toThrow(/input of the execution: .*BigInt/);
    await expect(runner.start(() => {})).rejects.toThrow(
      "The input of the execution: function can't be written as JSON",
    );
    await expect(runner.start({}, { name: 'not a name' })).rejects.toThrow('durableExecutionName');
    await expect(runner.start({}, { executionTimeout: { seconds: 0 } })).rejects.toThrow(
      'executionTimeout: 0 s is not',
    );
    await expect(runner.start({}, { executionTimeout: { days: 400 } })).rejects.toThrow('executionTimeout must be');
    await expect(runner.start({}, { executionTimeout: {} })).rejects.toThrow(/executionTimeout: pass days, hours/);
  });

  it('fails an execution whose handler is none of a durable function', async () => {
    const run = await createTestRunner({ handler: async () => 'plain' }).run();
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorMessage).toBe('Invalid Status in invocation output.');
    expect(run.invocations[0]).toMatchObject({ outcome: 'CRASHED' });
  });

  it('names the operations there are when one is asked for that is not', async () => {
    const twice = withDurableExecution(async (_event, context) => {
      await context.step('one', async () => 1);
      await context.step(async () => 2);
    });
    const run = await createTestRunner({ handler: twice }).run();
    expect(() => run.operation('two')).toThrow('has no operation "two". In order of start it has "one" and (STEP).');
    expect(() => run.operation('one', 1)).toThrow('"one" (occurrence 1, from 0)');
    expect(() => run.operation(2)).toThrow('no operation number 2');
    const none = await createTestRunner({ handler }).run();
    expect(() => none.operation('two')).toThrow('it has nothing.');
  });
});
