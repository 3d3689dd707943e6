import { describe, expect, it } from '@jest/globals';
import { createTestRunner, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { planTroubles, readRequests, type Trouble } from './outside/bookings.ts';
import { handler } from './trip.ts';

useFreshOutside();
const runTrip = (options: Partial<TestRunnerOptions> = {}) =>
  createTestRunner({ handler, ...options }).run({ id: 'trip' });
const requests = (): string[] => readRequests().map(({ reference, outcome }) => `${reference} ${outcome}`);
const references = (wanted: string): string[] =>
  readRequests().flatMap(({ reference, outcome }) => (outcome === wanted ? [reference] : []));

const BOOKED = ['trip-flight booked', 'trip-hotel booked', 'trip-car booked'];

describe('a trip', () => {
  it('is booked', async () => {
    const run = await runTrip();
    expect(run.result).toEqual({
      id: 'trip',
      status: 'booked',
      flight: 'trip-flight',
      hotel: 'trip-hotel',
      car: 'trip-car',
    });
    expect(requests()).toEqual(BOOKED);
  });

  it('is undone in reverse when a part is sold out, without another attempt', async () => {
    planTroubles({ 'book car': ['sold out'] });
    const run = await runTrip();
    expect(run.result).toEqual({ id: 'trip', status: 'not booked', reason: 'There is no car left.' });
    expect(requests()).toEqual([
      ...BOOKED.slice(0, 2),
      'trip-car sold out',
      'trip-car nothing to cancel',
      'trip-hotel cancelled',
      'trip-flight cancelled',
    ]);
  });

  it('needs no more than its flight to be undone when there is no flight', async () => {
    planTroubles({ 'book flight': ['sold out'] });
    expect((await runTrip()).result).toMatchObject({ status: 'not booked' });
    expect(requests()).toEqual(['trip-flight sold out', 'trip-flight nothing to cancel']);
  });

  it('is booked though the services are busy, twice each', async () => {
    const busy: Trouble[] = ['busy', 'busy'];
    planTroubles({ 'book flight': busy, 'book hotel': busy, 'book car': busy });
    const run = await runTrip();
    expect(run.result).toMatchObject({ status: 'booked' });
    expect(references('booked')).toEqual(['trip-flight', 'trip-hotel', 'trip-car']);
    expect(Number(run.endedAt) - Number(run.startedAt)).toBeGreaterThanOrEqual(6_000);
  });

  it('is booked once when an answer is lost', async () => {
    planTroubles({ 'book hotel': ['lost answer'] });
    expect((await runTrip()).result).toMatchObject({ status: 'booked' });
    expect(requests()).toEqual([BOOKED[0], BOOKED[1], 'trip-hotel booked before', BOOKED[2]]);
  });

  it('cancels a booking whose answers were all lost', async () => {
    planTroubles({ 'book hotel': ['lost answer', 'lost answer', 'lost answer'] });
    expect((await runTrip()).result).toMatchObject({ status: 'not booked', reason: expect.stringContaining('hotel') });
    expect(references('cancelled')).toEqual(['trip-hotel', 'trip-flight']);
  });

  it('is undone though a service is down for hours', async () => {
    planTroubles({ 'book car': ['sold out'], 'cancel hotel': Array(30).fill('busy') });
    const run = await runTrip();
    expect(run.result).toMatchObject({ status: 'not booked' });
    expect(references('cancelled')).toEqual(['trip-hotel', 'trip-flight']);
    expect(Number(run.endedAt) - Number(run.startedAt)).toBeGreaterThan(3 * 3_600_000);
  });

  it('says what is left to be undone by hand when a service stays down, and undoes the rest', async () => {
    planTroubles({ 'book car': ['sold out'], 'cancel hotel': Array(150).fill('busy') });
    const run = await runTrip();
    expect(run).toMatchObject({ status: 'FAILED', error: { ErrorType: 'Error' } });
    expect(run.error?.ErrorMessage).toBe(
      'Trip trip is not booked (There is no car left.), but could not be undone: cancel hotel by hand.',
    );
    expect(references('cancelled')).toEqual(['trip-flight']);
  });

  it.each(['flight', 'hotel', 'car'].flatMap((part) => [['before', part] as const, ['after', part] as const]))(
    'is booked once when the process dies %s the booking of the %s is recorded',
    async (moment, part) => {
      const run = await runTrip({ wrapClient: crash(moment, `book-${part}`) });
      expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
      expect(run.result).toMatchObject({ status: 'booked' });
      expect(requests().filter((request) => request.endsWith(' booked'))).toEqual(BOOKED);
      expect(references('booked before')).toEqual(moment === 'before' ? [`trip-${part}`] : []);
      expect(references('cancelled')).toEqual([]);
    },
  );

  it.each([
    ['before', 'FAIL', 'book-car', []],
    ['after', 'FAIL', 'book-car', []],
    ['before', 'SUCCEED', 'cancel-hotel', ['trip-hotel']],
    ['after', 'SUCCEED', 'cancel-hotel', []],
    ['before', 'SUCCEED', 'cancel-flight', ['trip-flight']],
    ['after', 'SUCCEED', 'cancel-flight', []],
  ] as const)(
    'is undone once when the process dies %s the %s of %s is recorded',
    async (moment, outcome, step, again) => {
      planTroubles({ 'book car': ['sold out', 'sold out'] });
      const run = await runTrip({ wrapClient: crash(moment, step, outcome) });
      expect(run.invocations.map((invocation) => invocation.outcome)).toContain('CRASHED');
      expect(run.result).toEqual({ id: 'trip', status: 'not booked', reason: 'There is no car left.' });
      expect(references('cancelled')).toEqual(['trip-hotel', 'trip-flight']);
      expect(references('cancelled before')).toEqual(again);
    },
  );
});
