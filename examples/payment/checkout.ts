import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { idempotentExecution } from '@middy-durable/idempotency';
import { chargeOnce, EXECUTION_TIMEOUT_SECONDS, type Invoice, persistenceStore, REMEMBERED_SECONDS } from './charge.ts';
import { sendReceipt } from './outside/payments.ts';

/** One checkout for each invoice, however often it is delivered. */
const once = idempotentExecution({
  persistenceStore,
  keyPrefix: 'checkout',
  config: { eventKeyJmesPath: 'invoiceId', expiresAfterSeconds: REMEMBERED_SECONDS },
  executionTimeout: EXECUTION_TIMEOUT_SECONDS,
});

export const handler = withDurableExecution(
  async (invoice: Invoice, context: DurableContext) => {
    const charge = await chargeOnce(context, invoice);
    await context.wait('until it is packed', { seconds: 1 });
    await context.step('receipt', () => sendReceipt(invoice.invoiceId));
    return { invoiceId: invoice.invoiceId, status: 'paid', charge };
  },
  { idempotency: once },
);
