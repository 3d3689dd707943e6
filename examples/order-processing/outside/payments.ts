import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';

const ledger = journal<LedgerEntry>('ledger.jsonl');
const troubles = plan<Trouble[]>('payment-troubles.json', []);

export interface ChargeRequest {
  /** The same key is charged once, however often it is asked for. */
  idempotencyKey: string;
  customer: string;
  /** Cents. */
  amount: number;
}

export interface Charge {
  id: string;
  amount: number;
}

/** One request in the ledger, in the order of their arrival. */
export interface LedgerEntry {
  idempotencyKey: string;
  amount: number;
  outcome: 'charged' | 'charged before' | 'busy' | 'declined';
}

/** How the service can misbehave: `no answer` charges the card and then never answers. */
export type Trouble = 'none' | 'busy' | 'declined' | 'no answer';

/** Trying again later may help. */
export class PaymentServiceBusy extends Error {
  override readonly name: string = 'PaymentServiceBusy';
}

/** Trying again won't help. */
export class CardDeclined extends Error {
  override readonly name: string = 'CardDeclined';
}

/**
 * Stands for the API of a payment service: honours idempotency keys, and notes every request in its ledger, a file of JSON
 * lines that outlives the caller.
 * @throws PaymentServiceBusy or CardDeclined when nothing was charged
 */
export async function chargeCard({ idempotencyKey, customer, amount }: ChargeRequest): Promise<Charge> {
  const entries = readLedger();
  const note = (outcome: LedgerEntry['outcome']): void => ledger.note({ idempotencyKey, amount, outcome });
  const trouble = troubles.get()[entries.length] ?? 'none';
  if (trouble === 'busy') {
    note('busy');
    throw new PaymentServiceBusy('The payment service is busy; nothing was charged.');
  }
  if (trouble === 'declined') {
    note('declined');
    throw new CardDeclined(`The card of '${customer}' was declined; nothing was charged.`);
  }
  const charges = entries.filter(({ outcome }) => outcome === 'charged');
  const earlier = charges.findIndex((charge) => charge.idempotencyKey === idempotencyKey);
  note(earlier < 0 ? 'charged' : 'charged before');
  if (trouble === 'no answer') await silence();
  return { id: `charge-${earlier < 0 ? charges.length + 1 : earlier + 1}`, amount };
}

/** All requests so far. Cards were charged as often as `outcome` is `charged`. */
export function readLedger(): LedgerEntry[] {
  return ledger.read();
}

/** Decides how the service treats the first, second, ... request; later ones have no trouble. */
export function planTroubles(first: Trouble[]): void {
  troubles.set(first);
}
