import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { beforeEach, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { onSuspend } from '@middy-durable/core/middleware';
import { DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import { type NotedMetrics, notedMetrics } from '../../../test/support/noted-metrics.ts';
import { VirtualRuntime } from '../../../test/support/virtual-runtime.ts';
import { replayAwareMetrics } from './index.ts';

process.env.AWS_LAMBDA_INITIALIZATION_TYPE = 'on-demand';
const SECOND = { seconds: 1 };
let noted: NotedMetrics;
let metrics: Metrics;
beforeEach(() => {
  noted = notedMetrics();
  metrics = noted.metrics;
  replayAwareMetrics(metrics);
});
const count = (name: string, value = 1) => metrics.addMetric(name, MetricUnit.Count, value);

async function published(handler: RunHandler): Promise<unknown[]> {
  const run = new DurableRun(handler, { captureLogs: false });
  await run.finish();
  return noted.published;
}

/** A run of a middy handler. */
function middyRun(
  handler: (context: DurableContext) => Promise<unknown>,
  ...middlewares: middy.MiddlewareObj[]
): DurableRun {
  return DurableRun.of((durableExecutionClient) => {
    const durable = middy(async (_event: unknown, context: DurableContext) => handler(context), {
      executionMode: durableExecution({ durableExecutionClient }),
    });
    for (const middleware of middlewares) durable.use(middleware as never);
    return durable as never;
  });
}

describe('outside of executions', () => {
  it('everything is as before', () => {
    const plain = notedMetrics();
    for (const { metrics, published } of [plain, noted]) {
      metrics.addDimension('tenant', 'a');
      metrics.addDimensions({ region: 'b' });
      metrics.addMetadata('order', '7');
      metrics.setTimestamp(Date.now());
      metrics.addMetric('m', MetricUnit.Count, 1).addMetric('m', MetricUnit.Count, 2);
      expect(metrics.hasStoredMetrics()).toBe(true);
      expect(metrics.serializeMetrics()).toMatchObject({ m: [1, 2] });
      metrics.publishStoredMetrics();
      metrics.addMetric('dropped', MetricUnit.Count, 1);
      metrics.clearMetrics();
      metrics.addDimension('gone', 'c');
      metrics.clearDimensions();
      metrics.addMetadata('gone', 'c');
      metrics.clearMetadata();
      metrics.addMetric('n', MetricUnit.Count, 3).publishStoredMetrics();
      expect(published).toEqual([{ tenant: 'a', region: 'b', order: '7', m: [1, 2] }, { n: 3 }]);
    }
    metrics.singleMetric().addMetric('single', MetricUnit.Count, 1);
    expect(noted.published.at(-1)).toEqual({ single: 1 });
  });

  it('what is stored there stays out of executions, and the other way round', async () => {
    count('outside');
    metrics.addDimension('where', 'outside');
    await published(async (context) => {
      metrics.addDimension('where', 'inside');
      await context.step(async () => 1);
      count('inside');
    });
    metrics.publishStoredMetrics();
    expect(noted.published).toEqual([
      { where: 'inside', inside: 1 },
      { where: 'outside', outside: 1 },
    ]);
  });
});

describe('what describes metrics', () => {
  it('holds for its invocation, also where it was set on replay', async () => {
    const documents = await published(async (context) => {
      metrics.addDimension('tenant', 'a');
      metrics.addMetadata('order', '7');
      metrics.setTimestamp(Date.now());
      await context.step('one', async () => count('one') && 1);
      await context.step('two', async () => count('two') && 1);
      await context.wait(SECOND);
      count('three');
    });
    const all = { tenant: 'a', order: '7' };
    expect(documents).toEqual([
      { ...all, one: 1 },
      { ...all, two: 1 },
      { ...all, three: 1 },
    ]);
  });

  it('ends with publishStoredMetrics, and metrics that do not count yet keep theirs', async () => {
    const documents = await published(async (context) => {
      metrics.addDimension('tenant', 'a');
      count('first');
      metrics.publishStoredMetrics();
      expect(metrics.hasStoredMetrics()).toBe(false);
      metrics.addDimensions({ tenant: 'b' });
      count('second');
      expect(metrics.hasStoredMetrics()).toBe(true);
      expect(metrics.serializeMetrics()).toMatchObject({ tenant: 'b' });
      await context.wait(SECOND);
    });
    expect(documents).toEqual([
      { tenant: 'a', first: 1 },
      { tenant: 'b', second: 1 },
    ]);
  });

  it('is cleared like the metrics themselves', async () => {
    const documents = await published(async (context) => {
      metrics.addDimension('tenant', 'a').addMetadata('order', '7').setTimestamp(Date.now());
      count('dropped');
      metrics.clearMetrics();
      metrics.clearDimensions();
      metrics.clearMetadata();
      count('kept');
      await context.step(async () => 1);
    });
    expect(documents).toEqual([{ kept: 1 }]);
  });

  it('is the default of the process too', async () => {
    metrics.setDefaultDimensions({ stage: 'test' });
    expect(await published(async () => count('m') && 1)).toEqual([{ stage: 'test', m: 1 }]);
  });
});

describe('metrics of one moment', () => {
  it('are one document, whatever their number, and units of one name are kept apart', async () => {
    const documents = await published(async (context) => {
      for (let value = 1; value <= 3; value++) count('m', value);
      metrics.addMetric('m', MetricUnit.Seconds, 4);
      await context.step(async () => 1);
    });
    expect(documents).toEqual([{ m: [1, 2, 3] }, { m: 4 }]);
    noted.published.length = 0;
    await published(async (context) => {
      for (let number = 0; number < 150; number++) count(`m${number}`);
      await context.step(async () => 1);
    });
    expect(noted.published.map((document) => Object.keys(document).length)).toEqual([100, 50]);
  });

  it('that can not be right are refused at the call, live and on replay alike', async () => {
    const seen: string[] = [];
    await published(async (context) => {
      try {
        metrics.addMetric('bad', 'Bananas' as never, 1);
      } catch (error) {
        seen.push((error as Error).message.slice(0, 29));
      }
      await context.wait(SECOND);
    });
    expect(seen).toEqual(["Invalid metric unit 'Bananas'", "Invalid metric unit 'Bananas'"]);
    expect(noted.published).toEqual([]);
  });

  it('that can not be published are a warning of the execution, and the others count', async () => {
    const run = new DurableRun(async (context) => {
      metrics.addDimension('m', 'not a number');
      count('m');
      metrics.publishStoredMetrics();
      count('n');
      await context.step(async () => 1);
    });
    await run.finish();
    expect(run.warnings.join()).toMatch(/observer of the invocation failed: EMF key collision on "m"/);
    expect(noted.totals()).toEqual({ n: 1 });
  });
});

describe('singleMetric', () => {
  it('counts once, with what described it at the call', async () => {
    const documents = await published(async (context) => {
      const single = metrics.singleMetric();
      single.addDimension('tenant', 'a').addMetric('single', MetricUnit.Count, 1);
      await context.wait(SECOND);
      single.addMetric('later', MetricUnit.Count, 1);
    });
    expect(documents).toEqual([{ tenant: 'a', single: 1 }, { later: 1 }]);
  });
});

describe('executions side by side in one process', () => {
  it('keep what is theirs', async () => {
    const runtime = new VirtualRuntime();
    const runs = ['a', 'b'].map(
      (tenant, index) =>
        new DurableRun(
          async (context) => {
            metrics.addDimension('tenant', tenant);
            await runtime.sleep(10 * (index + 1));
            count('loaded');
            await context.step(async () => {
              await runtime.sleep(30);
              count('stepped');
            });
            await context.wait(SECOND);
            count('ended');
          },
          { runtime },
        ),
    );
    await Promise.all(runs.map((run) => run.invoke()));
    runtime.skipTo(runtime.now() + 1000);
    await Promise.all(runs.map((run) => run.invoke()));
    for (const tenant of ['a', 'b']) {
      const own = noted.published.filter((document) => document.tenant === tenant);
      expect(own).toEqual([
        { tenant, loaded: 1 },
        { tenant, stepped: 1 },
        { tenant, ended: 1 },
      ]);
    }
    expect(noted.published).toHaveLength(6);
  });

  it('get nothing of what code does that was left behind', async () => {
    let wake = (): void => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await published(async () => {
      void woken.then(() => count('late'));
      count('m');
    });
    wake();
    await published(async (context) => context.step(async () => count('next') && 1));
    metrics.publishStoredMetrics();
    expect(noted.published).toEqual([{ m: 1 }, { next: 1 }]);
  });
});

describe('as a middleware', () => {
  const work = async (context: DurableContext): Promise<string> => {
    count('begun');
    await context.wait(SECOND);
    count('ended');
    return 'done';
  };

  it('publishes, and captures the cold start of each process', async () => {
    const options = { captureColdStartMetric: true, defaultDimensions: { stage: 'test' } };
    await middyRun(work, replayAwareMetrics(metrics, options)).finish();
    expect(noted.published).toEqual([
      { stage: 'test', function_name: 'orders', ColdStart: 1 },
      { stage: 'test', begun: 1 },
      { stage: 'test', ended: 1 },
    ]);
  });

  it('fits the handlers of middy that it is for', async () => {
    const run = DurableRun.of((durableExecutionClient) =>
      middy(async (_event: unknown, context: DurableContext) => work(context), {
        executionMode: durableExecution({ durableExecutionClient }),
      })
        .use(replayAwareMetrics(metrics))
        .use(onSuspend(() => count('suspended'))),
    );
    await run.finish();
    expect(noted.totals()).toEqual({ begun: 1, suspended: 1, ended: 1 });
  });

  it('lets Powertools own middleware do the same', async () => {
    await middyRun(work, logMetrics(metrics)).finish();
    expect(noted.totals()).toEqual({ begun: 1, ended: 1 });
  });

  it('counts what middlewares add at a suspension, and in after and onError', async () => {
    const middlewares = [
      replayAwareMetrics(metrics),
      onSuspend(() => count('suspended')) as middy.MiddlewareObj,
      { before: () => void count('before'), after: () => void count('after') },
    ];
    await middyRun(work, ...middlewares).finish();
    expect(noted.totals()).toEqual({ before: 1, begun: 1, suspended: 1, ended: 1, after: 1 });
    const failing = async (): Promise<never> => Promise.reject(new Error('no'));
    await middyRun(failing, replayAwareMetrics(metrics), { onError: () => void count('onError') }).finish();
    expect(noted.totals()).toMatchObject({ onError: 1 });
  });

  it('refuses that nothing was added where something has to be: in the whole of what an invocation runs', async () => {
    const throwing = replayAwareMetrics(metrics, { throwOnEmptyMetrics: true });
    expect(await middyRun(work, throwing).finish()).toMatchObject({ Status: 'SUCCEEDED' });
    const onlyBefore = async (context: DurableContext): Promise<void> => {
      count('begun');
      await context.wait(SECOND);
    };
    expect(await middyRun(onlyBefore, throwing).finish()).toMatchObject({ Status: 'SUCCEEDED' });
    const nothing = (context: DurableContext): Promise<void> => context.wait(SECOND) as never;
    expect(await middyRun(nothing, throwing).finish()).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorMessage: 'The number of metrics recorded must be higher than zero' },
    });
  });

  it('works in handlers that are not durable', async () => {
    const handler = middy(async () => count('plain') && 1).use(replayAwareMetrics(metrics));
    await handler({}, { functionName: 'orders' } as never);
    const failing = middy(async () => {
      count('failed');
      throw new Error('no');
    }).use(replayAwareMetrics(metrics));
    await expect(failing({}, {} as never)).rejects.toThrow('no');
    expect(noted.published).toEqual([{ plain: 1 }, { failed: 1 }]);
  });
});

describe('what can be made replay-aware', () => {
  it('is checked at the start', () => {
    const refusals: [unknown, RegExp][] = [
      [undefined, /no Metrics of Powertools \(undefined\): pass new Metrics/],
      [{}, /no Metrics of Powertools \(an object\)/],
      [[], /the array is empty/],
      [[{}], /no Metrics of Powertools/],
    ];
    for (const [target, message] of refusals) expect(() => replayAwareMetrics(target as never)).toThrow(message);
    const old = Object.assign(new Metrics({ namespace: 'shop' }), { hasStoredMetrics: undefined });
    expect(() => replayAwareMetrics(old as never)).toThrow(/version or subclass .* it has no hasStoredMetrics\. Use/);
    class Own extends Metrics {
      readonly #seen: string[] = [];
      override addMetric(...args: Parameters<Metrics['addMetric']>): this {
        this.#seen.push(args[0]);
        return super.addMetric(...args);
      }
    }
    expect(() => replayAwareMetrics(new Own({ namespace: 'shop' }))).toThrow(/a copy of it does not work: .*private/);
    expect(() => replayAwareMetrics(metrics, { throwOnEmptyMetrics: 1 as never })).toThrow(
      'replayAwareMetrics: option throwOnEmptyMetrics must be a boolean; got 1',
    );
  });

  it('may be made so twice, be several, or of a subclass', async () => {
    class Prefixed extends Metrics {
      override addMetric(...[name, ...rest]: Parameters<Metrics['addMetric']>): this {
        return super.addMetric(`shop.${name}`, ...rest);
      }
    }
    const own = new Prefixed({ namespace: 'shop' });
    const lines: string[] = [];
    Object.assign(own, { console: { log: (line: string) => lines.push(line) } });
    replayAwareMetrics([metrics, own]);
    replayAwareMetrics(own);
    await published(async (context) => {
      count('m');
      own.addMetric('m', MetricUnit.Count, 1);
      await context.wait(SECOND);
    });
    expect(noted.published).toEqual([{ m: 1 }]);
    expect(lines.map((line) => JSON.parse(line)['shop.m'])).toEqual([1]);
  });

  it('prints nothing where it is disabled', async () => {
    Object.assign(metrics, { disabled: true });
    expect(await published(async (context) => context.step(async () => count('m') && 1))).toEqual([]);
  });
});
