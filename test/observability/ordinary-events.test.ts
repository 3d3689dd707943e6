import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { describe, expect, it, jest } from '@jest/globals';
import { memoryBackend } from '@middy-durable/backend';
import { type DurableContext, perRecord, withDurableExecution } from '@middy-durable/core';
import { replayAwareLogger } from '@middy-durable/logger';
import { replayAwareMetrics } from '@middy-durable/metrics';
import { type OrdinaryEventOptions, RUNTIME_KEY } from '@middy-durable/protocol';
import { replayAwareTracer, tracedHandler } from '@middy-durable/tracer';
import { capturedLines } from '../support/captured-lines.ts';
import { notedMetrics } from '../support/noted-metrics.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';
import { fakeXRay } from '../support/x-ray.ts';

interface Batch {
  Records: { messageId: string }[];
}
type Handler = (event: object, context: object) => Promise<unknown>;

const lines = capturedLines();

/** A queue's function: each delivery is an invocation by an event of its own. */
function queue(options: OrdinaryEventOptions, each: boolean) {
  const clock = new VirtualRuntime();
  const backend = memoryBackend({ clock });
  const logger = new Logger({ serviceName: 'orders' });
  const noted = notedMetrics();
  const xray = fakeXRay();
  replayAwareLogger(logger);
  replayAwareMetrics(noted.metrics);
  replayAwareTracer(xray.tracer);
  let failures = 1;
  const work = tracedHandler(xray.tracer, async ({ Records: [one] }: Batch, context: DurableContext) => {
    const id = one?.messageId;
    logger.appendKeys({ id });
    logger.info('begun');
    noted.metrics.addMetric('begun', MetricUnit.Count, 1);
    await context.step('pay', async () => {
      logger.info('paying');
      noted.metrics.addMetric('paid', MetricUnit.Count, 1);
    });
    if (id === 'two' && failures-- > 0) throw new Error('not yet');
    if (options.mode === 'observe') await context.wait({ seconds: 90 });
    logger.info('done');
    noted.metrics.addMetric('done', MetricUnit.Count, 1);
  });
  const durable = withDurableExecution(work, { backend, ...options }) as unknown as Handler;
  const handler = each ? (perRecord(durable as never) as unknown as Handler) : durable;
  let deliveries = 0;
  const deliver = (ids: string[]): Promise<unknown> => {
    deliveries += 1;
    const Records = ids.map((messageId) => ({ messageId, body: messageId, eventSource: 'aws:sqs', attributes: {} }));
    const context = { functionName: 'orders', awsRequestId: `request-${deliveries}` };
    return clock.until(xray.invocation(() => handler({ Records, [RUNTIME_KEY]: clock }, context)));
  };
  return { deliver, noted, xray };
}

describe('events of a function that exists', () => {
  it('observed: everything as in a plain function, and where it is in an execution', async () => {
    const { deliver, noted, xray } = queue({ mode: 'observe' }, false);
    await deliver(['one']);
    expect(lines.messages()).toEqual(['begun', 'paying', 'done']);
    expect(lines.all()[1]).toMatchObject({ operation_name: 'pay', id: 'one' });
    expect(noted.totals()).toEqual({ begun: 1, paid: 1, done: 1 });
    expect(xray.names()).toEqual(['## index.handler > ### pay', 'facade > ## index.handler']);
  });

  it('each message an execution: no line, metric or key of one is in another, and a redelivery repeats none', async () => {
    const { deliver, noted, xray } = queue({}, true);
    const told = jest.spyOn(console, 'error').mockImplementation(() => {}); // Of the failure.
    expect(await deliver(['one', 'two'])).toEqual({ batchItemFailures: [{ itemIdentifier: 'two' }] });
    expect(told).toHaveBeenCalledTimes(1);
    await deliver(['two']);
    const printed = lines.all().filter(({ execution_arn }) => execution_arn);
    const of = (id: string) => printed.filter((line) => line.id === id).map(({ message }) => message);
    expect(of('one')).toEqual(['begun', 'paying', 'done']);
    // The redelivery is a new run that begins with the steps of the one that failed.
    expect(of('two')).toEqual(['begun', 'paying', 'done']);
    expect(noted.totals()).toEqual({ begun: 2, paid: 2, done: 2 });
    expect(xray.names().filter((name) => name.endsWith('### pay'))).toHaveLength(2);
    expect(xray.sent.filter(({ open }) => open)).toEqual([]);
  });
});
