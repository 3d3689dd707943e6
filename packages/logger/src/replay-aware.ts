import { currentDurableInvocation, type DurableMiddleware } from '@middy-durable/core/middleware';
import { adopt } from './awareness.ts';
import { contextLogger } from './context-logger.ts';
import { checkOptions, type ReplayAwareOptions } from './options.ts';
import { checkLogger, type PowertoolsLogger } from './powertools-logger.ts';

const METHOD = 'replayAwareLogger';

/**
 * Makes Powertools Loggers print each line once, however often the code of an execution runs again: those passed, their
 * children, made before or after, and methods that were bound before. It takes effect at the call, so that a handler without
 * middy only calls it once, beside its logger. As a middleware it also makes `context.logger` print by the first logger.
 *
 * A line is left out while the code that prints it does again what an earlier invocation has done; never in the body of a
 * step, and never outside of executions. Lines have `execution_arn`, and where they are in one `operation_id`,
 * `operation_name` and `attempt`. Keys of `appendKeys` and `setCorrelationId` belong to the invocation that added them.
 * Sampling is decided once for each execution.
 *
 * @throws TypeError when something passed is no Powertools Logger, or one of a version without what is needed, or when an
 *   option can't be right
 * @example
 * const logger = new Logger({ serviceName: 'orders' });
 * const handler = middy<Order>({ executionMode: durableExecution() })
 *   .use(replayAwareLogger(logger))
 *   .handler(async (order, context) => {
 *     logger.info('begun', { orderId: order.id });
 *     return context.step('charge', () => charge(order));
 *   });
 */
export function replayAwareLogger(
  logger: PowertoolsLogger | readonly PowertoolsLogger[],
  options?: ReplayAwareOptions,
): DurableMiddleware {
  checkOptions(options, METHOD);
  const loggers = Array.isArray(logger) ? (logger as readonly PowertoolsLogger[]) : [logger as PowertoolsLogger];
  if (loggers.length === 0) throw new TypeError(`${METHOD}: there is no logger in the list`);
  loggers.forEach((each, index) => {
    checkLogger(each, METHOD, loggers.length > 1 ? index + 1 : undefined);
  });
  for (const each of loggers) adopt(each as never, { ...options });
  const customLogger = contextLogger(loggers[0] as PowertoolsLogger);
  return {
    before: function replayAwareLoggerBefore({ context }) {
      if (options?.contextLogger !== false && currentDurableInvocation()) context.configureLogger({ customLogger });
    },
  };
}
