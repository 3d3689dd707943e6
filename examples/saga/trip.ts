import { createRetryStrategy, type DurableContext, minutes, seconds, withDurableExecution } from '@middy-durable/core';
import { book, cancel, type Part, ServiceUnavailable } from './outside/bookings.ts';

const whileUnavailable = { initialDelay: seconds(1), retryableErrorTypes: [ServiceUnavailable] };
const aFewTimes = createRetryStrategy({ ...whileUnavailable, maxAttempts: 3 });
/** About a day: what was booked must not stay booked because a service is down for an hour. */
const forADay = createRetryStrategy({ ...whileUnavailable, maxAttempts: 150, maxDelay: minutes(10), jitter: 'NONE' });

/** Books a flight, a hotel and a car, or nothing. */
export const handler = withDurableExecution(async ({ id }: { id: string }, context: DurableContext) => {
  const toCancel: Part[] = [];
  const reserve = (part: Part) => {
    // Before it is booked: a booking whose answer gets lost must be cancelled too.
    toCancel.unshift(part);
    return context.step(`book-${part}`, () => book(part, `${id}-${part}`), { retryStrategy: aFewTimes });
  };

  try {
    const flight = await reserve('flight');
    const hotel = await reserve('hotel');
    const car = await reserve('car');
    return { id, status: 'booked', flight, hotel, car };
  } catch (error) {
    const left: Part[] = [];
    for (const part of toCancel) {
      await context
        .step(`cancel-${part}`, () => cancel(part, `${id}-${part}`), { retryStrategy: forADay })
        .catch(() => left.push(part));
    }
    const reason = (error as Error).message;
    if (left.length === 0) return { id, status: 'not booked', reason };
    throw new Error(
      `Trip ${id} is not booked (${reason}), but could not be undone: cancel ${left.join(', ')} by hand.`,
    );
  }
});
