import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';
import type { Order } from '../orders.ts';

type Call = 'reserve' | 'charge' | 'release' | 'mail';

/** One request that did something, or would have, in the order of their arrival. */
export interface Request {
  call: Call;
  order: string;
  outcome: 'done' | 'done before' | 'refused' | 'down' | 'busy';
}

/**
 * How the services can misbehave: `refused`, `down` and `busy` (an error with HTTP status 429) do nothing, `lost answer` does what it was asked for and then fails,
 * `no answer` does it and never answers.
 */
export type Trouble = 'none' | 'refused' | 'down' | 'busy' | 'lost answer' | 'no answer';

/** What happens to the first, second, ... request of a kind; later ones have no trouble. */
export type Troubles = Partial<Record<Call, Trouble[]>>;

/** What became of a charge. A declined card is an answer, not a failure. */
export type Payment = { id: string; declined?: undefined } | { declined: string };

const requests = journal<Request & { key?: string | undefined }>('order-requests.jsonl');
const troubles = plan<Troubles>('order-troubles.json', {});

/**
 * Stands for the warehouse. The same order is reserved once.
 * @returns whether there was enough
 */
export async function reserve(order: Order): Promise<boolean> {
  return (await perform('reserve', order, order.id)) !== 'refused';
}

/** Gives back what was reserved; again is no harm. */
export async function release(order: Order): Promise<void> {
  await perform('release', order, order.id);
}

/** Stands for a payment service. Charges with the same key are one; without a key each is another. */
export async function charge(order: Order, idempotencyKey?: string): Promise<Payment> {
  const outcome = await perform('charge', order, idempotencyKey);
  return outcome === 'refused' ? { declined: 'no funds' } : { id: `payment-of-${order.id}` };
}

/** Stands for a mail service, which knows no keys: every request is a mail. */
export async function sendMail(order: Order): Promise<void> {
  await perform('mail', order, undefined);
}

/** All requests so far. */
export function readRequests(): Request[] {
  return requests.read().map(({ call, order, outcome }) => ({ call, order, outcome }));
}

export function planTroubles(planned: Troubles): void {
  troubles.set(planned);
}

/** @param key requests with the same one are performed once */
async function perform(call: Call, order: Order, key: string | undefined): Promise<Request['outcome']> {
  const earlier = requests.read().filter((request) => request.call === call);
  const trouble = troubles.get()[call]?.[earlier.length] ?? 'none';
  const isDone = key !== undefined && earlier.some((request) => request.key === key && request.outcome === 'done');
  const done = isDone ? 'done before' : 'done';
  const outcome = trouble === 'refused' || trouble === 'down' || trouble === 'busy' ? trouble : done;
  requests.note({ call, order: order.id, outcome, key });
  if (trouble === 'no answer') await silence();
  if (trouble === 'busy') throw Object.assign(new Error(`The service for '${call}' is busy.`), { statusCode: 429 });
  if (trouble === 'down' || trouble === 'lost answer') throw new Error(`The service for '${call}' does not answer.`);
  return outcome;
}
