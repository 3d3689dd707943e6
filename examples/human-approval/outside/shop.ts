import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';
import type { Purchase } from '../approval.ts';

/** `ordered before`: the key was there already. */
export interface OrderRequest {
  purchase: string;
  idempotencyKey: string;
  outcome: 'ordered' | 'ordered before';
}

const requests = journal<OrderRequest>('orders.jsonl');
/** How often the shop orders and falls silent. */
const silences = plan<{ times: number }>('shop.json', { times: 0 });

/** Orders; under a key that it knows it answers again, and orders nothing. */
export async function placeOrder({ id }: Purchase, idempotencyKey: string): Promise<string> {
  const isKnown = requests.read().some((request) => request.idempotencyKey === idempotencyKey);
  requests.note({ purchase: id, idempotencyKey, outcome: isKnown ? 'ordered before' : 'ordered' });
  const { times } = silences.get();
  if (times > 0) {
    silences.set({ times: times - 1 });
    await silence();
  }
  return `order for ${id}`;
}

export function readOrders(): OrderRequest[] {
  return requests.read();
}

/** The next order is placed, and its answer never comes. */
export function planSilence(): void {
  silences.set({ times: 1 });
}
