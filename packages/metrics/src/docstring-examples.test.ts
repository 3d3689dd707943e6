import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { examplesIn, runExample } from '../../../test/support/docstring-examples.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { notedMetrics } from '../../../test/support/noted-metrics.ts';
import { replayAwareMetrics } from './index.ts';

interface Order {
  id: number;
}

/** The examples of the docstrings and of the README, as they stand there. */
describe('examples', () => {
  it('replayAwareMetrics', async () => {
    const noted = notedMetrics();
    class Noted {
      constructor(options: { namespace: string }) {
        expect(new Metrics(options)).toMatchObject({ namespace: 'shop' });
        // biome-ignore lint/correctness/noConstructorReturn: what the example makes, with a console of the test's.
        return noted.metrics;
      }
    }
    const code = examplesIn(new URL('middleware.ts', import.meta.url)).replayAwareMetrics;
    const run = DurableRun.of((durableExecutionClient) => {
      const names = {
        Metrics: Noted,
        middy,
        durableExecution: () => durableExecution({ durableExecutionClient }),
        replayAwareMetrics,
      };
      const made = runExample(code, names, ['handler', 'metrics']);
      return async (event, context) => {
        const { handler, metrics } = (await made) as unknown as { handler: middy.MiddyfiedHandler; metrics: Metrics };
        handler.handler((async (_event: unknown, durable: DurableContext) => {
          metrics.addMetric('begun', MetricUnit.Count, 1);
          await durable.wait({ seconds: 1 });
        }) as never);
        return (handler as unknown as (event: unknown, context: unknown) => Promise<unknown>)(event, context);
      };
    });
    await run.finish();
    expect(noted.totals()).toEqual({ begun: 1 });
  });

  it('the README', async () => {
    const { metrics, totals } = notedMetrics();
    const pay = async (_order: Order): Promise<void> => {};
    const run = DurableRun.of(
      (durableExecutionClient) =>
        middy(
          async (order: Order, context: DurableContext) => {
            metrics.addMetric('ordersReceived', MetricUnit.Count, 1);
            await context.step('pay', async () => {
              await pay(order);
              metrics.addMetric('ordersPaid', MetricUnit.Count, 1);
            });
            await context.wait('cool-down', { days: 1 });
            metrics.addMetric('ordersDone', MetricUnit.Count, 1);
          },
          { executionMode: durableExecution({ durableExecutionClient }) },
        ).use(replayAwareMetrics(metrics)) as never,
    );
    await run.finish();
    expect(totals()).toEqual({ ordersReceived: 1, ordersPaid: 1, ordersDone: 1 });
  });
});
