import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { chargeOnce, type Invoice } from './charge.ts';

/** Collects what looks unpaid. */
export const handler = withDurableExecution(async (invoice: Invoice, context: DurableContext) => {
  const charge = await chargeOnce(context, invoice);
  return { invoiceId: invoice.invoiceId, status: 'collected', charge };
});
