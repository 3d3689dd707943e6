import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { currentExecution } from '@middy-durable/core/middleware';
import {
  FencedPersistenceLayer,
  idempotentExecution,
  MemoryPersistenceLayer,
  type PutOutcome,
  type StoredRecord,
  stepIdempotency,
  type WriteCondition,
} from '@middy-durable/idempotency';
import { World } from './support/world.ts';

/** What becomes of the one request that is struck: the process dies before it arrives or when it was applied, or hears nothing. */
type Fate = 'dies before' | 'dies after' | 'refused' | 'lost';
const FATES: readonly Fate[] = ['dies before', 'dies after', 'refused', 'lost'];

/** Strikes one request of many. */
class StruckStore extends FencedPersistenceLayer {
  readonly inner: MemoryPersistenceLayer = new MemoryPersistenceLayer();
  readonly #world: World;
  readonly #at: number;
  readonly #fate: Fate;
  requests = 0;

  constructor(world: World, at: number, fate: Fate) {
    super();
    this.#world = world;
    this.#at = at;
    this.#fate = fate;
  }

  override put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    return this.#request(() => this.inner.put(record, condition), record.owner);
  }

  override get(key: string): Promise<StoredRecord | undefined> {
    return this.#request(() => this.inner.get(key));
  }

  override delete(key: string, owner: string): Promise<void> {
    return this.#request(() => this.inner.delete(key, owner), owner);
  }

  async #request<T>(send: () => Promise<T>, owner?: string): Promise<T> {
    if (this.requests++ !== this.#at) return send();
    const arn = (owner?.split(' ')[2] ?? currentExecution()?.durableExecutionArn) as string;
    if (this.#fate === 'refused') throw new Error('refused');
    if (this.#fate === 'dies before') return this.#world.kill(arn);
    await send();
    if (this.#fate === 'dies after') return this.#world.kill(arn);
    throw new Error('lost');
  }
}

interface Outcome {
  results: unknown[];
  /** Keys that the API was told, one for each request. */
  requests: string[];
  shipped: number;
  statuses: string[];
  storeRequests: number;
  checkpoints: number;
}

/** Two deliveries of one checkout, and a dunning for the same invoice, on a store that strikes once. */
async function scenario(at: number, fate: Fate, { fails = false, atCheckpoint = -1 } = {}): Promise<Outcome> {
  const world = new World();
  const persistenceStore = new StruckStore(world, at, fate);
  const { client } = world.backend;
  const { checkpoint } = client;
  let checkpoints = 0;
  client.checkpoint = async (request, ...more) => {
    const isStruck = checkpoints++ === atCheckpoint;
    if (isStruck && fate === 'dies before') return world.kill(request.DurableExecutionArn as string);
    const answer = await checkpoint.call(client, request, ...more);
    return isStruck ? world.kill(request.DurableExecutionArn as string) : answer;
  };
  const requests: string[] = [];
  let shipped = 0;
  let failures = fails ? 1 : 0;
  const charge = (context: DurableContext) =>
    context.step(
      'charge',
      async ({ idempotencyKey }) => {
        requests.push(idempotencyKey);
        return { charge: new Set(requests).size };
      },
      { idempotency: stepIdempotency({ persistenceStore, key: 'charge-7' }) },
    );
  world.add(
    'checkout',
    async (_event, context) => {
      if (failures-- > 0) throw new RangeError('no stock');
      const paid = await charge(context);
      await context.wait('packing', { minutes: 5 });
      await context.step('ship', async () => void shipped++);
      return paid;
    },
    { idempotency: idempotentExecution({ persistenceStore, keyPrefix: 'checkout' }) },
  );
  world.add('dunning', (_event, context) => charge(context));
  const arns: string[] = [];
  for (const name of ['checkout', 'checkout', 'dunning']) {
    arns.push(await world.start(name, { invoice: 7 }));
    await world.settle();
  }
  const results: unknown[] = [];
  for (const arn of arns) results.push(await world.result(arn));
  await world.close();
  const statuses = persistenceStore.inner.records().map(({ status }) => status);
  return { results, requests, shipped, statuses, storeRequests: persistenceStore.requests, checkpoints };
}

describe('a process that dies, or hears nothing, at any request to the store', () => {
  it.each(FATES)('%s: one charge, one result for all, one shipment', async (fate) => {
    const { storeRequests } = await scenario(-1, fate);
    expect(storeRequests).toBeGreaterThan(8);
    for (let at = 0; at < storeRequests; at++) {
      const { results, requests, shipped, statuses } = await scenario(at, fate);
      const paid = { charge: 1 };
      expect([at, results]).toEqual([at, [paid, paid, paid]]);
      expect([at, new Set(requests).size, shipped]).toEqual([at, 1, 1]);
      // Between the effect and its record, and only there, it is asked for again: under the same key.
      expect([at, requests.length <= (fate.startsWith('dies') ? 2 : 1)]).toEqual([at, true]);
      expect([at, statuses]).toEqual([at, ['COMPLETED', 'COMPLETED']]);
    }
  });

  it.each(FATES)('%s, where the first one fails: who waited does it, once', async (fate) => {
    const { storeRequests } = await scenario(-1, fate, { fails: true });
    for (let at = 0; at < storeRequests; at++) {
      const { results, requests, shipped } = await scenario(at, fate, { fails: true });
      const failed = { Status: 'FAILED', type: 'RangeError', message: 'no stock' };
      // Whoever came first has failed, and the others have the result of the one that came next.
      const paid = results.filter((result) => (result as { charge?: number }).charge === 1);
      expect([at, results.filter((result) => !paid.includes(result))]).toEqual([at, paid.length === 3 ? [] : [failed]]);
      expect([at, new Set(requests).size, shipped]).toEqual([at, 1, 1]);
    }
  });

  it.each(['dies before', 'dies after'] as const)('%s any checkpoint: the same', async (fate) => {
    const { checkpoints } = await scenario(-1, fate);
    expect(checkpoints).toBeGreaterThan(8);
    for (let atCheckpoint = 0; atCheckpoint < checkpoints; atCheckpoint++) {
      const { results, requests, shipped } = await scenario(-1, fate, { atCheckpoint });
      const paid = { charge: 1 };
      expect([atCheckpoint, results]).toEqual([atCheckpoint, [paid, paid, paid]]);
      // Its result was recorded before it was checkpointed: the charge is not asked for again. The shipment has no such record.
      expect([atCheckpoint, requests.length]).toEqual([atCheckpoint, 1]);
      expect([atCheckpoint, shipped <= 2]).toEqual([atCheckpoint, true]);
    }
  });
});
