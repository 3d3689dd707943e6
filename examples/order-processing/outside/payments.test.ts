import { describe, expect, it } from '@jest/globals';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { readApprovalRequest, sendForApproval } from './approvals.ts';
import { findCustomer } from './customers.ts';
import { CardDeclined, chargeCard, PaymentServiceBusy, planTroubles, readLedger } from './payments.ts';

useFreshOutside();
const charge = (idempotencyKey: string) => chargeCard({ idempotencyKey, customer: 'ada', amount: 500 });
const outcomes = () => readLedger().map(({ outcome }) => outcome);

describe('the payment service', () => {
  it('charges once per key and answers a repeated request as the first', async () => {
    expect(await charge('a')).toEqual({ id: 'charge-1', amount: 500 });
    expect(await charge('b')).toEqual({ id: 'charge-2', amount: 500 });
    expect(await charge('a')).toEqual({ id: 'charge-1', amount: 500 });
    expect(outcomes()).toEqual(['charged', 'charged', 'charged before']);
  });

  it('charges nothing when it is busy or the card is declined', async () => {
    planTroubles(['busy', 'declined']);
    await expect(charge('a')).rejects.toBeInstanceOf(PaymentServiceBusy);
    await expect(charge('a')).rejects.toBeInstanceOf(CardDeclined);
    expect(outcomes()).toEqual(['busy', 'declined']);
    expect(await charge('a')).toEqual({ id: 'charge-1', amount: 500 });
  });

  it('has charged when it does not answer', async () => {
    planTroubles(['no answer']);
    expect(await Promise.race([charge('a'), new Promise((resolve) => setImmediate(resolve, 'silence'))])).toBe(
      'silence',
    );
    expect(outcomes()).toEqual(['charged']);
    expect(await charge('a')).toEqual({ id: 'charge-1', amount: 500 });
  });
});

describe('the inbox', () => {
  it('keeps one request for an order, whatever its id looks like', async () => {
    for (const amount of [1, 2]) await sendForApproval({ orderId: '../a/b', amount, callbackId: 'c' });
    expect(readApprovalRequest('../a/b')).toEqual({ orderId: '../a/b', amount: 2, callbackId: 'c' });
  });

  it('says which order it knows nothing of', () => {
    expect(() => readApprovalRequest('order-9')).toThrow("No approval is asked for order 'order-9'");
  });
});

it('customers are found by their id only', async () => {
  expect(await findCustomer('ada')).toEqual({ name: 'Ada', active: true });
  expect(await findCustomer('toString')).toBeUndefined();
});
