import { type DurableContext, seconds, withDurableExecution } from '@middy-durable/core';
import { type Order, totalOf } from './orders.ts';
import { findCustomer } from './outside/customers.ts';
import { chargeCard } from './outside/payments.ts';

/** An order of a known customer: paid once, confirmed after ten seconds in which it could be called back. */
export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
  const customer = await context.step('validate-customer', () => findCustomer(order.customer));
  if (!customer?.active) {
    return { orderId: order.id, status: 'rejected', reason: customer ? 'customer is blocked' : 'no such customer' };
  }

  const charge = await context.step('pay', ({ idempotencyKey }) =>
    chargeCard({ idempotencyKey, customer: order.customer, amount: totalOf(order) }),
  );

  await context.wait('cooling-off', seconds(10));

  return context.step('confirm', async ({ logger }) => {
    logger.info(`order ${order.id} is confirmed`);
    return { orderId: order.id, status: 'confirmed', chargeId: charge.id };
  });
});
