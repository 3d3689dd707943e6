import { inspect } from 'node:util';
import { DynamoDBPersistenceLayer as PowertoolsDynamoDB } from '@aws-lambda-powertools/idempotency/dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createClassSerdes, type DurableContext, withDurableExecution } from '@middy-durable/core';
import {
  IdempotencyConfig,
  type IdempotencyConflictError,
  type MakeIdempotentOptions,
  MemoryPersistenceLayer,
  makeIdempotent,
} from '@middy-durable/idempotency';
import { World } from './support/world.ts';

let persistenceStore: MemoryPersistenceLayer;
beforeEach(() => {
  persistenceStore = new MemoryPersistenceLayer();
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

interface Order {
  id: string;
}
type Options = Partial<MakeIdempotentOptions<[Order, ...unknown[]]>>;

/** A function that counts its calls. */
function charging(options: Options = {}, body: (order: Order) => unknown = ({ id }) => `receipt ${id}`) {
  const calls: string[] = [];
  const charge = makeIdempotent(
    async function charge(order: Order, ..._rest: unknown[]) {
      calls.push(order.id);
      return body(order);
    },
    { persistenceStore, ...options },
  );
  return { charge, calls };
}

describe('an idempotent function', () => {
  it('runs once for equal data, and gives the stored result', async () => {
    const { charge, calls } = charging();
    expect([await charge({ id: 'a' }), await charge({ id: 'a' }), await charge({ id: 'b' })]).toEqual([
      'receipt a',
      'receipt a',
      'receipt b',
    ]);
    expect(calls).toEqual(['a', 'b']);
  });

  it.each([undefined, null, 0, false, ''])('stores a result of nothing: %p', async (value) => {
    const { charge, calls } = charging({}, () => value);
    expect([await charge({ id: 'a' }), await charge({ id: 'a' })]).toEqual([value, value]);
    expect(calls).toEqual(['a']);
  });

  it('keeps its name, its parameters and its this', async () => {
    const till = {
      currency: 'EUR',
      charge: makeIdempotent(
        async function charge(this: { currency: string }, id: string) {
          return `${id} ${this.currency}`;
        },
        { persistenceStore },
      ),
    };
    expect(till.charge.name).toBe('charge');
    expect(await till.charge('a')).toBe('a EUR');
  });

  it('makes the key of what it is told', async () => {
    const byData = charging({ keyPrefix: 'data', data: (order: Order) => order.id });
    await byData.charge({ id: 'a' });
    await byData.charge({ id: 'a', more: 1 } as Order);
    expect(byData.calls).toHaveLength(1);

    const index: string[] = [];
    const second = makeIdempotent(async (_n: number, order: Order) => index.push(order.id), {
      persistenceStore,
      keyPrefix: 'index',
      dataIndexArgument: 1,
    });
    await second(1, { id: 'a' });
    await second(2, { id: 'a' });
    expect(index).toHaveLength(1);

    const keyword: string[] = [];
    const named = makeIdempotent(async ({ order }: { order: Order; at: number }) => keyword.push(order.id), {
      persistenceStore,
      keyPrefix: 'keyword',
      dataKeywordArgument: 'order',
    });
    await named({ order: { id: 'a' }, at: 1 });
    await named({ order: { id: 'a' }, at: 2 });
    expect(keyword).toHaveLength(1);

    const byKey = charging({ key: (order: Order) => `charge-${order.id}` });
    await byKey.charge({ id: 'a' });
    expect(persistenceStore.records().map(({ key }) => key)).toContain('charge-a');
  });

  it('takes an argument by its index also where the second one is a Lambda context', async () => {
    const seen: unknown[] = [];
    const fn = makeIdempotent(async (_event: object, _context: object, order: Order) => seen.push(order), {
      persistenceStore,
      dataIndexArgument: 2,
    });
    const context = { getRemainingTimeInMillis: () => 1000 };
    await fn({ n: 1 }, context, { id: 'a' });
    await fn({ n: 2 }, context, { id: 'a' });
    expect(seen).toHaveLength(1);
  });

  it('has the key of the payload as it was called with, whatever it does to it', async () => {
    const { charge, calls } = charging({}, (order) => {
      order.id = 'changed';
    });
    await charge({ id: 'a' });
    await charge({ id: 'a' });
    expect(calls).toEqual(['a']);
    expect(persistenceStore.records()).toMatchObject([{ status: 'COMPLETED' }]);
  });

  it('lets one of many concurrent calls through, and tells the others', async () => {
    const { charge, calls } = charging({}, () => new Promise((resolve) => setTimeout(() => resolve('receipt'), 5)));
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => charge({ id: 'a' })));
    expect(calls).toEqual(['a']);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject(
      Array(3).fill({ reason: { name: 'IdempotencyAlreadyInProgressError' } }),
    );
    expect(await charge({ id: 'a' })).toBe('receipt');
  });

  it('wait: waits in the process for the result', async () => {
    const { charge, calls } = charging(
      { onConflict: 'wait' },
      () => new Promise((resolve) => setTimeout(() => resolve('receipt'), 5)),
    );
    expect(await Promise.all([charge({ id: 'a' }), charge({ id: 'a' })])).toEqual(['receipt', 'receipt']);
    expect(calls).toEqual(['a']);
  });

  it('wait: not longer than the invocation has', async () => {
    const context = { getRemainingTimeInMillis: () => 1500 };
    const { charge } = charging({ onConflict: 'wait' }, () => new Promise(() => {}));
    void charge({ id: 'a' }, context);
    await expect(charge({ id: 'a' }, context)).rejects.toThrow('has not ended yet');
  });

  it("an error about somebody else's record does not bring its result into a log", async () => {
    const { charge } = charging({ onConflict: 'reject' }, () => 'the secret of another customer');
    await charge({ id: 'a' });
    const error = (await charge({ id: 'a' }).catch((failure: unknown) => failure)) as IdempotencyConflictError;
    expect(error.existingRecord.data?.text).toContain('secret');
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('secret');
  });

  it('a lost answer of its own result is no other result: what it returned stays what it is', async () => {
    const { put } = persistenceStore;
    let losses = 1;
    persistenceStore.put = async (record, condition) => {
      // As a store of values gives it back.
      const kept = {
        ...record,
        data: record.data && { ...record.data, text: '{"b":2,"at":"1970-01-01T00:00:00.000Z"}' },
      };
      const outcome = await put.call(persistenceStore, kept, condition);
      if (record.status === 'COMPLETED' && losses-- > 0) throw new Error('lost');
      return outcome;
    };
    const { charge } = charging({}, () => ({ at: new Date(0), b: 2 }));
    expect(await charge({ id: 'a' })).toEqual({ at: new Date(0), b: 2 });
    expect(await charge({ id: 'a' })).toEqual({ at: new Date(0).toISOString(), b: 2 });
  });

  it('rejects every repetition where it is told to', async () => {
    const { charge } = charging({ onConflict: 'reject' });
    await charge({ id: 'a' });
    await expect(charge({ id: 'a' })).rejects.toMatchObject({
      name: 'IdempotencyAlreadyCompletedError',
      owner: undefined,
    });
  });

  it('gives class results back as classes', async () => {
    class Receipt {
      id = '';
      label(): string {
        return `receipt ${this.id}`;
      }
    }
    const { charge } = charging({ outputSerializer: createClassSerdes(Receipt) }, ({ id }) =>
      Object.assign(new Receipt(), { id }),
    );
    await charge({ id: 'a' });
    expect(((await charge({ id: 'a' })) as Receipt).label()).toBe('receipt a');
  });

  it('keeps the key when the result can not be stored: it has happened', async () => {
    const { charge, calls } = charging({}, () => 12n);
    await expect(charge({ id: 'a' })).rejects.toMatchObject({ name: 'IdempotencyResultError' });
    await expect(charge({ id: 'a' })).rejects.toMatchObject({ name: 'IdempotencyAlreadyFailedError' });
    expect(calls).toEqual(['a']);
  });

  it('says so when a stored result can not be read', async () => {
    const outputSerializer = {
      serialize: () => 'text',
      deserialize: () => Promise.reject(new Error('another format')),
    };
    const { charge } = charging({ outputSerializer: outputSerializer as never });
    await charge({ id: 'a' });
    await expect(charge({ id: 'a' })).rejects.toThrow("can't be read: another format");
  });

  it('throws what the response hook throws, and leaves the record as it is', async () => {
    const responseHook = () => {
      throw new RangeError('hook');
    };
    const { charge, calls } = charging({ config: new IdempotencyConfig({ responseHook }) });
    await charge({ id: 'a' });
    await expect(charge({ id: 'a' })).rejects.toThrow(RangeError);
    await expect(charge({ id: 'a' })).rejects.toThrow(RangeError);
    expect(calls).toEqual(['a']);
  });
});

describe('a call that fails', () => {
  const fail = (): never => {
    throw new RangeError('declined');
  };

  it('release: the next call runs again; what was thrown comes out as it is', async () => {
    const { charge, calls } = charging({}, fail);
    await expect(charge({ id: 'a' })).rejects.toThrow(RangeError);
    await expect(charge({ id: 'a' })).rejects.toThrow(RangeError);
    expect(calls).toHaveLength(2);
    const text = charging({ keyPrefix: 'text' }, () => Promise.reject('no error'));
    await expect(text.charge({ id: 'a' })).rejects.toBe('no error');
  });

  it('keep and store: the key is kept', async () => {
    const kept = charging({ onError: 'keep', keyPrefix: 'keep' }, fail);
    await expect(kept.charge({ id: 'a' })).rejects.toThrow(RangeError);
    await expect(kept.charge({ id: 'a' })).rejects.toMatchObject({ name: 'IdempotencyAlreadyFailedError' });
    const stored = charging({ onError: 'store', keyPrefix: 'store' }, fail);
    await expect(stored.charge({ id: 'a' })).rejects.toThrow(RangeError);
    await expect(stored.charge({ id: 'a' })).rejects.toMatchObject({ name: 'RangeError', message: 'declined' });
    expect([kept.calls, stored.calls]).toEqual([['a'], ['a']]);
    const strict = charging({ onConflict: 'reject', keyPrefix: 'store' });
    await expect(strict.charge({ id: 'a' })).rejects.toMatchObject({ name: 'IdempotencyAlreadyFailedError' });
  });

  it('rejects with its own error when the record can not be touched', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const { charge } = charging({}, fail);
    persistenceStore.delete = () => Promise.reject(new Error('unreachable'));
    await expect(charge({ id: 'a' })).rejects.toThrow(RangeError);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('stays as it is until the claim runs out'));
  });
});

describe('how long a claim lasts', () => {
  const until = () => (persistenceStore.records()[0]?.claimExpiresAt as number) - Date.now();
  const never = () => new Promise(() => {});
  const begin = async (charge: (...args: [Order, ...unknown[]]) => Promise<unknown>, ...args: unknown[]) => {
    void charge({ id: 'a' }, ...args);
    await new Promise((resolve) => setImmediate(resolve));
  };

  it.each<[string, unknown, number]>([
    ['the Lambda context', { getRemainingTimeInMillis: () => 5000 }, 5000],
    ['the context inside a durable one', { lambdaContext: { getRemainingTimeInMillis: () => 7000 } }, 7000],
    ['an invocation without a moment left', { getRemainingTimeInMillis: () => 0 }, 0],
    ['no context of an invocation that is over', { getRemainingTimeInMillis: () => -5 }, 900_000],
    ['nobody: the longest invocation', undefined, 900_000],
  ])('is said by %s', async (_who, context, ms) => {
    const { charge } = charging({}, never);
    await begin(charge, context);
    expect(until()).toBeGreaterThan(ms - 500);
    expect(until()).toBeLessThanOrEqual(ms);
  });

  it('is said by the context that the config was told', async () => {
    const config = new IdempotencyConfig();
    config.registerLambdaContext({ getRemainingTimeInMillis: () => 60_000 });
    const { charge } = charging({ config }, never);
    await begin(charge);
    expect(until()).toBeGreaterThan(59_000);
    expect(until()).toBeLessThanOrEqual(60_000);
  });

  it('ends with it: the next call has the key, and a slow one can not overwrite its record', async () => {
    jest.useFakeTimers();
    const gate = Promise.withResolvers<string>();
    const results: unknown[] = [gate.promise, 'second'];
    const { charge, calls } = charging({}, () => results.shift());
    const context = { getRemainingTimeInMillis: () => 1000 };
    const slow = charge({ id: 'a' }, context);
    jest.setSystemTime(Date.now() + 1001);
    expect(await charge({ id: 'a' }, context)).toBe('second');
    gate.resolve('first');
    await expect(slow).rejects.toMatchObject({ name: 'IdempotencyOwnershipLostError' });
    expect(await charge({ id: 'a' }, context)).toBe('second');
    expect(calls).toEqual(['a', 'a']);
  });
});

describe('in a durable execution', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  it('a call is a step', async () => {
    const { charge, calls } = charging();
    world.add('orders', async (order: Order, context) => {
      const receipt = await charge(order);
      await context.wait({ minutes: 5 });
      return [receipt, await charge(order)];
    });
    const arn = await world.start('orders', { id: 'a' });
    expect(await world.result(arn)).toEqual(['receipt a', 'receipt a']);
    expect(calls).toEqual(['a']);
    const { Events } = await world.backend.executions.history(arn);
    const names = Events.filter(({ EventType }) => EventType === 'StepSucceeded').map(({ Name }) => Name);
    expect(names).toEqual(['charge', 'charge']);
  });

  it("a call in a step is the step's: its retries pass (S6), and nobody else does", async () => {
    let deaths = 1;
    const bodies: string[] = [];
    const charge = makeIdempotent(
      async (order: Order, kill: () => Promise<never>) => {
        bodies.push(order.id);
        if (deaths-- > 0) await kill();
        return 'receipt';
      },
      { persistenceStore },
    );
    world.add('orders', (order: Order, context) =>
      context.step('charge', () => charge(order, () => world.die(context)), {
        retryStrategy: () => ({ shouldRetry: false }),
      }),
    );
    const first = await world.start('orders', { id: 'a' });
    expect(await world.result(first)).toBe('receipt');
    expect(bodies).toEqual(['a', 'a']);
    expect(await world.result(await world.start('orders', { id: 'a' }))).toBe('receipt');
    expect(bodies).toEqual(['a', 'a']);
  });

  it('two calls at once in one step have one owner between them', async () => {
    const { charge, calls } = charging({}, () => new Promise((resolve) => setImmediate(resolve)));
    world.add('orders', (order: Order, context) =>
      context.step('charge', async () => {
        const outcomes = await Promise.allSettled([charge(order), charge(order)]);
        return outcomes.map(({ status }) => status);
      }),
    );
    expect(await world.result(await world.start('orders', { id: 'a' }))).toEqual(['fulfilled', 'rejected']);
    expect(calls).toEqual(['a']);
  });

  it('wait: a call in a step waits no longer than its invocation has, and the step is tried again', async () => {
    const { charge, calls } = charging({ onConflict: 'wait', key: () => 'k' });
    const owner = 'call other';
    const claim = { key: 'k', status: 'INPROGRESS', owner, claimExpiresAt: Date.now() + 10 * 86_400_000 } as const;
    await persistenceStore.put(claim, { kind: 'settle', owner });
    let attempts = 0;
    const handler = withDurableExecution(
      (order: Order, context: DurableContext) =>
        context.step(
          'charge',
          () => {
            attempts++;
            return charge(order);
          },
          { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 2, delay: { seconds: 1 } }) },
        ),
      { backend: world.backend },
    );
    world.addHandler('orders', (event, context) =>
      handler(event as never, { ...(context as object), getRemainingTimeInMillis: () => 1500 }),
    );
    expect(await world.result(await world.start('orders', { id: 'a' }))).toMatchObject({
      message: expect.stringContaining('has not ended yet'),
    });
    expect([attempts, calls]).toEqual([2, []]);
  });

  it('refuses a layer of Powertools, and says which promise is lost', async () => {
    const powertools = new PowertoolsDynamoDB({ tableName: 'none', clientConfig: { region: 'us-east-1' } });
    const { charge } = charging({ persistenceStore: powertools as never });
    world.add('orders', (order: Order) => charge(order));
    expect(await world.result(await world.start('orders', { id: 'a' }))).toMatchObject({
      type: 'IdempotencyPromiseError',
      message: expect.stringContaining("an execution's own retries and replays pass"),
    });
  });
});

describe('options that can not be right', () => {
  const make =
    (options: object, fn: unknown = async () => 1) =>
    () =>
      makeIdempotent(fn as never, { persistenceStore, ...options } as never);

  it.each<[string, () => unknown, string]>([
    ['what is no function', make({}, 'charge'), 'must be a function'],
    ['data that is no function', make({ data: 'id' }), 'option data must be a function'],
    ['a key that is no function', make({ key: 'a' }), 'option key must be a function'],
    ['an index that is none', make({ dataIndexArgument: -1 }), 'option dataIndexArgument'],
    ['a name that is none', make({ dataKeywordArgument: '' }), 'option dataKeywordArgument'],
    ['two ways at once', make({ dataIndexArgument: 1, data: () => 1 }), 'in one way'],
    ['a store that is none', make({ persistenceStore: {} }), 'option persistenceStore'],
  ])('refuses %s', (_what, call, message) => {
    expect(call).toThrow(message);
  });

  it('refuses two functions whose keys could not be told apart', () => {
    const options = { persistenceStore };
    makeIdempotent(async function charge() {}, options);
    makeIdempotent(async function charge() {}, options);
    expect(() => makeIdempotent(async function refund() {}, options)).toThrow(
      'the functions charge and refund would have the same keys',
    );
    makeIdempotent(async function refund() {}, { ...options, keyPrefix: 'refund' });
    const unnamed = { persistenceStore, keyPrefix: 'unnamed' };
    const again = () => makeIdempotent(async () => 1, unnamed);
    again();
    again(); // The same code is the same function.
    expect(() => makeIdempotent(async () => 2, unnamed)).toThrow('(without a name) and (without a name)');
    makeIdempotent(async function cancel() {}, { ...options, functionName: 'cancel' });
    makeIdempotent(async function notify() {}, { ...options, key: () => 'n' });
  });
});
