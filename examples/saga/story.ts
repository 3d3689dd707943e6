import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { planTroubles, readRequests } from './outside/bookings.ts';

/** A trip without a car, whose process is killed while it is undone. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  return onStage({ functionName: 'trips', handler: new URL('trip.ts', import.meta.url), signal }, playTrip);
}

async function playTrip(stage: Stage): Promise<Check[]> {
  planTroubles({ 'book car': ['sold out'], 'cancel hotel': ['no answer'] });
  const { arn } = await stage.start('trip-7', { id: 'trip-7' });

  await stage.before(arn, 'the hotel is cancelled', () => count('cancelled', 'trip-7-hotel') === 1);
  stage.kill('the hotel is cancelled, and no record says so');

  const { Status, Result = '{}' } = await stage.end(arn);
  await stage.printTimeline(arn);
  console.log('what the services were asked for');
  for (const { reference, outcome } of readRequests()) console.log(`  ${reference.padEnd(13)}  ${outcome}`);
  console.log();

  return [
    {
      what: 'the execution succeeded, and says that nothing is booked, and why',
      holds: Status === 'SUCCEEDED' && Result.includes('"not booked"') && Result.includes('no car left'),
    },
    { what: 'flight and hotel were booked once', holds: once('booked') },
    { what: 'flight and hotel were cancelled once, the hotel first', holds: once('cancelled') && isHotelFirst() },
    { what: 'only the cancellation that was interrupted was asked for again', holds: onlyHotelAgain() },
  ];
}

function count(outcome: string, reference: string): number {
  return readRequests().filter((request) => request.outcome === outcome && request.reference === reference).length;
}

function once(outcome: string): boolean {
  return count(outcome, 'trip-7-flight') === 1 && count(outcome, 'trip-7-hotel') === 1;
}

function isHotelFirst(): boolean {
  const cancelled = readRequests().filter(({ outcome }) => outcome === 'cancelled');
  return cancelled[0]?.reference === 'trip-7-hotel';
}

function onlyHotelAgain(): boolean {
  const again = readRequests().filter(({ outcome }) => outcome.endsWith(' before'));
  return again.length === 1 && again[0]?.reference === 'trip-7-hotel';
}
