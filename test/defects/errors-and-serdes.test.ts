import { describe, expect, it } from '@jest/globals';
import type { CheckpointDurableExecutionRequest } from '@middy-durable/protocol';
import { DurableRun } from '../support/durable-run.ts';
import { causes, rejection } from '../support/error-chain.ts';
import { ExecutionService } from '../support/execution-service.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from '../support/official-run.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const failing =
  (thrown: unknown): Scenario =>
  async (context) => {
    const body = async () => {
      throw thrown;
    };
    const error = await rejection(context.step('charge', body, once));
    return [error.message, (error.cause as Error | undefined)?.stack ?? null];
  };

describe('11.3 #28: what is known of an error', () => {
  it('what is no error keeps its text, and a cause has a stack', async () => {
    expect(await new DurableRun(failing('out of stock')).result()).toEqual(['out of stock', 'Error: out of stock']);
    expect(await new DurableRun(failing(new RangeError('limit'))).result()).toEqual(['limit', 'RangeError: limit']);
  });
  it('official SDK: loses both', async () => {
    const [text] = (await new OfficialRun(failing('out of stock')).result()) as unknown[];
    expect(text).not.toBe('out of stock');
    const [, stack] = (await new OfficialRun(failing(new RangeError('limit'))).result()) as unknown[];
    expect(stack).toBeNull();
  });

  const body = async () => {
    throw Object.assign(new Error('no', { cause: new RangeError('limit') }), { name: 'MyError' });
  };
  const behindBoundaries: Scenario = async (context) => {
    const error = await rejection(
      context.runInChildContext((outer) => outer.runInChildContext((inner) => inner.step(body, once))),
    );
    await context.wait({ seconds: 1 });
    return causes(error);
  };
  it('every cause survives every boundary, live and on replay', async () => {
    const all = ['ChildContextError: no', 'ChildContextError: no', 'StepError: no', 'MyError: no', 'RangeError: limit'];
    expect(await new DurableRun(behindBoundaries).result()).toEqual(all);
  });
  it('official SDK: has forgotten what it was behind the second boundary', async () => {
    expect(await new OfficialRun(behindBoundaries).result()).not.toContain('MyError: no');
  });

  it('every cause survives in the items of a batch', async () => {
    const scenario: Scenario = async (context) => {
      const batch = await context.map([1], (child) => child.runInChildContext(body));
      return [causes(await rejection(context.step(body, once))), causes(batch.getErrors()[0])];
    };
    const own = ['MyError: no', 'RangeError: limit'];
    expect(await new DurableRun(scenario).result()).toEqual([
      ['StepError: no', ...own],
      ['ChildContextError: no', 'ChildContextError: no', 'StepError: no', ...own],
    ]);
  });

  it('what leaves the handler names its causes in the stack trace', async () => {
    const run = new DurableRun((context) => context.step('charge', body, once));
    expect(await run.finish()).toEqual({
      Status: 'FAILED',
      Error: {
        ErrorType: 'StepError',
        ErrorMessage: 'no',
        StackTrace: ['Caused by: MyError: no', 'Caused by: RangeError: limit'],
      },
    });
  });
});

describe('11.3 #29: a result that can’t be written', () => {
  const scenario: Scenario = async (context) => (await rejection(context.step('count', async () => 5n))).name;
  it('fails the step', async () => {
    expect(await new DurableRun(scenario).result()).toBe('StepError');
  });
  it('official SDK: fails the invocation, and the next, and the next', async () => {
    const run = new OfficialRun(scenario);
    for (let count = 0; count < 3; count++)
      expect((await run.invoke()).thrown?.message).toContain('Serialization failed');
  });
});

describe('11.3 #30: the state can’t be read, and never will be', () => {
  const refused = { $metadata: { httpStatusCode: 400 }, name: 'ValidationException' };
  const faults = {
    read: () => {
      throw Object.assign(new Error('Malformed marker'), refused);
    },
  };
  const scenario: Scenario = async () => 1;

  it('ends the execution', async () => {
    const run = new DurableRun(scenario, { pageSize: 1 });
    run.service.put('1', { Type: 'STEP', SubType: 'Step', Status: 'SUCCEEDED' });
    run.service.faults = faults;
    const { output } = await run.invoke();
    expect(output).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorMessage: expect.stringContaining('Malformed marker') },
    });
  });

  it('official SDK: is tried again for ever', async () => {
    const runtime = runtimeFromNow();
    const service = new ExecutionService({ clock: runtime, pageSize: 1 });
    service.put('1', { Type: 'STEP', SubType: 'Step', Status: 'SUCCEEDED' });
    service.faults = faults;
    expect((await new OfficialRun(scenario, { service, runtime }).invoke()).thrown?.message).toContain(
      'Malformed marker',
    );
  });
});

describe('11.3 #31: credentials have expired', () => {
  const scenario: Scenario = (context) => context.step('charge', async () => 1);
  const expired = {
    before: (_request: CheckpointDurableExecutionRequest) => {
      throw Object.assign(new Error('The security token is expired'), {
        name: 'ExpiredTokenException',
        $metadata: { httpStatusCode: 403 },
      });
    },
  };
  it('the invocation is tried again', async () => {
    const run = new DurableRun(scenario);
    run.service.faults = expired;
    await expect(run.invoke()).rejects.toThrow('expired');
    run.service.faults = {};
    expect(await run.result()).toBe(1);
  });
  it('official SDK: the execution fails for good', async () => {
    const run = new OfficialRun(scenario);
    run.service.faults = expired;
    expect((await run.invoke()).output?.Status).toBe('FAILED');
  });
});

describe('11.3 #32: an error that is too large for an answer', () => {
  const scenario: Scenario = async () => {
    throw new Error('x'.repeat(7_000_000));
  };
  const size = (output: unknown): number => JSON.stringify(output).length;
  it('is cut, and says so', async () => {
    const { output } = await new DurableRun(scenario).invoke();
    expect(size(output)).toBeLessThan(6_000_000);
    expect(JSON.stringify(output)).toContain('[cut: 7000000 bytes in all]');
  });
  it('official SDK: is sent, and refused', async () => {
    expect(size((await new OfficialRun(scenario).invoke()).output)).toBeGreaterThan(6 * 1024 * 1024);
  });
});

describe('11.3 #35: an event that is empty text', () => {
  const scenario: Scenario = async () => 'ran';
  it('is an empty event', async () => {
    expect(await new DurableRun(scenario, { input: '' }).result()).toBe('ran');
  });
  it('official SDK: throws out of every invocation', async () => {
    expect((await new OfficialRun(scenario, { input: '' }).invoke()).thrown?.name).toBe('SyntaxError');
  });

  const reversed = (run: DurableRun | OfficialRun): void => {
    run.service.put('1', {
      Type: 'STEP',
      SubType: 'Step',
      Name: 'first',
      Status: 'SUCCEEDED',
      StepDetails: { Result: '1' },
    });
    const all = [...run.service.state.operations].reverse();
    run.service.state.operations.clear();
    for (const [id, record] of all) run.service.state.operations.set(id, record);
  };
  const first: Scenario = (context) => context.step('first', async () => 2);
  it('the execution’s own record is known by its type, wherever it stands', async () => {
    const run = new DurableRun(first);
    reversed(run);
    expect(await run.result()).toBe(1);
  });
});

describe('11.3 #36: a bad name, duration or delay', () => {
  const scenario: Scenario = async (context) => {
    const problems = [
      await rejection(context.step('x'.repeat(300), async () => 1)),
      await rejection(context.wait('long', { days: 400 })),
      await rejection(context.runInChildContext('child', async () => 1, { subType: 'not a sub type!' })),
    ];
    return problems.length;
  };
  it('rejects that call alone', async () => {
    const run = new DurableRun(scenario);
    expect(await run.result()).toBe(3);
    expect(run.service.updates).toEqual([]);
  });
  it('official SDK: ends the execution', async () => {
    expect((await new OfficialRun(scenario).invoke()).output?.Status).toBe('FAILED');
  });
});
