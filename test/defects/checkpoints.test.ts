import { describe, expect, it } from '@jest/globals';
import type { CheckpointDurableExecutionRequest, CheckpointDurableExecutionResponse } from '@middy-durable/protocol';
import { DurableRun } from '../support/durable-run.ts';
import type { ExecutionService } from '../support/execution-service.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

/** Makes requests with such an update fail. */
function refuse(service: ExecutionService, type: string, action: string): void {
  service.faults = {
    before: ({ Updates = [] }: CheckpointDurableExecutionRequest) => {
      if (!Updates.some(({ Type, Action }) => Type === type && Action === action)) return;
      throw Object.assign(new Error('Service unavailable'), { $metadata: { httpStatusCode: 503 } });
    },
  };
}

describe('11.1 #4: the checkpoint of a large result fails', () => {
  const scenario: Scenario = async () => 'x'.repeat(7_000_000);

  it('fails the invocation, which is tried again', async () => {
    const run = new DurableRun(scenario);
    refuse(run.service, 'EXECUTION', 'SUCCEED');
    await expect(run.invoke()).rejects.toThrow('Service unavailable');
  });

  it('official SDK: hangs', async () => {
    const run = new OfficialRun(scenario);
    refuse(run.service, 'EXECUTION', 'SUCCEED');
    expect(await run.tryInvoke()).toEqual({ hangs: true });
  });
});

describe('11.1 #5: the last checkpoint fails after the handler has returned', () => {
  const scenario: Scenario = (context) => context.runInChildContext('child', async () => 'done');

  it('fails the invocation', async () => {
    const run = new DurableRun(scenario);
    refuse(run.service, 'CONTEXT', 'SUCCEED');
    await expect(run.invoke()).rejects.toThrow('Service unavailable');
  });

  it('official SDK: says SUCCEEDED', async () => {
    const run = new OfficialRun(scenario);
    refuse(run.service, 'CONTEXT', 'SUCCEED');
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '"done"' });
  });
});

describe('11.1 #6: the process dies after a child context’s result was seen', () => {
  // Both engines hand out the result before it is durable; what is owed is that nothing durable overtakes it.
  it('nothing that follows is on record without that result', async () => {
    const scenario: Scenario = async (context) => {
      const made = await context.runInChildContext('child', async () => Math.random());
      const used = await context.step('use', async () => made, { semantics: 'AT_MOST_ONCE_PER_RETRY' });
      return made === used;
    };
    const clean = new DurableRun(scenario);
    expect(await clean.result()).toBe(true);
    const requests = clean.service.requests.length;
    expect(requests).toBeGreaterThan(1);
    for (let request = 1; request <= requests; request++) {
      for (const when of ['before', 'after'] as const) {
        const run = new DurableRun(scenario);
        await run.killAt(request, when);
        const output = await run.finish();
        // An interrupted attempt is used up: then the next one used the same.
        expect(output).toEqual({ Status: 'SUCCEEDED', Result: 'true' });
      }
    }
  });
});

describe('11.1 #10: what the answer to a checkpoint says besides', () => {
  /** The records of an answer come on a page of their own. */
  function paged(service: ExecutionService): void {
    service.faults = {
      after: (response: CheckpointDurableExecutionResponse) => ({
        ...response,
        NewExecutionState: { Operations: [], NextMarker: '0' },
      }),
    };
  }
  const scenario: Scenario = async (context) => {
    const { callbackId } = await context.createCallback('approval');
    return callbackId.length > 0;
  };

  it('further pages are read', async () => {
    const run = new DurableRun(scenario);
    paged(run.service);
    expect(await run.result()).toBe(true);
  });

  it('official SDK: loses them', async () => {
    const run = new OfficialRun(scenario);
    paged(run.service);
    expect((await run.invoke()).output).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorMessage: expect.stringContaining('No callback ID') },
    });
  });

  let ran = 0;
  const stopped: Scenario = async (context) => {
    ran = 0;
    await context.step('first', async () => 1);
    await context.step('second', async () => ran++);
  };
  /** The execution is stopped while a checkpoint is answered. */
  function stopAtOnce(service: ExecutionService): void {
    service.faults = {
      after: ({ CheckpointToken, ...rest }: CheckpointDurableExecutionResponse) => {
        service.stop();
        return rest;
      },
    };
  }

  it('no further token: the execution is over, and nothing more of it runs', async () => {
    const run = new DurableRun(stopped);
    stopAtOnce(run.service);
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    expect(ran).toBe(0);
  });

  it('official SDK: goes on', async () => {
    const run = new OfficialRun(stopped);
    stopAtOnce(run.service);
    await run.tryInvoke();
    expect(ran).toBe(1);
  });
});

describe('11.1 #11: a step is READY already in the answer to its RETRY', () => {
  const scenario: Scenario = async (context, { runtime }) => {
    const retried = context.step(
      'retried',
      async ({ attempt }) => {
        if (attempt === 1) throw new RangeError('not yet');
        return attempt;
      },
      { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
    );
    const [result] = await Promise.all([retried, context.step('long', () => runtime.sleep(150))]);
    return result;
  };
  function readyAtOnce(service: ExecutionService): void {
    service.faults = {
      after: (response: CheckpointDurableExecutionResponse) => {
        for (const { Id, Status, StepDetails } of response.NewExecutionState?.Operations ?? []) {
          if (Status !== 'PENDING') continue;
          const record = service.state.operations.get(Id);
          if (record)
            service.state.operations.set(Id, { ...record, Status: 'READY', StepDetails: StepDetails as never });
        }
        const Operations = (response.NewExecutionState?.Operations ?? []).map((operation) =>
          operation.Status === 'PENDING' ? { ...operation, Status: 'READY' } : operation,
        );
        return { ...response, NewExecutionState: { Operations } };
      },
    };
  }

  it('goes on at once', async () => {
    const run = new DurableRun(scenario);
    readyAtOnce(run.service);
    const { output, ms } = await run.invoke();
    expect(output).toEqual({ Status: 'SUCCEEDED', Result: '2' });
    expect(ms).toBe(150);
  });

  it('official SDK: does not see it, and suspends or hangs', async () => {
    const run = new OfficialRun(scenario);
    readyAtOnce(run.service);
    const { output } = await run.tryInvoke();
    expect(output?.Status).not.toBe('SUCCEEDED');
  });
});
