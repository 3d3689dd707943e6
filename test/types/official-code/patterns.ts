import {
  BatchItemStatus,
  type DurableContext,
  retryPresets,
  type StepConfig,
  StepSemantics,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';

interface Trip {
  traveller: string;
  from: string;
  to: string;
}
interface Booking {
  reference: string;
}
declare function bookFlight(trip: Trip, token: string): Promise<Booking>;
declare function cancelFlight(booking: Booking): Promise<void>;
declare function bookHotel(trip: Trip): Promise<Booking>;
declare function cancelHotel(booking: Booking): Promise<void>;
declare function upload(bytes: number[]): Promise<string>;

/** Compensation, in the reverse order. */
export const saga = withDurableExecution(async (trip: Trip, context: DurableContext) => {
  const undo: Array<{ name: string; run: () => Promise<void> }> = [];
  try {
    const token = await context.step('token', async () => crypto.randomUUID());
    const flight = await context.step('book-flight', () => bookFlight(trip, token), {
      semantics: StepSemantics.AtMostOncePerRetry,
    });
    undo.push({ name: 'cancel-flight', run: () => cancelFlight(flight) });
    const hotel = await context.step('book-hotel', async () => bookHotel(trip));
    undo.push({ name: 'cancel-hotel', run: () => cancelHotel(hotel) });
    return { flight: flight.reference, hotel: hotel.reference };
  } catch (error) {
    context.logger.error('undoing', { error });
    for (const { name, run } of undo.reverse()) {
      try {
        await context.step(name, async () => run());
      } catch (failure) {
        context.logger.error(`not undone: ${name}`, failure);
      }
    }
    throw error;
  }
});

/** Steps as functions of a context, a config shared by a group of them. */
/** Types that nobody wrote down. */
const charging = { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) };
const patient = { retryStrategy: retryPresets.default };
const careful = { semantics: StepSemantics.AtMostOncePerRetry } satisfies StepConfig<unknown>;
const reserve = (context: DurableContext, trip: Trip) => context.step('reserve', () => bookHotel(trip), careful);
async function confirm(context: DurableContext, booking: Booking): Promise<string> {
  return context.runInChildContext('confirm', async (child) => {
    await child.wait('settle', { minutes: 1 });
    return child.step('confirmed', async () => booking.reference);
  });
}
export const organised = withDurableExecution(async (trip: Trip, context) => {
  const booking = await reserve(context, trip);
  return confirm(context, booking);
});

/** References in place of payloads; branches that do not depend on anything unrecorded. */
export const references = withDurableExecution(async (event: { files: number[][] }, context: DurableContext) => {
  const now: number = await context.step('now', async () => Date.now());
  await context.step('ready', async () => now, patient);
  const stored = await context.map(event.files, async (child, bytes) => {
    const key = await child.step('store', async () => upload(bytes));
    return key;
  });
  const keys: string[] = stored.getResults();
  if (now % 2 === 0) await context.wait({ seconds: 1 });
  return { keys, failed: stored.all.filter(({ status }) => status === BatchItemStatus.FAILED).length };
});

/** Work side by side whose parts differ in type, told apart by position. */
export const sideBySide = withDurableExecution(async (trip: Trip, context: DurableContext) => {
  const flight = context.step('flight', () => bookFlight(trip, 'token'), charging);
  const nights = context.runInChildContext('nights', async (child) => child.step(async () => 3));
  const [booking, count] = await Promise.all([flight, nights]);
  return `${booking.reference} ${count + 1}`;
});
