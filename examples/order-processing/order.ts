import {
  createRetryStrategy,
  type DurableContext,
  defaultSerdes,
  JitterStrategy,
  minutes,
  seconds,
  withDurableExecution,
} from '@middy-durable/core';
import { euros, type Order, totalOf } from './orders.ts';
import { type Decision, sendForApproval } from './outside/approvals.ts';
import { chargeCard, PaymentServiceBusy } from './outside/payments.ts';

/** What is worth another attempt is named; every other error ends the execution. */
const whileBusy = createRetryStrategy({
  maxAttempts: 3,
  initialDelay: seconds(1),
  backoffRate: 2,
  jitter: JitterStrategy.NONE,
  retryableErrorTypes: [PaymentServiceBusy],
});

/** An order that a person approves before it is processed. */
export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
  const total = await context.step('validate-order', async ({ logger }) => {
    logger.info(`checking ${order.lines.length} lines`);
    return totalOf(order);
  });

  const approval = await context.createCallback<Decision>('approval', {
    timeout: minutes(3),
    serdes: defaultSerdes,
  });
  await context.step('send-for-approval', async ({ logger }) => {
    logger.info(`asking for approval of ${euros(total)}`);
    await sendForApproval({ orderId: order.id, amount: total, callbackId: approval.callbackId });
  });
  const { approved, by } = await approval.result();
  if (!approved) return { orderId: order.id, status: 'rejected', by };

  const charge = await context.step(
    'process-order',
    async ({ logger, idempotencyKey }) => {
      logger.info(`charging ${euros(total)}`);
      return chargeCard({ idempotencyKey, customer: order.customer, amount: total });
    },
    { retryStrategy: whileBusy },
  );
  return { orderId: order.id, status: 'processed', by, chargeId: charge.id };
});
