import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';
import type { Order } from '../orders.ts';

type Call = 'label' | 'announce' | 'ask';

/** One request, in the order of their arrival. */
export interface Request {
  call: Call;
  order: string;
  outcome: 'done' | 'done before' | 'down';
}

/**
 * How the services can misbehave: `down` does nothing and fails, `lost answer` does what it was asked for and then fails,
 * `no answer` does it and never answers.
 */
export type Trouble = 'none' | 'down' | 'lost answer' | 'no answer';

/** What happens to the first, second, ... request of a kind for an order; later ones have no trouble. */
export type Troubles = Partial<Record<`${Call} ${string}`, Trouble[]>>;

const requests = journal<Request & { key?: string | undefined }>('shipping-requests.jsonl');
const troubles = plan<Troubles>('shipping-troubles.json', {});

/**
 * Stands for a carrier, who wants money for each label. Requests with the same key are one; without a key each is another.
 * @returns the parcel's number
 */
export async function buyLabel(order: Order, idempotencyKey?: string): Promise<string> {
  await perform('label', order, idempotencyKey);
  return `parcel-of-${order.id}`;
}

/** Stands for the shop, which tells the customer. The same parcel is announced once. */
export async function announce(order: Order, parcel: string): Promise<void> {
  await perform('announce', order, parcel);
}

/** Stands for the shop again, which asks the customer whether the parcel came. It asks once about an order. */
export async function ask(order: Order): Promise<void> {
  await perform('ask', order, order.id);
}

/** All requests so far. */
export function readRequests(): Request[] {
  return requests.read().map(({ call, order, outcome }) => ({ call, order, outcome }));
}

export function planTroubles(planned: Troubles): void {
  troubles.set(planned);
}

/** @param key requests with the same one are performed once */
async function perform(call: Call, { id }: Order, key: string | undefined): Promise<void> {
  const earlier = requests.read().filter((request) => request.call === call && request.order === id);
  const trouble = troubles.get()[`${call} ${id}`]?.[earlier.length] ?? 'none';
  const isDone = key !== undefined && earlier.some((request) => request.key === key && request.outcome === 'done');
  requests.note({ call, order: id, outcome: trouble === 'down' ? 'down' : isDone ? 'done before' : 'done', key });
  if (trouble === 'no answer') await silence();
  if (trouble === 'down' || trouble === 'lost answer') throw new Error(`The service for '${call}' does not answer.`);
}
