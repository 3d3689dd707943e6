import { describe, expect, it } from '@jest/globals';
import { createTestRunner } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import type { Order } from './orders.ts';
import { planTroubles, readLedger } from './outside/payments.ts';
import { handler } from './tutorial-order.ts';

const ORDER: Order = { id: 'order-1', customer: 'ada', lines: [{ article: 'lamp', quantity: 2, price: 4_500 }] };
const CONFIRMED = { orderId: 'order-1', status: 'confirmed', chargeId: 'charge-1' };

useFreshOutside();
const outcomes = (): string[] => readLedger().map(({ outcome }) => outcome);

describe('a tutorial order', () => {
  it('is paid, and confirmed ten seconds later', async () => {
    const run = await createTestRunner({ handler }).run(ORDER);
    expect(run.result).toEqual(CONFIRMED);
    expect(run.operations().map(({ name, status }) => `${name} ${status}`)).toEqual([
      'validate-customer SUCCEEDED',
      'pay SUCCEEDED',
      'cooling-off SUCCEEDED',
      'confirm SUCCEEDED',
    ]);
    const [paid, confirmed] = [run.operation('pay'), run.operation('confirm')].map(({ record }) => record.EndTimestamp);
    expect(Number(confirmed) - Number(paid)).toBeGreaterThanOrEqual(10_000);
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
    expect(outcomes()).toEqual(['charged']);
  });

  it.each([
    ['bob', 'customer is blocked'],
    ['nobody', 'no such customer'],
  ])('of %s is rejected and not charged', async (customer, reason) => {
    const run = await createTestRunner({ handler }).run({ ...ORDER, customer });
    expect(run.result).toEqual({ orderId: 'order-1', status: 'rejected', reason });
    expect(outcomes()).toEqual([]);
  });

  it.each([
    ['before', 'pay', ['charged', 'charged before']],
    ['after', 'pay', ['charged']],
    ['before', 'confirm', ['charged']],
  ] as const)(
    'is charged once when the process dies %s the success of %s is recorded',
    async (moment, step, requests) => {
      const runner = createTestRunner({ handler, wrapClient: crash(moment, step) });
      const run = await runner.run(ORDER);
      expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
      expect(run.result).toEqual(CONFIRMED);
      expect(outcomes()).toEqual(requests);
    },
  );

  it('is confirmed though the payment service was busy', async () => {
    planTroubles(['busy']);
    expect((await createTestRunner({ handler }).run(ORDER)).result).toEqual(CONFIRMED);
    expect(outcomes()).toEqual(['busy', 'charged']);
  });
});
