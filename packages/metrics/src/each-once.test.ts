import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DurableContext, durableStep } from '@middy-durable/core';
import { type Answer, DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import { type NotedMetrics, notedMetrics } from '../../../test/support/noted-metrics.ts';
import { replayAwareMetrics } from './index.ts';

const SECOND = { seconds: 1 };
let noted: NotedMetrics;
beforeEach(() => {
  noted = notedMetrics();
  replayAwareMetrics(noted.metrics);
});
const count = (name: string, value = 1) => noted.metrics.addMetric(name, MetricUnit.Count, value);

/** Around steps, waits, branches, a child, a retried step, and at the end. */
const WORKFLOW: RunHandler = async (context) => {
  count('begun');
  await context.step('reserve', async () => count('reserved') && 1);
  count('afterReserve');
  await context.wait(SECOND);
  count('afterWait');
  await context.parallel(
    [1, 2].map((branch) => async (child: DurableContext) => {
      count(`branch${branch}`);
      await child.step(async () => count(`inBranch${branch}`) && 1);
      count(`midBranch${branch}`);
      await child.wait({ seconds: branch });
      count(`endOfBranch${branch}`);
    }),
  );
  await context.runInChildContext(async () => {
    count('childOnly');
  });
  await context.step(
    'flaky',
    async ({ attempt }) => {
      count(`attempt${attempt}`);
      if (attempt === 1) throw new Error('once');
    },
    { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
  );
  const wait = context.wait('open', SECOND);
  count('waitMade');
  await wait;
  await context.wait('last', SECOND);
  count('ended');
};
const EACH_ONCE = Object.fromEntries(
  [
    'begun,reserved,afterReserve,afterWait,branch1,branch2,inBranch1,inBranch2,midBranch1,midBranch2',
    'endOfBranch1,endOfBranch2,childOnly,attempt1,attempt2,waitMade,ended',
  ]
    .flatMap((names) => names.split(','))
    .map((name) => [name, 1]),
);

describe('each metric counts once', () => {
  it('over suspensions', async () => {
    const run = new DurableRun(WORKFLOW);
    await run.finish();
    expect(run.service.state.invocationCount).toBeGreaterThan(4);
    expect(noted.totals()).toEqual(EACH_ONCE);
  });

  it.each(['before', 'after'] as const)(
    'where the process dies %s a checkpoint, or its answer is lost',
    async (when) => {
      let deaths = 0;
      for (let seed = 0; seed < 12; seed++) {
        const at = 1 + Math.floor(seed / 3);
        noted = notedMetrics();
        replayAwareMetrics(noted.metrics);
        const run = new DurableRun(WORKFLOW);
        let answered: Answer | undefined;
        let lostAnswers = 0;
        for (let invocation = 1; answered?.output.Status !== 'SUCCEEDED'; invocation++) {
          const due = run.service.nextDue();
          if (answered && due) run.runtime.skipTo(due);
          answered = undefined;
          // Two of three invocations die at their `at`-th checkpoint, if they come to it.
          if ((invocation + seed) % 3 === 0) answered = await run.invoke();
          else if (await run.dies(at, when)) deaths++;
          else lostAnswers++;
        }
        const { ended = 0, ...totals } = noted.totals();
        const { ended: _once, ...others } = EACH_ONCE;
        // After the last operation: again where the answer was lost.
        expect(ended).toBeGreaterThanOrEqual(1);
        expect(ended).toBeLessThanOrEqual(1 + lostAnswers);
        if (when === 'before') expect(totals).toEqual(others);
        // What this checkpoint made count is lost with its answer; nothing counts twice.
        else expect(others).toMatchObject(totals);
      }
      expect(deaths).toBeGreaterThan(10);
    },
  );

  it('where the process dies in a body, and in plain work', async () => {
    const run = new DurableRun(async (context, { runtime, service }) => {
      count('begun');
      await context.step('long', async () => {
        count('inStep');
        if (service.state.invocationCount === 1) await runtime.sleep(60_000);
      });
      count('stepped');
      if (service.state.invocationCount === 2) await runtime.sleep(60_000);
      await context.wait(SECOND);
      count('ended');
    });
    await run.killAfter(1000);
    // The start of the step is on record: the one before it counts, the one in it does not.
    expect(noted.totals()).toEqual({ begun: 1 });
    await run.killAfter(1000);
    expect(noted.totals()).toEqual({ begun: 1, inStep: 1 });
    await run.finish();
    expect(noted.totals()).toEqual({ begun: 1, inStep: 1, stepped: 1, ended: 1 });
  });

  it('while an operation is under way: with what is called next, wherever processes die until then', async () => {
    const run = new DurableRun(async (context, { runtime, service }) => {
      const [approved] = await context.createCallback('approval', { timeout: { seconds: 10 } });
      await context.wait(SECOND);
      // The first invocation that learns of the wait's end dies before it comes here, the next one behind it.
      if (service.state.invocationCount === 2) await runtime.sleep(60_000);
      count('waited');
      noted.metrics.singleMetric().addMetric('single', MetricUnit.Count, 1);
      if (service.state.invocationCount === 3) await runtime.sleep(60_000);
      await approved.catch(() => count('timedOut'));
      await context.step(async () => 1);
    });
    await run.invoke();
    run.runtime.skipTo(run.service.nextDue() as number);
    for (let died = 0; died < 2; died++) {
      await run.killAfter(1000);
      expect(noted.totals()).toEqual({});
    }
    await run.finish();
    expect(noted.totals()).toEqual({ waited: 1, single: 1, timedOut: 1 });
  });

  it('also between making a callback and its result', async () => {
    const run = new DurableRun(async (context, { service }) => {
      const [result, id] = await context.createCallback('approval', { timeout: SECOND });
      count('asked');
      await result.catch(() => count('timedOut'));
      return [id, service.state.invocationCount];
    });
    await run.finish();
    expect(noted.totals()).toEqual({ asked: 1, timedOut: 1 });
  });

  it('around ambient calls too, in whichever order they come', async () => {
    const pay = durableStep(async (item: number) => count(`paid${item}`) && item, { name: 'pay' });
    for (const [at, when] of [1, 2, 3, 4].flatMap((at) =>
      (['before', 'after'] as const).map((when) => [at, when] as const),
    )) {
      noted = notedMetrics();
      replayAwareMetrics(noted.metrics);
      const run = new DurableRun(async (context, { runtime }) => {
        await Promise.all(
          [1, 2].map(async (item) => {
            count(`begun${item}`);
            await runtime.sleep(10 * (3 - item));
            count(`looked${item}`);
            await pay(item);
            count(`after${item}`);
          }),
        );
        await context.wait(SECOND);
        count('waited');
        await pay(3);
      });
      await run.dies(at, when);
      await run.finish();
      const names = ['begun1', 'begun2', 'looked1', 'looked2', 'paid1', 'paid2', 'after1', 'after2', 'waited', 'paid3'];
      const totals = noted.totals();
      for (const name of names)
        expect([at, when, name, (totals[name] ?? 0) + (when === 'after' && !totals[name] ? 1 : 0)]).toEqual([
          at,
          when,
          name,
          1,
        ]);
    }
  });

  it('in plain work that a suspension cuts off: not then, but when it really ends', async () => {
    const run = new DurableRun(async (context, { runtime, service }) => {
      const branch = context.runInChildContext('plain', async () => {
        count('plain');
        await runtime.sleep(service.state.invocationCount === 1 ? 3_600_000 : 1);
      });
      await context.wait({ minutes: 1 });
      await branch;
    });
    await run.invoke();
    expect(noted.totals()).toEqual({});
    await run.finish();
    expect(noted.totals()).toEqual({ plain: 1 });
  });

  it('of items that an early completion leaves behind', async () => {
    const run = new DurableRun(async (context) => {
      await context.map(
        [1, 2],
        async (child, item) => {
          count(`item${item}`);
          await child.wait({ seconds: item });
          count(`done${item}`);
        },
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.wait(SECOND);
    });
    await run.finish();
    expect(noted.totals()).toEqual({ item1: 1, item2: 1, done1: 1 });
  });

  it('in virtual contexts, with and without operations', async () => {
    const run = new DurableRun(async (context) => {
      for (const name of ['with', 'without']) {
        await context.runInChildContext(
          async (child) => {
            count(name);
            if (name === 'with') await child.step(async () => 1);
          },
          { virtualContext: true },
        );
      }
      await context.wait(SECOND);
      await context.wait(SECOND);
    });
    await run.finish();
    expect(noted.totals()).toEqual({ with: 1, without: 1 });
  });

  it('of a context whose large result is built again', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async (child) => {
        count('large');
        await child.step(async () => 1);
        return 'x'.repeat(300_000);
      });
      await context.wait(SECOND);
    });
    await run.finish();
    expect(noted.totals()).toEqual({ large: 1 });
  });

  it('of a handler that fails', async () => {
    const run = new DurableRun(async (context) => {
      await context.wait(SECOND);
      count('failing');
      throw new Error('no');
    });
    expect(await run.finish()).toMatchObject({ Status: 'FAILED' });
    expect(noted.totals()).toEqual({ failing: 1 });
  });

  it('where a checkpoint fails for good, and where it is tried again', async () => {
    const failing = (error: object): DurableRun => {
      const run = new DurableRun(async (context) => {
        count('before');
        await context.step(async () => 1);
      });
      run.service.faults = { before: () => Promise.reject(Object.assign(new Error('refused'), error)) };
      return run;
    };
    const throttled = failing({ name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } });
    await expect(throttled.invoke()).rejects.toThrow();
    expect(noted.totals()).toEqual({});
    throttled.service.faults = {};
    await throttled.finish();
    expect(noted.totals()).toEqual({ before: 1 });
  });
});
