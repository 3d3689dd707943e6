import { NonRetryableError } from '@middy-durable/core';
import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';

/** One request for a refund, in the order of their arrival. */
export interface Refund {
  order: string;
  cents: number;
  idempotencyKey: string;
  outcome: 'refunded' | 'refunded before';
}

/** How the shop can misbehave: `no answer` gives the money back and never answers the first request. */
export type Trouble = 'none' | 'no answer';

const ORDERS: Record<string, string> = {
  'order-1042': '12990 cents, 3 days ago',
  'order-17': '500 cents, 90 days ago',
};

const ledger = journal<Refund>('refunds.jsonl');
const trouble = plan<Trouble>('shop-trouble.json', 'none');

/** @throws NonRetryableError for an order that the shop doesn't know */
export async function findOrder(order: string): Promise<string> {
  const found = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
  if (found === undefined) throw new NonRetryableError(`The shop has no ${order}.`);
  return found;
}

export async function refundPolicy(): Promise<string> {
  return 'Money back within 30 days.';
}

/** The same key is refunded once, however often it is asked for. */
export async function refund(request: Omit<Refund, 'outcome'>): Promise<string> {
  const earlier = ledger.read();
  const known = earlier.some(({ idempotencyKey }) => idempotencyKey === request.idempotencyKey);
  ledger.note({ ...request, outcome: known ? 'refunded before' : 'refunded' });
  if (trouble.get() === 'no answer' && earlier.length === 0) await silence();
  return `${(request.cents / 100).toFixed(2)} EUR are on their way.`;
}

/** All requests so far. Money went back as often as `outcome` is `refunded`. */
export function readRefunds(): Refund[] {
  return ledger.read();
}

export function planTrouble(planned: Trouble): void {
  trouble.set(planned);
}
