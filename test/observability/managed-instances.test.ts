import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { replayAwareLogger } from '@middy-durable/logger';
import { replayAwareMetrics } from '@middy-durable/metrics';
import { replayAwareTracer } from '@middy-durable/tracer';
import { capturedLines } from '../support/captured-lines.ts';
import { DurableRun } from '../support/durable-run.ts';
import { notedMetrics } from '../support/noted-metrics.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';
import { fakeXRay } from '../support/x-ray.ts';

/** Where Lambda runs several invocations at once in one process: Powertools keeps its state in the store of the runtime. */
interface InvokeStore {
  run<T>(context: object, call: () => T): T;
}

const lines = capturedLines();
let store: InvokeStore;
beforeAll(async () => {
  process.env.AWS_LAMBDA_MAX_CONCURRENCY = '2';
  const { InvokeStore } = await import('@aws/lambda-invoke-store');
  store = (await InvokeStore.getInstanceAsync(true)) as unknown as InvokeStore;
});
afterAll(() => {
  delete process.env.AWS_LAMBDA_MAX_CONCURRENCY;
});

describe('several invocations at once in one process', () => {
  it('keep lines, metrics and traces apart, each once', async () => {
    // As modules do, where there is no invocation yet.
    const logger = new Logger({ serviceName: 'orders' });
    // Powertools 2.35 makes no Metrics there.
    const { metrics, published } = store.run({}, () => notedMetrics());
    const { invocation, names, tracer } = fakeXRay();
    const middlewares = [
      replayAwareLogger(logger),
      injectLambdaContext(logger, { resetKeys: true }),
      store.run({}, () => replayAwareMetrics(metrics)),
      replayAwareTracer(tracer),
    ];
    const runtime = new VirtualRuntime();
    const runs = ['a', 'b'].map((tenant) =>
      DurableRun.of(
        (durableExecutionClient) => {
          const durable = middy(
            async (_event: unknown, context: DurableContext) => {
              logger.appendKeys({ tenant });
              metrics.addDimension('tenant', tenant);
              metrics.setTimestamp(new Date());
              metrics.addMetric('begun', MetricUnit.Count, 1);
              logger.info(`begun ${tenant}`);
              await context.step(`pay ${tenant}`, async () => {
                await runtime.sleep(10);
                metrics.addMetric('paid', MetricUnit.Count, 1);
                logger.info(`paid ${tenant}`);
              });
              await context.wait({ seconds: 1 });
              logger.info(`done ${tenant}`);
              metrics.addMetric('done', MetricUnit.Count, 1);
            },
            { executionMode: durableExecution({ durableExecutionClient }) },
          );
          for (const middleware of middlewares) durable.use(middleware as never);
          return ((event: unknown, context: unknown) =>
            store.run({}, () => invocation(() => (durable as never as Handler)(event, context)))) as never;
        },
        { runtime },
      ),
    );
    await Promise.all(runs.map((run) => run.invoke()));
    runtime.skipTo(Math.max(...runs.map(({ service }) => service.nextDue() ?? 0)));
    await Promise.all(runs.map((run) => run.invoke()));
    const printed = lines.all().map(({ message, tenant }) => [message, tenant]);
    const each = (tenant: string) => ['begun', 'paid', 'done'].map((what) => [`${what} ${tenant}`, tenant]);
    expect(printed.sort()).toEqual([...each('a'), ...each('b')].sort());
    const counted = published.flatMap(({ tenant, begun, paid, done }) => [
      ...(begun ? [`begun ${tenant}`] : []),
      ...(paid ? [`paid ${tenant}`] : []),
      ...(done ? [`done ${tenant}`] : []),
    ]);
    expect(counted.sort()).toEqual(['begun a', 'begun b', 'done a', 'done b', 'paid a', 'paid b']);
    expect(names().sort()).toEqual(
      [
        ...['a', 'b'].map((tenant) => `## index.handler > ### pay ${tenant}`),
        ...Array(4).fill('facade > ## index.handler'),
      ].sort(),
    );
  });
});

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
