import * as officialSdk from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { createWaitStrategy, type WaitForConditionConfig } from '@middy-durable/core';
import type { CheckpointDurableExecutionRequest, CheckpointDurableExecutionResponse } from '@middy-durable/protocol';
import { DurableRun } from '../support/durable-run.ts';
import { rejection } from '../support/error-chain.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

const count = async (state: number): Promise<number> => state + 1;
const until =
  (limit: number): WaitForConditionConfig<number>['waitStrategy'] =>
  (state) =>
    state < limit ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false };

describe('11.2 #12: a later check of the same invocation fails', () => {
  const scenario: Scenario = async (context, { runtime }) => {
    const check = async (state: number) => {
      if (state === 2) throw new RangeError('broken');
      return state + 1;
    };
    const polled = context.waitForCondition('job', check, { initialState: 0, waitStrategy: until(9) });
    const [error] = await Promise.all([rejection(polled), context.step('long', () => runtime.sleep(5000))]);
    return error.message;
  };

  it('fails the condition once', async () => {
    const run = new DurableRun(scenario);
    expect(await run.result()).toBe('broken');
    expect(run.service.sent.flat().filter((update) => update === 'STEP:FAIL job')).toHaveLength(1);
  });

  it('official SDK: fails it once for each check, and that ends the execution', async () => {
    const quick: Scenario = (context, { service, runtime }) =>
      scenario(context, { service, runtime: { sleep: () => runtime.sleep(100) } });
    const run = new OfficialRun(quick);
    // Pauses between checks pass at once.
    run.service.faults = {
      before: ({ Updates = [] }: CheckpointDurableExecutionRequest) => {
        const due = run.service.nextDue();
        if (Updates.length === 0 && due !== undefined) run.clock.skipTo(due);
      },
      after: (response: CheckpointDurableExecutionResponse) => {
        for (const { StepDetails } of response.NewExecutionState?.Operations ?? []) {
          if (StepDetails?.NextAttemptTimestamp) StepDetails.NextAttemptTimestamp = new Date();
        }
        return response;
      },
    };
    const { output } = await run.invoke();
    expect(output?.Status).toBe('FAILED');
    expect(run.service.sent.flat().filter((update) => update === 'STEP:FAIL job').length).toBeGreaterThan(1);
  });
});

describe('11.2 #13: the errors of a condition', () => {
  const failing: Scenario = async (context) => {
    const check = async () => {
      throw new RangeError('no job');
    };
    const error = await rejection(context.waitForCondition('job', check, { initialState: 0, waitStrategy: until(1) }));
    return error.name;
  };
  it('a check that throws: a WaitForConditionError', async () => {
    expect(await new DurableRun(failing).result()).toBe('WaitForConditionError');
  });
  it('official SDK: a StepError', async () => {
    expect(await new OfficialRun(failing).result()).toBe('StepError');
  });

  const misused: Scenario = async (context) => {
    let polled: PromiseLike<unknown>;
    try {
      polled = context.waitForCondition('job', count, { waitStrategy: until(1) } as never);
    } catch {
      return 'thrown';
    }
    await rejection(polled);
    return 'rejected';
  };
  it('no state: the call rejects, like any other', async () => {
    expect(await new DurableRun(misused).result()).toBe('rejected');
  });
  it('official SDK: the call throws', async () => {
    expect(await new OfficialRun(misused).result()).toBe('thrown');
  });

  const other: Scenario = (context) =>
    context.waitForCondition('job', count, { initialState: 0, waitStrategy: until(1) });
  const record = {
    Type: 'STEP',
    SubType: 'Step',
    Name: 'other',
    Status: 'SUCCEEDED',
    StepDetails: { Result: '7' },
  } as const;
  it('another operation’s record: not deterministic', async () => {
    const run = new DurableRun(other);
    run.service.put('1', record);
    expect(await run.finish()).toMatchObject({ Error: { ErrorType: 'NonDeterministicExecutionError' } });
  });
  it('official SDK: another operation’s result', async () => {
    const run = new OfficialRun(other);
    run.service.put('1', record);
    expect(await run.result()).toBe(7);
  });
});

describe('11.2 #14: the time limit of createWaitStrategy', () => {
  const config = {
    shouldContinuePolling: () => true,
    initialDelay: { seconds: 40 },
    jitter: 'NONE',
    timeoutSeconds: 60,
    maxAttempts: 9,
  } as const;
  const scenario =
    (waitStrategy: WaitForConditionConfig<number>['waitStrategy']): Scenario =>
    async (context) =>
      (await rejection(context.waitForCondition(count, { initialState: 0, waitStrategy }))).message;

  it('ends polling', async () => {
    const run = new DurableRun(scenario(createWaitStrategy<number>(config)));
    const began = run.runtime.now();
    expect(await run.result()).toBe('waitForCondition exceeded its time limit (60 s)');
    expect(run.runtime.now() - began).toBe(60_000);
  });

  it('official SDK: is not read', async () => {
    const run = new OfficialRun(scenario(officialSdk.createWaitStrategy<number>(config as never) as never));
    const began = run.clock.now();
    expect(await run.result()).toBe('waitForCondition exceeded maximum attempts (9)');
    expect(run.clock.now() - began).toBeGreaterThan(60_000);
  });
});

describe('11.2 #15: an invoke without a name, with a text for input', () => {
  // What two texts mean on the wire stays: executions of the official SDK are under way with it.
  it('has a form of its own', async () => {
    const run = new DurableRun((context) => context.invoke(undefined, 'quotes', 'payload'));
    await run.invoke();
    expect(run.service.updates[0]).toMatchObject({
      Payload: '"payload"',
      ChainedInvokeOptions: { FunctionName: 'quotes' },
    });
    expect(run.service.updates[0]).not.toHaveProperty('Name');
  });

  it('official SDK: compiles in one form only, and that calls the function "payload"', async () => {
    const misread = (context: officialSdk.DurableContext) => context.invoke<string, string>('quotes', 'payload');
    const refused = (context: officialSdk.DurableContext) =>
      // @ts-expect-error no name, no text
      context.invoke<string, string>(undefined, 'quotes', 'payload');
    expect(refused).toBeInstanceOf(Function);
    const run = new OfficialRun((context) => misread(context as never));
    await run.invoke();
    expect(run.service.updates[0]).toMatchObject({ Name: 'quotes', ChainedInvokeOptions: { FunctionName: 'payload' } });
  });
});

describe('11.2 #16: an invoked function fails', () => {
  const scenario: Scenario = async (context) => {
    const { cause } = await rejection(context.invoke('quote', 'quotes', 1));
    return [(cause as Error).name, (cause as Error).stack];
  };
  const error = {
    ErrorType: 'QuotaError',
    ErrorMessage: 'too many',
    StackTrace: ['QuotaError: too many', '    at remote.js:1'],
  };

  it('its error’s type and stack are in the cause', async () => {
    const run = new DurableRun(scenario);
    await run.invoke();
    run.service.endInvoke('1', { error });
    expect(await run.result()).toEqual(['QuotaError', 'QuotaError: too many\n    at remote.js:1']);
  });

  it('official SDK: they are lost', async () => {
    const run = new OfficialRun(scenario);
    await run.invoke();
    run.service.endInvoke('1', { error });
    const [name, stack] = (await run.result()) as [string, string | undefined];
    expect(name).toBe('Error');
    expect(stack ?? '').not.toContain('remote.js');
  });

  const timed: Scenario = (context) =>
    context
      .invoke('quote', 'quotes', 1, { timeout: { seconds: 30 } } as never)
      .catch((caught) => (caught as Error).name);
  it('it may be given a time limit', async () => {
    expect(await new DurableRun(timed).result()).toBe('InvokeError');
  });
  it('official SDK: waits for ever', async () => {
    const run = new OfficialRun(timed);
    await run.invoke();
    expect(run.service.nextDue()).toBeUndefined();
  });
});
