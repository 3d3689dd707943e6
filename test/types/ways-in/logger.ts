import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { ReplayAwareLogger, replayAwareLogger } from '@middy-durable/logger';
import { type Order, pay } from './order.ts';
import { type Same, same } from './same.ts';

// The logger's middleware gives the handler's context its type, and takes the loggers that there are.

const logger = new Logger();

export const handler = middy<Order>({ executionMode: durableExecution() })
  .use(replayAwareLogger(logger))
  .use(injectLambdaContext(logger))
  .handler(async (order, context) => {
    same<Same<typeof order, Order>>();
    const durable: DurableContext = context;
    return durable.step('pay', () => pay(order));
  });

replayAwareLogger([logger, logger.createChild(), new ReplayAwareLogger()], { replay: 'annotate' });
const child = new ReplayAwareLogger({ serviceName: 'orders' }, { flushOnSuspend: true }).createChild();
same<Same<typeof child, ReplayAwareLogger>>();

middy(async (_event: Order, context: DurableContext) => {
  context.configureLogger({ customLogger: child });
});

// @ts-expect-error no Powertools Logger
replayAwareLogger(console);
// @ts-expect-error no such option
replayAwareLogger(logger, { replay: 'hide' });
