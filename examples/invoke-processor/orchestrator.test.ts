import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientWrapper, createTestRunner, type TestRun, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { handler } from './orchestrator.ts';
import { handler as processor } from './processor.ts';

const INPUT = { values: [10, 20, 30, 40, 50] };
const BODY =
  '{"message":"Durable orchestration completed successfully","input_values":[10,20,30,40,50],' +
  '"processing_result":{"operation":"sum_and_average","count":5,"sum":150,"average":30,"max":50,"min":10}}';
const REAL = 'arn:aws:lambda:us-east-1:000000000000:function:processor:live';

let asked: unknown[];
let work: typeof processor;
beforeEach(() => {
  asked = [];
  work = processor;
  process.env.PROCESSOR_FUNCTION = REAL;
  process.env.AWS_LAMBDA_LOG_LEVEL = 'FATAL';
});
afterEach(() => {
  delete process.env.PROCESSOR_FUNCTION;
  delete process.env.AWS_LAMBDA_LOG_LEVEL;
});

function orchestrate(input: unknown, options: Partial<TestRunnerOptions> = {}): Promise<TestRun<unknown>> {
  const counting = async (event: Parameters<typeof processor>[0]) => {
    asked.push(event);
    return work(event);
  };
  const functions = { processor: { durable: false, handler: counting } };
  return createTestRunner({ handler, functions, ...options }).run(input);
}
const outcomes = (run: TestRun<unknown>): string[] => run.invocations.map(({ outcome }) => String(outcome));

describe('the orchestrator', () => {
  it('answers with what the processor found, byte for byte', async () => {
    const run = await orchestrate(INPUT);
    expect(JSON.stringify(run.result)).toBe(JSON.stringify({ statusCode: 200, body: BODY }));
    expect(asked).toEqual([{ operation: 'sum_and_average', values: INPUT.values }]);
    expect(run.operations().map(({ type, name, status }) => `${type} ${name} ${status}`)).toEqual([
      'STEP validate-input SUCCEEDED',
      'CHAINED_INVOKE process-values SUCCEEDED',
    ]);
    expect(outcomes(run)).toEqual(['PENDING', 'SUCCEEDED']);
  });

  it.each([
    [undefined, 'values must be an array of numbers, not undefined'],
    [null, 'values must be an array of numbers, not undefined'],
    [{ values: '1,2' }, 'values must be an array of numbers, not string'],
    [{ values: [] }, 'values must hold at least one number'],
    [{ values: [1, 'two'] }, 'values[1] must be a finite number, not string'],
    // JSON knows no NaN.
    [{ values: [Number.NaN] }, 'values[0] must be a finite number, not null'],
  ])('answers %j with 400 and does not ask the processor', async (input, error) => {
    const run = await orchestrate(input);
    expect(run.result).toEqual({ statusCode: 400, body: JSON.stringify({ message: 'Invalid input', error }) });
    expect(asked).toEqual([]);
    expect(run.operations()).toHaveLength(1);
  });

  it('fails as the processor does, and has asked it once', async () => {
    const run = await orchestrate({ values: [1e308, 1e308] });
    expect(run.status).toBe('FAILED');
    expect(run.error).toMatchObject({
      ErrorType: 'InvokeError',
      ErrorMessage: 'The sum of the values is too large for a number',
    });
    expect(asked).toHaveLength(1);
  });

  it('fails when there is no such function', async () => {
    process.env.PROCESSOR_FUNCTION = 'nobody:live';
    const run = await orchestrate(INPUT);
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorMessage).toContain('Function not found');
  });

  it.each([undefined, ''])('says which variable is missing (%j)', async (value) => {
    if (value === undefined) delete process.env.PROCESSOR_FUNCTION;
    else process.env.PROCESSOR_FUNCTION = value;
    const run = await orchestrate(INPUT);
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorMessage).toContain('PROCESSOR_FUNCTION is not set');
    expect(run.operations()).toEqual([]);
  });
});

describe('an orchestrator that dies', () => {
  it.each([1, 2])('%d times after the processor has answered resumes with the stored result', async (times) => {
    let crashes = 0;
    const run = await orchestrate(INPUT, {
      onInvocation: async (_call, deliver) => {
        const output = await deliver();
        if (asked.length === 0 || crashes === times) return output;
        crashes += 1;
        throw new Error('the process dies before its answer arrives');
      },
    });
    expect(run.result).toEqual({ statusCode: 200, body: BODY });
    expect(outcomes(run)).toEqual(['PENDING', ...Array(times).fill('CRASHED'), 'SUCCEEDED']);
    expect(asked).toHaveLength(1);
  });

  it('while the processor works goes on waiting for it', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    work = async (event) => {
      await released;
      return processor(event);
    };
    const run = await orchestrate(INPUT, {
      onInvocation: async ({ number }, deliver) => {
        const output = await deliver();
        if (number === 1) throw new Error('the process dies before its answer arrives');
        release();
        return output;
      },
    });
    expect(run.result).toEqual({ statusCode: 200, body: BODY });
    expect(outcomes(run)).toEqual(['CRASHED', 'PENDING', 'SUCCEEDED']);
    expect(asked).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)('%s its check is recorded checks once more or not at all', async (moment) => {
    const run = await orchestrate(INPUT, { wrapClient: crash(moment, 'validate-input') });
    expect(outcomes(run)).toEqual(['CRASHED', 'PENDING', 'SUCCEEDED']);
    expect(run.result).toEqual({ statusCode: 200, body: BODY });
    expect(asked).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)('%s its call is recorded calls once', async (moment) => {
    const run = await orchestrate(INPUT, { wrapClient: crashAtCall(moment) });
    expect(outcomes(run)[0]).toBe('CRASHED');
    expect(run.result).toEqual({ statusCode: 200, body: BODY });
    expect(asked).toHaveLength(1);
  });
});

/** Crashes the first invocation that is about to start the call. */
function crashAtCall(moment: 'before' | 'after'): ClientWrapper {
  let crashed = false;
  return (client) => ({
    ...client,
    async checkpoint(request) {
      const starts = request.Updates?.some(({ Type, Action }) => Type === 'CHAINED_INVOKE' && Action === 'START');
      if (crashed || !starts) return client.checkpoint(request);
      crashed = true;
      if (moment === 'after') await client.checkpoint(request);
      throw new Error(`the process dies ${moment} the call is recorded`);
    },
  });
}
