import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';

export interface Charge {
  id: string;
  invoiceId: string;
  cents: number;
}

interface ChargeRequest {
  idempotencyKey: string;
  charge: Charge;
}

const requests = journal<ChargeRequest>('charge-requests.jsonl');
const receipts = journal<string>('receipts.jsonl');
const silences = plan('payment-silences.json', 0);
const declines = plan('payment-declines.json', 0);

/** Trying again at once won't help. */
export class CardDeclined extends Error {
  override readonly name: string = 'CardDeclined';
}

/**
 * Stands for a payment API: the same key moves money once, and is answered with the same charge.
 * @throws CardDeclined
 */
export async function charge(invoiceId: string, cents: number, idempotencyKey: string): Promise<Charge> {
  if (declines.get() > 0) {
    declines.set(declines.get() - 1);
    throw new CardDeclined('The card was declined.');
  }
  const earlier = readRequests();
  const known = earlier.find((request) => request.idempotencyKey === idempotencyKey)?.charge;
  const made = known ?? { id: `charge-${readCharges().length + 1}`, invoiceId, cents };
  requests.note({ idempotencyKey, charge: made });
  if (earlier.length < silences.get()) await silence();
  return made;
}

/** Stands for a mail service. */
export async function sendReceipt(invoiceId: string): Promise<void> {
  receipts.note(invoiceId);
}

/** All requests for charges, in the order of their arrival. */
export function readRequests(): ChargeRequest[] {
  return requests.read();
}

/** What has moved money: a charge for each key. */
export function readCharges(): Charge[] {
  return [...new Map(readRequests().map((request) => [request.idempotencyKey, request.charge])).values()];
}

export function readReceipts(): string[] {
  return receipts.read();
}

/** The first requests do what they are asked for and are never answered. */
export function planSilences(count: number): void {
  silences.set(count);
}

/** The first requests move nothing. */
export function planDeclines(count: number): void {
  declines.set(count);
}
