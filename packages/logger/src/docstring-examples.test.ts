import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { durableExecution, withDurableExecution } from '@middy-durable/core';
import { capturedLines } from '../../../test/support/captured-lines.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { ReplayAwareLogger, replayAwareLogger } from './index.ts';

interface Order {
  id: number;
}

const lines = capturedLines();

/** The examples of the docstrings and of the README, as they stand there. */
describe('examples', () => {
  it('replayAwareLogger', async () => {
    const charge = async ({ id }: Order): Promise<string> => `charged ${id}`;
    const logger = new Logger({ serviceName: 'orders' });
    const run = DurableRun.of(
      (durableExecutionClient) =>
        middy<Order>({ executionMode: durableExecution({ durableExecutionClient }) })
          .use(replayAwareLogger(logger))
          .handler(async (order, context) => {
            logger.info('begun', { orderId: order.id });
            return context.step('charge', () => charge(order));
          }) as never,
      { input: '{"id":7}' },
    );
    expect(await run.result()).toBe('charged 7');
    expect(lines.all()).toMatchObject([{ message: 'begun', orderId: 7 }]);
  });

  it('the README, with middy and without', async () => {
    const forms = [
      (logger: Logger) =>
        DurableRun.of(
          (durableExecutionClient) =>
            middy<Order>({ executionMode: durableExecution({ durableExecutionClient }) })
              .use(replayAwareLogger(logger))
              .handler(async (_order, context) => {
                logger.info('begun');
                await context.step('charge', async () => {
                  logger.info('charging');
                });
                await context.wait('cool-down', { hours: 1 });
                logger.info('done');
              }) as never,
        ),
      (logger: Logger) => {
        replayAwareLogger(logger);
        return DurableRun.of(
          (durableExecutionClient) =>
            withDurableExecution(
              async (_order: Order, context) => {
                logger.info('begun');
                await context.step('charge', async () => logger.info('charging'));
                await context.wait('cool-down', { hours: 1 });
                logger.info('done');
              },
              { durableExecutionClient },
            ) as never,
        );
      },
    ];
    for (const form of forms) {
      lines.clear();
      await form(new Logger({ serviceName: 'orders' })).finish();
      expect(lines.messages()).toEqual(['begun', 'charging', 'done']);
    }
  });

  it('ReplayAwareLogger', () => {
    const logger = new ReplayAwareLogger({ serviceName: 'orders' });
    expect(logger.createChild()).toBeInstanceOf(ReplayAwareLogger);
  });
});
