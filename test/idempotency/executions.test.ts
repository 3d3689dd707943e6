import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { createClassSerdes, type DurableContext, durableExecution } from '@middy-durable/core';
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

  it('gives middlewares class results back as classes', async () => {
    class Receipt {
      id = '';
    }
    const seen: unknown[] = [];
    const watching = { after: ({ response }: { response: unknown }) => void seen.push(response instanceof Receipt) };
    const handler = middy(async ({ orderId }: Order) => Object.assign(new Receipt(), { id: orderId }), {
      executionMode: durableExecution({ backend: world.backend }),
    })
      .use(watching as object)
      .use(once({ outputSerializer: createClassSerdes(Receipt) }) as object);
    world.addHandler('orders', handler as never);
    const run = async () => world.result(await world.start('orders', { orderId: 'a' }));
    expect([await run(), await run()]).toEqual([{ id: 'a' }, { id: 'a' }]);
    expect(seen).toEqual([true]);
    const [record] = persistenceStore.records();
    expect(record?.data?.encoding).toBe('text');
  });

  it('may have several keys, each with a verdict of its own', async () => {
    const runs: string[] = [];
    const byAmount = idempotentExecution<Order>({
      persistenceStore,
      keyPrefix: 'amount',
      data: ({ amount }) => amount,
    });
    world.addHandler(
      'orders',
      middy<Order, string>(
        async ({ orderId }: Order) => {
          runs.push(orderId);
          return `order ${orderId}`;
        },
        { executionMode: durableExecution({ backend: world.backend }) },
      )
        .use(once())
        .use(byAmount) as never,
    );
    const run = async (order: Order) => world.result(await world.start('orders', order));
    expect(await run({ orderId: 'a', amount: 1 })).toBe('order a');
    expect(await run({ orderId: 'b', amount: 1 })).toBe('order a');
    expect(await run({ orderId: 'b', amount: 2 })).toBe('order a');
    expect(await run({ orderId: 'c', amount: 2 })).toBe('order c');
    expect(runs).toEqual(['a', 'c']);
  });

  it('guards ordinary events: a duplicate under another id is answered as pending, and has the result in the end', async () => {
    const { charges } = orders();
    const deliver = (messageId: string) =>
      world.call('orders', { orderId: 'a', Records: [{ messageId, body: '{}', eventSource: 'aws:sqs' }] });
    const answers = [await deliver('m-1'), await deliver('m-2')];
    expect(answers).toMatchObject([{ status: 'RUNNING' }, { status: 'RUNNING' }]);
    const { DurableExecutions } = await world.backend.executions.list();
    expect(DurableExecutions).toHaveLength(2);
    for (const { DurableExecutionArn } of DurableExecutions) {
      expect(await world.result(DurableExecutionArn)).toEqual({ receipt: 'receipt 1' });
    }
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
