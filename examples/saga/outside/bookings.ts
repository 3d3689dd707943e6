import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';

export type Part = 'flight' | 'hotel' | 'car';

/** One request, in the order of their arrival. */
export interface Request {
  /** Chosen by who asks: the same reference is booked once, and cancelled once. */
  reference: string;
  outcome: 'booked' | 'booked before' | 'sold out' | 'busy' | 'cancelled' | 'cancelled before' | 'nothing to cancel';
}

/**
 * How the services can misbehave: `sold out` and `busy` do nothing, `lost answer` does what it was asked for and then fails,
 * `no answer` does it and never answers.
 */
export type Trouble = 'none' | 'sold out' | 'busy' | 'lost answer' | 'no answer';

/** What happens to the first, second, ... request of a kind, such as `book flight`; later ones have no trouble. */
export type Troubles = Partial<Record<`${'book' | 'cancel'} ${Part}`, Trouble[]>>;

const requests = journal<Request & { kind: string }>('booking-requests.jsonl');
const troubles = plan<Troubles>('booking-troubles.json', {});

/** Trying again won't help. */
export class SoldOut extends Error {
  override readonly name: string = 'SoldOut';
}

/** Trying again later may help; whether something was done is not known. */
export class ServiceUnavailable extends Error {
  override readonly name: string = 'ServiceUnavailable';
}

/**
 * Stands for the APIs of an airline, a hotel and a car rental.
 * @throws SoldOut or ServiceUnavailable
 */
export async function book(part: Part, reference: string): Promise<string> {
  await perform('book', part, reference, isBooked(reference) ? 'booked before' : 'booked');
  return reference;
}

/**
 * Cancels what was booked under a reference; does nothing when there is nothing.
 * @throws ServiceUnavailable
 */
export async function cancel(part: Part, reference: string): Promise<void> {
  const cancelled = readRequests().some((one) => one.reference === reference && one.outcome === 'cancelled');
  const outcome = cancelled ? 'cancelled before' : isBooked(reference) ? 'cancelled' : 'nothing to cancel';
  await perform('cancel', part, reference, outcome);
}

/** All requests so far. */
export function readRequests(): Request[] {
  return requests.read().map(({ reference, outcome }) => ({ reference, outcome }));
}

export function planTroubles(planned: Troubles): void {
  troubles.set(planned);
}

async function perform(
  action: 'book' | 'cancel',
  part: Part,
  reference: string,
  done: Request['outcome'],
): Promise<void> {
  const kind = `${action} ${part}` as const;
  const earlier = requests.read().filter((request) => request.kind === kind).length;
  const trouble = troubles.get()[kind]?.[earlier] ?? 'none';
  const refused = trouble === 'sold out' || trouble === 'busy' ? trouble : undefined;
  requests.note({ kind, reference, outcome: refused ?? done });
  if (trouble === 'sold out') throw new SoldOut(`There is no ${part} left.`);
  if (refused || trouble === 'lost answer') throw new ServiceUnavailable(`The ${part} service does not answer.`);
  if (trouble === 'no answer') await silence();
}

function isBooked(reference: string): boolean {
  const outcomes = readRequests().filter((request) => request.reference === reference);
  return (
    outcomes.some(({ outcome }) => outcome === 'booked') && !outcomes.some(({ outcome }) => outcome === 'cancelled')
  );
}
