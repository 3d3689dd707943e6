import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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
afterEach(async () => {
  jest.restoreAllMocks();
  await world.close();
});

const config = { eventKeyJmesPath: 'orderId' };
type Body = (event: Order, context: DurableContext) => Promise<unknown>;

/** Counts the runs of a handler; `body` follows the effect. */
function orders(body: Body, options: Partial<IdempotentExecutionOptions<Order>> = {}): string[] {
  const effects: string[] = [];
  world.add(
    'orders',
    async (event: Order, context: DurableContext) => {
      await context.step('effect', async () => void effects.push(event.orderId));
      return body(event, context);
    },
    { idempotency: idempotentExecution<Order>({ persistenceStore, config, ...options }) },
  );
  return effects;
}

const aDay: Body = async (_event, context) => {
  await context.wait({ days: 1 });
  return 'done';
};
const failing: Body = async () => {
  throw new RangeError('no stock');
};

describe('what a duplicate gets', () => {
  it('result: an error that names the owner while it is at work, and the result after that', async () => {
    const effects = orders(aDay, { onConflict: 'result' });
    const first = await world.start('orders', { orderId: 'a' });
    await world.settle();
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual({
      Status: 'FAILED',
      type: 'IdempotencyAlreadyInProgressError',
      message: expect.stringContaining(`held by execution ${first}`),
    });
    await world.end(first);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
    expect(effects).toEqual(['a']);
  });

  it('reject: an error in both cases', async () => {
    orders(aDay, { onConflict: 'reject' });
    const first = await world.start('orders', { orderId: 'a' });
    await world.settle();
    const during = await world.result(await world.start('orders', { orderId: 'a' }));
    expect(during).toMatchObject({ type: 'IdempotencyAlreadyInProgressError' });
    await world.end(first);
    const afterwards = await world.result(await world.start('orders', { orderId: 'a' }));
    expect(afterwards).toMatchObject({
      type: 'IdempotencyAlreadyCompletedError',
      message: expect.stringContaining(first),
    });
  });

  it('wait: runs the handler itself when the owner fails and releases the key', async () => {
    let runs = 0;
    const effects = orders(async (_event, context) => {
      await context.wait({ hours: 1 });
      if (++runs === 1) throw new RangeError('no stock');
      return 'second';
    });
    const first = await world.start('orders', { orderId: 'a' });
    await world.settle();
    const second = await world.start('orders', { orderId: 'a' });
    expect(await world.result(first)).toMatchObject({ type: 'RangeError' });
    expect(await world.result(second)).toBe('second');
    expect(effects).toEqual(['a', 'a']);
  });

  it('is the same in its replays: the verdict is on its own record', async () => {
    let deaths = 1;
    const seen: unknown[] = [];
    const effects = orders(aDay, { config: { ...config, expiresAfterSeconds: 60 } });
    await world.end(await world.start('orders', { orderId: 'a' }));
    // The duplicate's process dies when it has its verdict, and goes on when the record has expired.
    const guard = idempotentExecution<Order>({ persistenceStore, config });
    world.add('orders', () => Promise.reject(new Error('the handler ran')), {
      idempotency: {
        async enter(event, context) {
          const entered = await guard.enter(event, context);
          seen.push(entered);
          if (deaths-- > 0) await world.die(context);
          return entered;
        },
      },
    });
    const duplicate = await world.start('orders', { orderId: 'a' });
    await world.settle();
    world.pass(120_000);
    expect(await world.result(duplicate)).toBe('done');
    expect(seen).toEqual([{ answer: 'done' }, { answer: 'done' }]);
    expect(effects).toEqual(['a']);
  });

  it('with another payload is a validation error, before and after the end of the first', async () => {
    const compared = { config: { ...config, payloadValidationJmesPath: 'amount' } };
    const effects = orders(aDay, compared);
    const first = await world.start('orders', { orderId: 'a', amount: 1 });
    await world.settle();
    const other = { type: 'IdempotencyValidationError', message: expect.stringContaining('another payload') };
    expect(await world.result(await world.start('orders', { orderId: 'a', amount: 2 }))).toMatchObject(other);
    await world.end(first);
    expect(await world.result(await world.start('orders', { orderId: 'a', amount: 2 }))).toMatchObject(other);
    expect(await world.result(await world.start('orders', { orderId: 'a', amount: 1 }))).toBe('done');
    expect(effects).toEqual(['a']);
  });

  it('goes through the response hook, which the first one never meets', async () => {
    const hooked: unknown[] = [];
    const responseHook = (response: never, record: { idempotencyKey: string; getStatus(): string }) => {
      hooked.push(record.getStatus());
      return Promise.resolve({ response, again: true });
    };
    orders(aDay, { config: { ...config, responseHook } });
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
    expect(hooked).toEqual([]);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual({
      response: 'done',
      again: true,
    });
    expect(hooked).toEqual(['COMPLETED']);
  });

  it('is a result of any size', async () => {
    const large = 'x'.repeat(300_000);
    orders(async () => ({ large }));
    await world.end(await world.start('orders', { orderId: 'a' }));
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual({ large });
  });

  it.each([undefined, null, 0, false, ''])('is a result of nothing: %p', async (value) => {
    const effects = orders(async () => value);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe(value);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe(value);
    expect(effects).toEqual(['a']);
  });
});

describe('a failure of the owner', () => {
  it('release: the next one runs the handler', async () => {
    const effects = orders(failing);
    await world.end(await world.start('orders', { orderId: 'a' }));
    expect(persistenceStore.records()).toEqual([]);
    await world.end(await world.start('orders', { orderId: 'a' }));
    expect(effects).toEqual(['a', 'a']);
  });

  it('keep: nobody may, although the owner has ended', async () => {
    const effects = orders(failing, { onError: 'keep' });
    const first = await world.start('orders', { orderId: 'a' });
    expect(await world.result(first)).toMatchObject({ type: 'RangeError' });
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({
      type: 'IdempotencyAlreadyFailedError',
      message: expect.stringContaining(first),
    });
    expect(effects).toEqual(['a']);
    world.pass(3_700_000);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({ type: 'RangeError' });
  });

  it('store: duplicates get the same error', async () => {
    const effects = orders(failing, { onError: 'store' });
    const error = { Status: 'FAILED', type: 'RangeError', message: 'no stock' };
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual(error);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toEqual(error);
    expect(effects).toEqual(['a']);
  });
});

describe('an owner that ended without a word', () => {
  it.each([
    ['was stopped', (arn: string) => world.backend.executions.stop(arn)],
    [
      'timed out',
      async (arn: string) => {
        world.pass(3_601_000);
        await world.settle();
        expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'TIMED_OUT' });
      },
    ],
    ['timed out, and nobody has recorded that yet', async () => world.pass(3_601_000)],
  ])('%s: the next caller has the key at once', async (_how, end) => {
    const effects = orders(aDay);
    const first = await world.start('orders', { orderId: 'a' }, 3600);
    await world.settle();
    await end(first);
    const second = await world.start('orders', { orderId: 'a' });
    await world.settle();
    expect(effects).toEqual(['a', 'a']);
    expect(persistenceStore.records()).toMatchObject([{ owner: expect.stringContaining(second) }]);
    expect(await world.result(second)).toBe('done');
  });

  it('was deleted: the same', async () => {
    const effects = orders(aDay);
    await world.start('orders', { orderId: 'a' });
    await world.settle();
    jest
      .spyOn(world.backend.executions, 'get')
      .mockRejectedValue(Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' }));
    await world.start('orders', { orderId: 'a' });
    await world.settle();
    expect(effects).toEqual(['a', 'a']);
  });

  it('keeps its key where nobody can say how it is, until the claim runs out', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const ownerStatus = jest.fn<() => Promise<never>>().mockRejectedValue(new Error('no rights'));
    const effects = orders(aDay, { ownerStatus, executionTimeout: 2 * 86_400, onConflict: 'result' });
    const first = await world.start('orders', { orderId: 'a' }, 2 * 86_400);
    await world.settle();
    await world.backend.executions.stop(first);
    const refused = await world.result(await world.start('orders', { orderId: 'a' }));
    expect(refused).toMatchObject({ type: 'IdempotencyAlreadyInProgressError' });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('lambda:GetDurableExecution'));
    world.pass(2 * 86_400_000 + 2000);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
    expect(effects).toEqual(['a', 'a']);
  });

  it('is not asked about in another place, where nobody knows it', async () => {
    orders(aDay, { onConflict: 'result' });
    await world.start('orders', { orderId: 'a' });
    await world.settle();
    const elsewhere = new World();
    elsewhere.add('orders', async () => 'ran', {
      idempotency: idempotentExecution<Order>({ persistenceStore, config, onConflict: 'result' }),
    });
    expect(await elsewhere.result(await elsewhere.start('orders', { orderId: 'a' }))).toMatchObject({
      type: 'IdempotencyAlreadyInProgressError',
    });
    await elsewhere.close();
  });
});

describe('an execution that is only observed', () => {
  it('holds its key as long as its invocation may last, whatever of it is on record', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const effects: string[] = [];
    world.add(
      'orders',
      async ({ orderId }: Order, context) => {
        await context.step('effect', async () => void effects.push(orderId));
        return promise;
      },
      {
        mode: 'observe',
        idempotency: idempotentExecution<Order>({ persistenceStore, config, onConflict: 'result' }),
      },
    );
    // Its record is written behind it, as well as that can be done.
    const gone = Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' });
    const get = jest.spyOn(world.backend.executions, 'get').mockRejectedValue(gone);
    const first = world.call('orders', { orderId: 'a' });
    while (effects.length === 0) await new Promise((next) => setImmediate(next));
    await expect(world.call('orders', { orderId: 'a' })).rejects.toMatchObject({
      name: 'IdempotencyAlreadyInProgressError',
    });
    expect(get).not.toHaveBeenCalled();
    const [{ claimExpiresAt = 0 } = {}] = persistenceStore.records();
    expect(claimExpiresAt - world.now()).toBeLessThanOrEqual(900_000);
    resolve('done');
    expect(await first).toBe('done');
    expect(await world.call('orders', { orderId: 'a' })).toBe('done');
    expect(effects).toEqual(['a']);
  });

  it('leaves a key free when its process died and its time is over', async () => {
    let runs = 0;
    world.add('orders', () => (++runs === 1 ? new Promise(() => {}) : Promise.resolve('second')), {
      mode: 'observe',
      idempotency: idempotentExecution<Order>({ persistenceStore, config, onConflict: 'result' }),
    });
    void world.call('orders', { orderId: 'a' });
    while (runs === 0) await new Promise((next) => setImmediate(next));
    world.pass(901_000);
    expect(await world.call('orders', { orderId: 'a' })).toBe('second');
  });
});

describe('a process that dies', () => {
  it('before the first checkpoint: the next invocation has its own claim (S4)', async () => {
    let deaths = 1;
    world.add(
      'orders',
      async (_event, context) => {
        if (deaths-- > 0) await world.die(context);
        return 'done';
      },
      { idempotency: idempotentExecution<Order>({ persistenceStore, config }) },
    );
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
  });

  it('between the record and the answer: the handler does not run again (S10)', async () => {
    let runs = 0;
    let context: DurableContext | undefined;
    const { put } = persistenceStore;
    let deaths = 1;
    persistenceStore.put = async (record, condition) => {
      const outcome = await put.call(persistenceStore, record, condition);
      if (record.status === 'COMPLETED' && deaths-- > 0) await world.die(context as DurableContext);
      return outcome;
    };
    world.add(
      'orders',
      async (_event, current) => {
        context = current;
        return `run ${++runs}`;
      },
      { idempotency: idempotentExecution<Order>({ persistenceStore, config }) },
    );
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('run 1');
    expect(runs).toBe(1);
  });
});

describe('a store that fails', () => {
  it.each(['INPROGRESS', 'COMPLETED'])('fails only the invocation when %s is written', async (status) => {
    const effects = orders(async () => 'done');
    const { put } = persistenceStore;
    let failures = 3;
    persistenceStore.put = async (record, condition) => {
      if (record.status === status && failures-- > 0) throw new Error('unreachable');
      return put.call(persistenceStore, record, condition);
    };
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
    expect(effects).toEqual(['a']);
    expect(persistenceStore.records()).toMatchObject([{ status: 'COMPLETED' }]);
  });

  it('does not hide the error of a handler when the key can not be released', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    orders(failing);
    persistenceStore.delete = () => Promise.reject(new Error('unreachable'));
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({ type: 'RangeError' });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('was not released'));
    // Its owner has ended: nobody has to wait for the claim.
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({ type: 'RangeError' });
  });

  it('claims that are said to end before their executions do: who can be asked decides, not the time', async () => {
    const effects = orders(aDay, { executionTimeout: 3600, onConflict: 'result' });
    const first = await world.start('orders', { orderId: 'a' });
    await world.settle();
    world.pass(7_200_000);
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({
      type: 'IdempotencyAlreadyInProgressError',
    });
    const [{ expiresAt = 0 } = {}] = persistenceStore.records();
    expect(expiresAt - world.now()).toBeGreaterThan(300 * 86_400_000); // Time to live does not collect it either.
    expect(await world.result(first)).toBe('done');
    expect(effects).toEqual(['a']);
  });

  it('the same where nobody can be asked: two effects, and yet one result', async () => {
    const effects = orders(
      async (_event, context) => {
        await context.wait({ days: 1 });
        return context.executionContext.durableExecutionArn;
      },
      {
        executionTimeout: 3600,
        ownerStatus: async () => 'unknown',
        config: { ...config, expiresAfterSeconds: 864_000 },
      },
    );
    const first = await world.start('orders', { orderId: 'a' });
    await world.settle();
    world.pass(3_700_000);
    // The claim was said to last an hour, and the execution takes a day.
    const second = await world.start('orders', { orderId: 'a' });
    await world.settle();
    expect(effects).toEqual(['a', 'a']);
    const result = await world.result(second);
    expect([first, second]).toContain(result);
    expect(await world.result(first)).toBe(result);
  });

  it('a claim that is taken while the handler runs: a typed error, and the other record stands', async () => {
    orders(async () => {
      const [{ key, owner = '' } = { key: '' }] = persistenceStore.records();
      const claim = { key, status: 'INPROGRESS', owner: 'call other', claimExpiresAt: world.now() + 60_000 } as const;
      await persistenceStore.put(claim, { kind: 'replace', owner });
      return 'late';
    });
    expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({
      type: 'IdempotencyOwnershipLostError',
      message: expect.stringContaining('another call has it now'),
    });
    expect(persistenceStore.records()).toMatchObject([{ status: 'INPROGRESS', owner: 'call other' }]);
  });
});
