import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import {
  type IdempotentExecutionOptions,
  idempotentExecution,
  MemoryPersistenceLayer,
} from '@middy-durable/idempotency';
import { World } from './support/world.ts';

interface Order {
  orderId: string;
  amount?: number;
}

let world: World;
let persistenceStore: MemoryPersistenceLayer;
beforeEach(() => {
  world = new World();
  persistenceStore = new MemoryPersistenceLayer();
});
afterEach(() => world.close());

const config = { eventKeyJmesPath: 'orderId' };
function once(options: Partial<IdempotentExecutionOptions<Order>> = {}) {
  return idempotentExecution<Order>({ persistenceStore, config, ...options });
}

/** A handler that charges, waits a day, and ships. */
function orders(options: Partial<IdempotentExecutionOptions<Order>> = {}): { charges: string[] } {
  const charges: string[] = [];
  world.add(
    'orders',
    async ({ orderId }: Order, context: DurableContext) => {
      const receipt = await context.step('charge', async () => `receipt ${charges.push(orderId)}`);
      await context.wait('a day', { days: 1 });
      return { receipt };
    },
    { idempotency: once(options) },
  );
  return { charges };
}

describe('an idempotent execution', () => {
  it('runs once per key: a duplicate gets the stored result, days later too', async () => {
    const { charges } = orders({ config: { ...config, expiresAfterSeconds: 10 * 86_400 } });
    const first = await world.start('orders', { orderId: 'a' });
    expect(await world.result(first)).toEqual({ receipt: 'receipt 1' });
    world.pass(3 * 86_400_000);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual({ receipt: 'receipt 1' });
    expect(await world.result(await world.start('orders', { orderId: 'b' }))).toEqual({ receipt: 'receipt 2' });
    expect(charges).toEqual(['a', 'b']);
  });

  it('passes its own replays, and records the result for its own key only', async () => {
    const { charges } = orders();
    const arn = await world.start('orders', { orderId: 'a' });
    await world.settle();
    expect(persistenceStore.records()).toMatchObject([{ status: 'INPROGRESS', owner: expect.stringContaining(arn) }]);
    await world.end(arn);
    expect(persistenceStore.records()).toMatchObject([{ status: 'COMPLETED', owner: expect.stringContaining(arn) }]);
    expect(charges).toEqual(['a']);
  });

  it('lets three concurrent duplicates wait for the first, durably, and gives them its result', async () => {
    const { charges } = orders();
    const arns = await Promise.all([1, 2, 3, 4].map(() => world.start('orders', { orderId: 'a' })));
    await world.settle();
    const running = world.invocations;
    await world.settle();
    expect(world.invocations).toBe(running); // All of them are suspended.
    const results = [];
    for (const arn of arns) results.push(await world.result(arn));
    expect(results).toEqual(arns.map(() => ({ receipt: 'receipt 1' })));
    expect(charges).toEqual(['a']);
  });
});
