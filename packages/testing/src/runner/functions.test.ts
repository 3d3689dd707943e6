import { describe, expect, it } from '@jest/globals';
import { InvokeError, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from './create-test-runner.ts';
import type { TestLambdaContext } from './lambda-context.ts';

const invoking = (functionName: string, input?: unknown, tenantId?: string) =>
  withDurableExecution(async (_event, context) => {
    try {
      return await context.invoke('call', functionName, input, tenantId === undefined ? {} : { tenantId });
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      const { name, message } = error.cause as Error;
      return `${name}: ${message}`;
    }
  });
const waiting = withDurableExecution(async ({ days }: { days: number }, context) => {
  await context.wait('a-while', { days });
  return `after ${days} days`;
});

describe('functions', () => {
  it('are durable unless they say otherwise, and share the time of their caller', async () => {
    const runner = createTestRunner<string>({
      handler: invoking('slow:live', { days: 300 }),
      functions: { slow: { handler: waiting } },
    });
    expect((await runner.run()).result).toBe('after 300 days');
    expect(runner.now()).toEqual(new Date('2026-10-28T00:00:00.000Z'));
  });

  it('may be ordinary: called once, with the plain event and the context of Lambda', async () => {
    const seen: unknown[] = [];
    const tax = async (event: unknown, context: TestLambdaContext) => {
      const { functionName, tenantId } = context;
      seen.push([event, functionName, tenantId, context.getRemainingTimeInMillis()]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { vat: 19 };
    };
    const handler = invoking('tax', { net: 100 }, 'blue');
    const runner = createTestRunner({ handler, functions: { tax: { durable: false, handler: tax } } });
    const run = await runner.run();
    expect(run.result).toEqual({ vat: 19 });
    expect(seen).toEqual([[{ net: 100 }, 'tax', 'blue', 900_000]]);
    expect(run.operation('call').record.Status).toBe('SUCCEEDED');
    expect(runner.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
  });

  it('hand their failures to the caller', async () => {
    const failing = () => {
      throw new RangeError('no rate');
    };
    const broken = withDurableExecution(async () => failing());
    const functions = { tax: { durable: false, handler: failing }, broken: { handler: broken } };
    const results = await Promise.all(
      ['tax', 'broken', 'nobody'].map(async (name) => {
        return (await createTestRunner({ handler: invoking(name), functions }).run()).result;
      }),
    );
    expect(results).toEqual([
      'RangeError: no rate',
      'RangeError: no rate',
      'ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:$LATEST',
    ]);
  });

  it('that never answer are ended with their time', async () => {
    const hanging = () => new Promise(() => {});
    const handler = invoking('tax');
    const functions = { tax: { durable: false, handler: hanging } };
    const runner = createTestRunner({ handler, functions, invocationTimeout: { seconds: 60 }, grace: 1 });
    expect((await runner.run()).result).toBe('ChainedInvoke.Timeout: CHAINED_INVOKE timed out after 60 seconds.');
  });

  it('have the time that the test gives them', async () => {
    const handler = invoking('slow', { days: 3 });
    const functions = { slow: { handler: waiting, executionTimeout: { days: 1 } } };
    const run = await createTestRunner({ handler, functions }).run();
    expect(run.result).toBe('ChainedInvoke.Timeout: CHAINED_INVOKE timed out after 86400 seconds.');
  });

  it('can be the function under test itself', async () => {
    const handler = withDurableExecution(async ({ n }: { n: number }, context): Promise<number> => {
      return n <= 1 ? 1 : n * (await context.invoke<{ n: number }, number>('factorial', { n: n - 1 }));
    });
    expect((await createTestRunner<number>({ handler, functionName: 'factorial' }).run({ n: 5 })).result).toBe(120);
  });

  it('go through the hooks, each by its name', async () => {
    const names: string[] = [];
    const runner = createTestRunner<string>({
      handler: invoking('slow', { days: 1 }),
      functions: { slow: { handler: waiting } },
      onInvocation: (call, deliver) => {
        names.push(`${call.functionName} ${call.number}`);
        return deliver();
      },
    });
    await runner.run();
    expect(names).toEqual(['function-under-test 1', 'slow 1', 'slow 2', 'function-under-test 2']);
  });

  it.each([
    [{ 'my.bills': { handler: waiting } }, "functions: 'my.bills' is no name of a function"],
    [{ bills: { handler: 5 as never } }, 'functions.bills.handler is number, but must be a function'],
    [
      { 'function-under-test': { handler: waiting } },
      'functions.function-under-test has the name of the function under',
    ],
    [{ bills: { handler: waiting, executionTimeout: { seconds: 0.5 } } }, 'functions.bills.executionTimeout'],
  ])('are refused where they can be none (%#)', (functions, message) => {
    expect(() => createTestRunner({ handler: waiting, functions })).toThrow(message);
  });
});

describe('execution.invoked', () => {
  const approving = withDurableExecution(async (_event, context) =>
    context.waitForCallback('approval', async () => {}),
  );

  it('leads to the execution that was called', async () => {
    const runner = createTestRunner<string>({
      handler: invoking('approve'),
      functions: { approve: { handler: approving } },
    });
    const execution = await runner.start();
    const called = await execution.invoked('call');
    expect(called.arn).toContain(':function:approve:');
    await (await called.callback('approval')).succeed('yes');
    expect(await execution.result()).toBe('yes');
    expect((await called.look()).status).toBe('SUCCEEDED');
    // Also afterwards.
    expect((await execution.invoked()).arn).toBe(called.arn);
  });

  it('is one that waits for the outside when its callee does', async () => {
    const runner = createTestRunner({ handler: invoking('approve'), functions: { approve: { handler: approving } } });
    const run = await runner.run();
    expect([run.status, run.open]).toEqual(['RUNNING', ['invoke "call"']]);
  });

  it.each([
    [
      'other',
      undefined,
      /has called no durable function "other" number 0 .* Its invokes: "call" \(STARTED\)\. .*waits/s,
    ],
    ['call', 1, /has called no durable function "call" number 1/],
  ])('says what there is instead (%s, %s)', async (name, index, message) => {
    const runner = createTestRunner({ handler: invoking('approve'), functions: { approve: { handler: approving } } });
    const execution = await runner.start();
    await expect(execution.invoked(name, index)).rejects.toThrow(message);
  });

  it('names what is not durable, after the end too', async () => {
    const functions = { tax: { durable: false, handler: () => 1 } };
    const execution = await createTestRunner({ handler: invoking('tax'), functions }).start();
    await expect(execution.invoked()).rejects.toThrow(/"call" \(SUCCEEDED, not durable\)\. It is SUCCEEDED\./);
  });
});
