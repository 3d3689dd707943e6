import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import {
  IdempotencyConfig,
  type IdempotencyConfigOptions,
  idempotentExecution,
  MemoryPersistenceLayer,
  makeIdempotent,
} from '@middy-durable/idempotency';
import middy6 from 'middy-6';
import { World } from './support/world.ts';

// Rows of the feature table of Powertools for Python that cross parts; the others stand beside the code.

interface Order {
  id?: string | null;
}

let persistenceStore: MemoryPersistenceLayer;
let warn: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  persistenceStore = new MemoryPersistenceLayer();
  warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function counting(options: IdempotencyConfigOptions = {}) {
  let calls = 0;
  const fn = makeIdempotent(async (_order: Order) => ++calls, { persistenceStore, config: options });
  return { fn, calls: () => calls };
}

describe('a payload without a key', () => {
  const config = { eventKeyJmesPath: 'id' };

  it('runs without idempotency, with a warning', async () => {
    const { fn } = counting(config);
    expect([await fn({}), await fn({}), await fn({ id: null })]).toEqual([1, 2, 3]);
    expect(warn).toHaveBeenCalledTimes(3);
    expect(persistenceStore.records()).toEqual([]);
  });

  it('or throws the very error', async () => {
    const { fn, calls } = counting({ ...config, throwOnNoIdempotencyKey: true });
    await expect(fn({})).rejects.toMatchObject({ name: 'IdempotencyKeyError' });
    expect(calls()).toBe(0);
  });

  it('the same in an execution', async () => {
    const world = new World();
    let runs = 0;
    const handler = async () => ++runs;
    world.add('lenient', handler, { idempotency: idempotentExecution({ persistenceStore, config }) });
    world.add('strict', handler, {
      idempotency: idempotentExecution({ persistenceStore, config: { ...config, throwOnNoIdempotencyKey: true } }),
    });
    expect(await world.result(await world.start('lenient'))).toBe(1);
    expect(await world.result(await world.start('lenient'))).toBe(2);
    expect(await world.result(await world.start('strict'))).toMatchObject({ type: 'IdempotencyKeyError' });
    await world.close();
  });
});

describe('expiry', () => {
  it('is an hour, or what is said; after that the call is made again', async () => {
    jest.useFakeTimers();
    const hour = counting();
    const minute = makeIdempotent(async (_order: Order) => Date.now(), {
      persistenceStore,
      keyPrefix: 'minute',
      config: { expiresAfterSeconds: 60 },
    });
    await hour.fn({ id: 'a' });
    const first = await minute({ id: 'a' });
    jest.setSystemTime(Date.now() + 59_000);
    expect(await minute({ id: 'a' })).toBe(first);
    jest.setSystemTime(Date.now() + 3000);
    expect(await minute({ id: 'a' })).not.toBe(first);
    expect(await hour.fn({ id: 'a' })).toBe(1);
    jest.setSystemTime(Date.now() + 3_600_000);
    expect(await hour.fn({ id: 'a' })).toBe(2);
  });
});

describe('the local cache', () => {
  const reads = () => {
    const { put } = persistenceStore;
    let requests = 0;
    persistenceStore.put = (...args) => {
      requests++;
      return put.apply(persistenceStore, args);
    };
    return () => requests;
  };

  it('answers without a request, and compares payloads still', async () => {
    const requests = reads();
    const { fn } = counting({ useLocalCache: true, eventKeyJmesPath: 'id', payloadValidationJmesPath: 'n' });
    await fn({ id: 'a', n: 1 } as Order);
    const before = requests();
    expect(await fn({ id: 'a', n: 1 } as Order)).toBe(1);
    await expect(fn({ id: 'a', n: 2 } as Order)).rejects.toMatchObject({ name: 'IdempotencyValidationError' });
    expect(requests()).toBe(before);
  });

  it('takes in what others stored, and never a claim', async () => {
    const { fn: other } = counting();
    await other({ id: 'a' });
    const { fn } = counting({ useLocalCache: true });
    expect(await fn({ id: 'a' })).toBe(1);
    const requests = reads();
    expect(await fn({ id: 'a' })).toBe(1);
    expect(requests()).toBe(0);
  });

  it('is not there unless it is asked for', async () => {
    const { fn } = counting();
    await fn({ id: 'a' });
    const requests = reads();
    await fn({ id: 'a' });
    expect(requests()).toBe(1);
  });
});

describe('configured once', () => {
  it('two functions with configs of their own share a store: neither is warned about or ignored', async () => {
    const byId = makeIdempotent(async (_order: Order) => 'by id', {
      persistenceStore,
      keyPrefix: 'one',
      config: { eventKeyJmesPath: 'id' },
    });
    const whole = makeIdempotent(async (_order: Order) => 'whole', { persistenceStore, keyPrefix: 'two' });
    await Promise.all([byId({ id: 'a' }), whole({ id: 'a' })]);
    expect([await byId({ id: 'a' }), await whole({ id: 'a' })]).toEqual(['by id', 'whole']);
    expect(
      persistenceStore
        .records()
        .map(({ key }) => key.split('#')[0])
        .sort(),
    ).toEqual(['one', 'two']);
    expect(warn).not.toHaveBeenCalled();
  });

  it('a config is shared by concurrent calls, each with its own remaining time', async () => {
    const config = new IdempotencyConfig();
    const hang = makeIdempotent((_order: Order, _context: object) => new Promise(() => {}), {
      persistenceStore,
      config,
    });
    const context = (ms: number) => ({ getRemainingTimeInMillis: () => ms });
    void hang({ id: 'a' }, context(1000));
    void hang({ id: 'b' }, context(600_000));
    await new Promise((resolve) => setImmediate(resolve));
    const left = persistenceStore
      .records()
      .map(({ claimExpiresAt = 0 }) => Math.round((claimExpiresAt - Date.now()) / 1000));
    expect(left.sort((a, b) => a - b)).toEqual([1, 600]);
  });
});

describe('POWERTOOLS_IDEMPOTENCY_DISABLED', () => {
  it('leaves functions, handlers and executions as they are', async () => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
    const { fn } = counting();
    const guard = idempotentExecution({ persistenceStore });
    let runs = 0;
    const handler = middy(async (_event: object) => ++runs).use(guard);
    const world = new World();
    world.add('orders', async () => ++runs, { idempotency: guard });
    expect([await fn({ id: 'a' }), await fn({ id: 'a' })]).toEqual([1, 2]);
    const sync = makeIdempotent((id: string) => id, { persistenceStore, keyPrefix: 'sync' });
    expect(sync('a')).toBeInstanceOf(Promise); // As its type says, switched off or not.
    expect([await handler({}, {} as never), await handler({}, {} as never)]).toEqual([1, 2]);
    expect(await world.result(await world.start('orders'))).toBe(3);
    expect(await world.result(await world.start('orders'))).toBe(4);
    expect(persistenceStore.records()).toEqual([]);
    await world.close();
  });
});

describe.each([
  ['middy 7', middy],
  ['middy 6', middy6 as unknown as typeof middy],
])('the handler form: %s without durable executions', (_version, wrap) => {
  const context = { getRemainingTimeInMillis: () => 30_000, functionName: 'orders' } as never;
  const handlerOf = (fn: (event: { id: string }) => Promise<unknown>, more: object[] = []) => {
    const handler = wrap<{ id: string }, unknown>(fn).use(
      idempotentExecution({ persistenceStore, config: { eventKeyJmesPath: 'id' } }),
    );
    for (const one of more) handler.use(one as middy.MiddlewareObj<{ id: string }, unknown>);
    return (event: object) => handler(event as never, context) as Promise<unknown>;
  };

  it.each([['receipt'], [null], [false]])('runs once, and answers %p again', async (value) => {
    let runs = 0;
    const call = handlerOf(async () => {
      runs++;
      return value;
    });
    expect([await call({ id: 'a' }), await call({ id: 'a' })]).toEqual([value, value]);
    expect(runs).toBe(1);
  });

  it('does not run again for a stored nothing', async () => {
    let runs = 0;
    const call = handlerOf(async () => void runs++);
    await call({ id: 'a' });
    expect(await call({ id: 'a' })).toBeUndefined();
    expect(runs).toBe(1);
  });

  it('has the key of the event as it was: what changes it later changes no key', async () => {
    const parse = {
      before: ({ event }: { event: { id: string } }) => {
        event.id = 'parsed';
      },
    };
    let runs = 0;
    const call = handlerOf(async () => ++runs, [parse]);
    expect([await call({ id: 'a' }), await call({ id: 'a' })]).toEqual([1, 1]);
  });

  it('releases after a failure of its own, and keeps a result that a later hook fails after', async () => {
    let runs = 0;
    const call = handlerOf(async () => {
      if (++runs === 1) throw new RangeError('no stock');
      return 'receipt';
    });
    await expect(call({ id: 'a' })).rejects.toThrow(RangeError);
    expect(await call({ id: 'a' })).toBe('receipt');

    let failures = 1;
    const outer = {
      after: () => {
        if (failures-- > 0) throw new Error('the response was not sent');
      },
    };
    let effects = 0;
    const handler = wrap(async (_event: { id: string }) => ++effects)
      .use(outer)
      .use(idempotentExecution({ persistenceStore, keyPrefix: 'outer', config: { eventKeyJmesPath: 'id' } }));
    await expect(handler({ id: 'a' }, context)).rejects.toThrow('the response was not sent');
    await handler({ id: 'a' }, context);
    expect(effects).toBe(1);
  });
});
