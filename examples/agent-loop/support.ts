import { createAgent } from './agent.ts';
import { findOrder, refund, refundPolicy } from './outside/shop.ts';
import { supportModel } from './support-model.ts';

/** Answers customers who want their money back. */
export const handler = createAgent({
  model: supportModel,
  tools: {
    'find-order': { run: ({ order }) => findOrder(String(order)) },
    'refund-policy': { run: () => refundPolicy() },
    refund: {
      dangerous: true,
      run: ({ order, cents }, idempotencyKey) => refund({ order: String(order), cents: Number(cents), idempotencyKey }),
    },
  },
});
