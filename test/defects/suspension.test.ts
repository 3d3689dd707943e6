import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

const HANGS = { hangs: true };
const PENDING = { Status: 'PENDING' };

describe('11.1 #1: a batch that ended early leaves a branch in a step, and then there is a wait', () => {
  const aborted: string[] = [];
  const scenario: Scenario = async (context) => {
    const stuck = (child: DurableContext) =>
      child.step('stuck', async ({ signal }) => {
        signal?.addEventListener('abort', () => aborted.push('stuck'));
        await new Promise(() => {});
        return 0;
      });
    const branches = [stuck, (child: DurableContext) => child.step('fast', async () => 1)];
    const batch = await context.parallel(branches, { completionConfig: { minSuccessful: 1 } });
    await context.wait({ seconds: 1 });
    return batch.getResults();
  };

  it('suspends, and the branch is told', async () => {
    const run = new DurableRun(scenario);
    expect((await run.invoke()).output).toEqual(PENDING);
    expect(aborted).toEqual(['stuck']);
    expect(await run.result()).toEqual([1]);
  });

  it('official SDK: hangs', async () => {
    aborted.length = 0;
    expect(await new OfficialRun(scenario).tryInvoke()).toEqual(HANGS);
    expect(aborted).toEqual([]);
  });
});

describe('11.1 #2: ordinary work beside a callback that nobody awaits yet', () => {
  let mailed = false;
  const scenario: Scenario = async (context, { runtime }) => {
    mailed = false;
    const [answer] = await context.createCallback('approval');
    await context.step('prepare', async () => {});
    await runtime.sleep(300);
    mailed = true;
    return answer;
  };

  it('is not cut', async () => {
    expect((await new DurableRun(scenario).invoke()).output).toEqual(PENDING);
    expect(mailed).toBe(true);
  });

  it('official SDK: cuts it', async () => {
    expect((await new OfficialRun(scenario).invoke()).output).toEqual(PENDING);
    expect(mailed).toBe(false);
  });
});

describe('11.1 #3: a retry strategy that throws', () => {
  const scenario: Scenario = async (context) => {
    const body = async () => {
      throw new RangeError('declined');
    };
    const retryStrategy = () => {
      throw new TypeError('no idea');
    };
    const error = (await context.step('charge', body, { retryStrategy }).catch((caught) => caught)) as Error;
    await context.wait({ seconds: 1 });
    return error.name;
  };

  it('fails the step', async () => {
    const run = new DurableRun(scenario);
    expect(await run.result()).toBe('StepError');
    expect(run.service.operation('1')?.Status).toBe('FAILED');
  });

  it('official SDK: hangs', async () => {
    const run = new OfficialRun(scenario);
    expect(await run.tryInvoke()).toEqual(HANGS);
    expect(run.service.operation('1')?.Status).toBe('STARTED');
  });
});

describe('11.1 #7: code that a suspension leaves behind', () => {
  const signals: (AbortSignal | undefined)[] = [];
  const scenario: Scenario = async (context) => {
    signals.push(context.signal);
    await context.wait({ hours: 1 });
  };

  it('hears of it', async () => {
    await new DurableRun(scenario).invoke();
    expect(signals.pop()?.aborted).toBe(true);
  });

  it('official SDK: has no way to', async () => {
    await new OfficialRun(scenario).invoke();
    expect(signals.pop()).toBeUndefined();
  });
});

describe('11.1 #8: a step that nobody awaits ends after the handler has returned', () => {
  let settled: Promise<unknown> = Promise.resolve();
  const scenario: Scenario = async (context, { runtime }) => {
    void context.step('late', () => {
      settled = runtime.sleep(60);
      return settled;
    });
    // Long enough for its START to leave.
    await runtime.sleep(30);
    return 'done';
  };

  it('sends nothing', async () => {
    const run = new DurableRun(scenario);
    await run.invoke();
    const before = run.service.requests.length;
    await run.runtime.pass(10_000);
    expect(run.service.requests).toHaveLength(before);
  });

  it('official SDK: sends a checkpoint with a stale token', async () => {
    const run = new OfficialRun(scenario);
    await run.invoke();
    const before = run.service.requests.length;
    await settled;
    await run.runtime.sleep(20);
    expect(run.service.requests.length).toBeGreaterThan(before);
  });
});
