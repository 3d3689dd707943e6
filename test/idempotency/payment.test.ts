import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { idempotentExecution, stepIdempotency } from '@middy-durable/idempotency';
import { onEveryStore } from './support/stores.ts';
import { World } from './support/world.ts';

interface Invoice {
  invoiceId: string;
  cents: number;
}

/** A payment API that honours idempotency keys. */
class Payments {
  readonly requests: string[] = [];
  readonly charges = new Map<string, { id: string; cents: number }>();

  charge(cents: number, idempotencyKey: string): { id: string; cents: number } {
    this.requests.push(idempotencyKey);
    const charge = this.charges.get(idempotencyKey) ?? { id: `charge-${this.charges.size + 1}`, cents };
    this.charges.set(idempotencyKey, charge);
    return charge;
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const MONTH = 30 * 86_400;

onEveryStore((make) => {
  it('a payment: two functions and two executions share a charge, a crash after it, a duplicate a week later', async () => {
    const persistenceStore = await make();
    const payments = new Payments();
    let crashes = 1;
    const pay = (context: DurableContext, { invoiceId, cents }: Invoice) =>
      context.step(
        'charge',
        async ({ idempotencyKey }) => {
          const charge = payments.charge(cents, idempotencyKey);
          // The money has moved, and no record says so.
          if (crashes-- > 0) await world.die(context);
          return charge;
        },
        {
          idempotency: stepIdempotency({
            persistenceStore,
            key: `charge-${invoiceId}`,
            data: { cents },
            config: { expiresAfterSeconds: MONTH, payloadValidationJmesPath: 'cents' },
          }),
        },
      );
    let receipts = 0;
    world.add(
      'checkout',
      async (invoice: Invoice, context) => {
        const charge = await pay(context, invoice);
        await context.wait('until it is packed', { days: 2 });
        return { charge, receipt: await context.step('receipt', async () => ++receipts) };
      },
      {
        idempotency: idempotentExecution({
          persistenceStore,
          config: { eventKeyJmesPath: 'invoiceId', expiresAfterSeconds: MONTH },
        }),
      },
    );
    world.add('dunning', async (invoice: Invoice, context) => pay(context, invoice));

    const invoice = { invoiceId: 'i-7', cents: 1200 };
    const checkout = await world.start('checkout', invoice);
    await world.settle();
    const dunning = await world.start('dunning', invoice);
    const charge = { id: 'charge-1', cents: 1200 };
    expect(await world.result(dunning)).toEqual(charge);
    expect(await world.result(checkout)).toEqual({ charge, receipt: 1 });

    world.pass(7 * 86_400_000);
    expect(await world.result(await world.start('checkout', invoice))).toEqual({ charge, receipt: 1 });
    expect(await world.result(await world.start('dunning', { ...invoice, cents: 1 }))).toMatchObject({
      message: expect.stringContaining('another payload'),
    });

    // The request that the crash made necessary had the same key: the money moved once.
    expect(payments.requests).toHaveLength(2);
    expect(payments.charges.size).toBe(1);
    expect(receipts).toBe(1);
  });
});
