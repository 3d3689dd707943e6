import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution, withDurableExecution } from '@middy-durable/core';
import { examplesIn, runExample } from '../../../test/support/docstring-examples.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { fakeXRay } from '../../../test/support/x-ray.ts';
import { replayAwareTracer, tracedHandler } from './index.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const examples = examplesIn(new URL('middleware.ts', import.meta.url));

/** The examples of the docstrings and of the README, as they stand there. */
describe('examples', () => {
  it('replayAwareTracer, also that of the README', async () => {
    const { invocation, names, tracer } = fakeXRay();
    const code = examples.replayAwareTracer?.replace('new Tracer', 'newTracer');
    const run = DurableRun.of(
      (durableExecutionClient) => {
        const made = runExample(
          code,
          {
            newTracer: () => tracer,
            middy,
            durableExecution: () => durableExecution({ durableExecutionClient }),
            replayAwareTracer,
          },
          ['handler'],
        );
        return async (event, context) => {
          const { handler } = (await made) as unknown as { handler: Handler & middy.MiddyfiedHandler };
          handler.handler((async (order: { id: number }, durable: DurableContext) => {
            tracer.putAnnotation('orderId', order.id);
            await durable.step('pay', async () => 1);
            await durable.wait('cool-down', { days: 1 });
            await durable.step('ship', async () => 1);
          }) as never);
          return invocation(() => handler(event, context));
        };
      },
      { input: '{"id":7}' },
    );
    await run.finish();
    const each = 'facade > ## index.handler';
    expect(names()).toEqual(['## index.handler > ### pay', each, '## index.handler > ### ship', each]);
  });

  it('tracedHandler', async () => {
    const { invocation, names, tracer } = fakeXRay();
    const run = DurableRun.of((durableExecutionClient) => {
      const made = runExample(
        examples.tracedHandler,
        {
          tracer,
          tracedHandler,
          pay: async () => 'paid',
          withDurableExecution: (handler: never) => withDurableExecution(handler, { durableExecutionClient }),
        },
        ['handler'],
      );
      return async (event, context) => {
        const { handler } = (await made) as unknown as { handler: Handler };
        return invocation(() => handler(event, context));
      };
    });
    expect(await run.result()).toBe('paid');
    expect(names()).toEqual(['## index.handler > ### pay', 'facade > ## index.handler']);
  });
});
