import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import inputOutputLogger from '@middy/input-output-logger';
import ssm from '@middy/ssm';
import { memoryBackend } from '@middy-durable/backend';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { aroundStep, checkpointed, onlyFirst, onResume, onSuspend } from '@middy-durable/core/middleware';
import type { Handler } from 'aws-lambda';
import { type Order, pay, type Receipt } from './order.ts';
import { type Same, same } from './same.ts';

// Middy's execution mode, without a cast.

/** The context is named where the handler is written. */
const annotated = middy(
  async (order: Order, context: DurableContext): Promise<Receipt> => context.step('pay', () => pay(order)),
  { executionMode: durableExecution() },
);
annotated.use(inputOutputLogger()).before(({ event, context }) => {
  same<Same<typeof event, Order>>();
  context.configureLogger({ modeAware: false });
});

/** The context is named to middy. */
middy<Order, Receipt, Error, DurableContext>({ executionMode: durableExecution({ backend: memoryBackend() }) }).handler(
  async (order, context, { signal }) => {
    same<Same<typeof order, Order>>();
    same<Same<typeof context, DurableContext>>();
    same<Same<typeof signal, AbortSignal>>();
    return context.step('pay', () => pay(order));
  },
);

/** Middlewares of `core/middleware` give the handler's context its type. */
for (const middleware of [onSuspend(() => {}), onResume(() => {}), aroundStep((next) => next())]) {
  middy<Order, Receipt>({ executionMode: durableExecution() })
    .use(middleware)
    .handler(async (order, context) => context.step('pay', () => pay(order)));
  middy<Order, Receipt>({ executionMode: durableExecution() })
    .use([middleware, onResume(({ context }) => context.logger.info('again'))])
    .use(inputOutputLogger())
    .handler(async (order, context) => context.step('pay', () => pay(order)));
}

/** What other middlewares add to event and context stays. */
middy<Order, Receipt>({ executionMode: durableExecution() })
  .use(
    checkpointed(ssm({ fetchData: { limit: '/limit' }, setToContext: true }), { name: 'l', save: ['context.limit'] }),
  )
  .use(onlyFirst(httpJsonBodyParser()))
  .use(onSuspend(({ internal }, reason) => [internal, reason]))
  .use(httpErrorHandler())
  .handler(async (event, context) => {
    same<Same<typeof context.limit, unknown>>();
    same<Same<typeof event.id, string>>();
    same<Same<typeof context.awsRequestId, string>>();
    return context.step('pay', () => pay(event));
  });

middy<Order, Receipt>({ executionMode: durableExecution() }).handler(async (_order, context) => {
  // @ts-expect-error nothing has said that the context is a durable one
  context.step('pay', async () => {});
  return { paid: context.functionName === 'orders' };
});

// @ts-expect-error by the types of middy, a handler is called with the context that it is given: not Lambda's
export const handler: Handler<Order, Receipt> = annotated;
