import { withDurableExecution as withOfficialSdk } from '@aws/durable-execution-sdk-js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  createClassSerdes,
  currentStepContext,
  type DurableContext,
  durableStep,
  type StepError,
} from '@middy-durable/core';
import {
  idempotentStep,
  MemoryPersistenceLayer,
  makeIdempotent,
  type StepIdempotencyOptions,
  stepIdempotency,
} from '@middy-durable/idempotency';
import { World } from './support/world.ts';

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

const noRetry = () => ({ shouldRetry: false as const });
const soon = () => ({ shouldRetry: true as const, delay: { seconds: 1 } });
const key = 'charge-7';

type Charge = (context: DurableContext) => Promise<unknown>;
function add(name: string, charge: Charge, options: Partial<StepIdempotencyOptions> = {}): void {
  world.add(name, async (_event, context) =>
    context.step('charge', () => charge(context), {
      retryStrategy: soon,
      idempotency: stepIdempotency({ persistenceStore, key, ...options }),
    }),
  );
}

describe('an idempotent step', () => {
  it('performs its effect once for two functions and three executions', async () => {
    const charges: string[] = [];
    add('orders', async () => `receipt ${charges.push('orders')}`);
    add('renewals', async () => `receipt ${charges.push('renewals')}`);
    expect(await world.result(await world.start('orders'))).toBe('receipt 1');
    expect(await world.result(await world.start('renewals'))).toBe('receipt 1');
    expect(await world.result(await world.start('orders'))).toBe('receipt 1');
    expect(charges).toEqual(['orders']);
  });

  it('is one step on record, at one position, and the same on replay', async () => {
    world.add('orders', async (_event, context) => {
      const receipt = await context.step('charge', async () => 'receipt', {
        idempotency: stepIdempotency({ persistenceStore, key }),
      });
      await context.wait('a day', { days: 1 });
      return receipt;
    });
    const arn = await world.start('orders');
    expect(await world.result(arn)).toBe('receipt');
    const { Events } = await world.backend.executions.history(arn);
    expect(Events.filter(({ EventType }) => EventType === 'StepStarted')).toHaveLength(1);
    expect(Events.filter(({ EventType }) => EventType === 'ContextStarted')).toHaveLength(0);
  });

  it('keeps its key while it waits for its next attempt, and passes itself', async () => {
    let attempts = 0;
    add('orders', async () => {
      if (++attempts === 1) throw new Error('busy');
      return 'receipt of orders';
    });
    add('renewals', async () => 'receipt of renewals', { onConflict: 'result' });
    const orders = await world.start('orders');
    await world.settle();
    expect(persistenceStore.records()).toMatchObject([{ status: 'INPROGRESS' }]);
    const refused = await world.result(await world.start('renewals'));
    expect(refused).toMatchObject({ message: expect.stringContaining(`held by execution ${orders}`) });
    expect(await world.result(orders)).toBe('receipt of orders');
    expect(attempts).toBe(2);
  });

  it('lets others wait for it durably, and gives them its result', async () => {
    let attempts = 0;
    add('orders', async () => {
      if (++attempts < 4) throw new Error('busy');
      return 'receipt';
    });
    add('renewals', () => Promise.reject(new Error('not called')));
    const arns = [await world.start('orders'), await world.start('renewals'), await world.start('renewals')];
    for (const arn of arns) expect(await world.result(arn)).toBe('receipt');
    expect(attempts).toBe(4);
  });

  it('tells the API behind it the same key in every execution and attempt', async () => {
    const keys: (string | undefined)[] = [];
    const charge = async () => {
      keys.push(currentStepContext()?.idempotencyKey);
      if (keys.length < 3) throw new Error('busy');
    };
    add('orders', charge);
    add('renewals', charge);
    await world.end(await world.start('orders'));
    world.pass(3_700_000); // The record has expired.
    await world.end(await world.start('renewals'));
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives what two steps of one execution share to both of them', async () => {
    let charges = 0;
    world.add('orders', async (_event, context) => {
      const options = { idempotency: stepIdempotency({ persistenceStore, key }) };
      const charge = () => context.step('charge', async () => `receipt ${++charges}`, options);
      return Promise.all([charge(), charge(), charge()]);
    });
    expect(await world.result(await world.start('orders'))).toEqual(['receipt 1', 'receipt 1', 'receipt 1']);
  });

  it('fails as its body does that meets another key, also one that begins as its own', async () => {
    const nested = makeIdempotent(async (_id: string) => 'nested', { persistenceStore, key: () => `${key}7` });
    const owner = 'call other';
    const claim = { key: `${key}7`, status: 'INPROGRESS', owner, claimExpiresAt: world.now() + 900_000 } as const;
    await persistenceStore.put(claim, { kind: 'settle', owner });
    let attempts = 0;
    world.add('orders', async (_event, context) =>
      context
        .step(
          'charge',
          () => {
            attempts++;
            return nested('a');
          },
          { retryStrategy: noRetry, idempotency: stepIdempotency({ persistenceStore, key }) },
        )
        .catch(described),
    );
    expect(await world.result(await world.start('orders'))).toMatch(/^StepError: IdempotencyAlreadyInProgressError: /);
    expect(attempts).toBe(1);
    // It was no refusal of its own key: that is free again.
    expect(persistenceStore.records().map((record) => record.key)).toEqual([`${key}7`]);
  });

  it.each(['map', 'parallel'] as const)('in the branches of a %s, and in their child contexts', async (kind) => {
    let charges = 0;
    world.add('orders', async (_event, context) => {
      const charge = (inside: DurableContext, id: number) =>
        inside.runInChildContext('inner', (child) =>
          child.step('charge', async () => `receipt ${id} ${++charges}`, {
            idempotency: stepIdempotency({ persistenceStore, key: `charge-${id % 2}` }),
          }),
        );
      const batch =
        kind === 'map'
          ? await context.map('charges', [0, 1, 2, 3], (inside, id) => charge(inside, id))
          : await context.parallel(
              'charges',
              [0, 1, 2, 3].map((id) => (inside: DurableContext) => charge(inside, id)),
            );
      await context.wait({ minutes: 5 });
      return batch.getResults();
    });
    const results = (await world.result(await world.start('orders'))) as string[];
    expect(charges).toBe(2);
    expect([results[2], results[3]]).toEqual([results[0], results[1]]);
    expect(await world.result(await world.start('orders'))).toEqual(results);
    expect(charges).toBe(2);
  });

  it('guards ambient steps, too', async () => {
    let charges = 0;
    const idempotency = stepIdempotency({ persistenceStore, key });
    const charge = durableStep(
      async function charge() {
        return `receipt ${++charges}`;
      },
      { idempotency },
    );
    world.add('orders', async (_event, context) => {
      const first = await charge();
      await context.wait({ seconds: 5 });
      return [first, await charge()];
    });
    expect(await world.result(await world.start('orders'))).toEqual(['receipt 1', 'receipt 1']);
  });

  it('as a function of its own takes the options of a step and of the key', async () => {
    class Receipt {
      total = 0;
      describe(): string {
        return `a receipt over ${this.total}`;
      }
    }
    const serdes = createClassSerdes(Receipt);
    const charge = async () => Object.assign(new Receipt(), { total: 12 });
    world.add('orders', async (_event, context) => {
      const options = { persistenceStore, data: { order: 7 }, functionName: 'charge', serdes, retryStrategy: noRetry };
      const receipt = await idempotentStep(context, 'charge', options, charge);
      return receipt.describe();
    });
    expect(await world.result(await world.start('orders'))).toBe('a receipt over 12');
    expect(await world.result(await world.start('orders'))).toBe('a receipt over 12');
    expect(persistenceStore.records()).toMatchObject([{ data: { encoding: 'text' } }]);
  });

  it('does nothing under another engine, which would leave the key away without a word', async () => {
    const charges: string[] = [];
    const options = { persistenceStore, key, retryStrategy: noRetry };
    const official = withOfficialSdk(
      async (_event: unknown, context) =>
        idempotentStep(context as never, 'charge', options, async () => charges.push('official')),
      { durableExecutionClient: world.backend.client as never },
    );
    world.addHandler('orders', official as never);
    expect(await world.result(await world.start('orders'))).toMatchObject({
      message: expect.stringContaining('Step charge is to be idempotent, and its context is of another engine'),
    });
    // The guard itself, where there are two copies of the engine's package.
    const guard = stepIdempotency({ persistenceStore, key });
    await expect(guard.perform({ name: 'charge' } as never)).rejects.toMatchObject({ name: 'IdempotencyPromiseError' });
    expect(charges).toEqual([]);
    expect(persistenceStore.records()).toEqual([]);
  });

  it('refuses a body that is no function', async () => {
    world.add('orders', async (_event, context) =>
      idempotentStep(context, 'charge', { persistenceStore, key }, 'charge' as never),
    );
    expect(await world.result(await world.start('orders'))).toMatchObject({ type: 'TypeError' });
  });

  it('gives others what the response hook makes of its result, on record in each of them', async () => {
    let hooked = 0;
    const config = { responseHook: (response: never) => ({ response, hooked: ++hooked }) };
    world.add('orders', async (_event, context) => {
      const receipt = await context.step('charge', async () => 'receipt', {
        idempotency: stepIdempotency({ persistenceStore, key, config }),
      });
      await context.wait({ minutes: 1 });
      return receipt;
    });
    expect(await world.result(await world.start('orders'))).toBe('receipt');
    expect(await world.result(await world.start('orders'))).toEqual({ response: 'receipt', hooked: 1 });
    expect(hooked).toBe(1);
  });

  it.each([undefined, null, 0, false, ''])('shares a result of nothing: %p', async (value) => {
    let charges = 0;
    add('orders', async () => {
      charges++;
      return value;
    });
    for (let runs = 0; runs < 2; runs++) expect(await world.result(await world.start('orders'))).toBe(value);
    expect(charges).toBe(1);
  });

  it('says when its key is held by its own execution, which waits for it', async () => {
    add('orders', async () => 'receipt');
    const arn = await world.start('orders');
    const owner = `execution - ${arn}`;
    await persistenceStore.put({ key, status: 'INPROGRESS', owner }, { kind: 'settle', owner });
    expect(await world.result(arn)).toMatchObject({ message: expect.stringContaining('held by this very execution') });
  });
});

function described(reason: unknown): string {
  const { name, cause, message } = reason as StepError;
  return `${name}: ${cause?.name}: ${message}`;
}

describe('a step that fails for good', () => {
  const failing = async (): Promise<never> => {
    throw new RangeError('declined');
  };
  const addFailing = (onError: 'release' | 'keep' | 'store') => {
    let charges = 0;
    world.add('orders', async (_event, context) =>
      context
        .step(
          'charge',
          () => {
            charges++;
            return failing();
          },
          { retryStrategy: noRetry, idempotency: stepIdempotency({ persistenceStore, key, onError }) },
        )
        .catch(described),
    );
    return () => charges;
  };

  it('release: the next one performs it', async () => {
    const charges = addFailing('release');
    expect(await world.result(await world.start('orders'))).toBe('StepError: RangeError: declined');
    expect(await world.result(await world.start('orders'))).toBe('StepError: RangeError: declined');
    expect(charges()).toBe(2);
    expect(persistenceStore.records()).toEqual([]);
  });

  it('keep: nobody does', async () => {
    const charges = addFailing('keep');
    await world.end(await world.start('orders'));
    expect(await world.result(await world.start('orders'))).toMatch(/^StepError: IdempotencyAlreadyFailedError: /);
    expect(charges()).toBe(1);
  });

  it('store: others fail with the same error', async () => {
    const charges = addFailing('store');
    await world.end(await world.start('orders'));
    expect(await world.result(await world.start('orders'))).toBe('StepError: RangeError: declined');
    expect(charges()).toBe(1);
  });

  it('does not hide its error when the key can not be released', async () => {
    persistenceStore.delete = () => Promise.reject(new Error('unreachable'));
    addFailing('release');
    expect(await world.result(await world.start('orders'))).toBe('StepError: RangeError: declined');
  });
});

describe('a crash', () => {
  it('between the effect and its record: the effect again, by the same owner and with the same key', async () => {
    const keys: (string | undefined)[] = [];
    add('orders', async (context) => {
      keys.push(currentStepContext()?.idempotencyKey);
      return keys.length === 1 ? world.die(context) : 'receipt';
    });
    add('renewals', async () => 'receipt of renewals');
    const orders = await world.start('orders');
    expect(await world.result(orders)).toBe('receipt');
    expect(new Set(keys).size).toBe(1);
    expect(await world.result(await world.start('renewals'))).toBe('receipt');
  });

  it('between its record and the checkpoint: the result comes back, and nothing runs again', async () => {
    let charges = 0;
    let current: DurableContext | undefined;
    let deaths = 1;
    const { put } = persistenceStore;
    persistenceStore.put = async (record, condition) => {
      const outcome = await put.call(persistenceStore, record, condition);
      if (record.status === 'COMPLETED' && deaths-- > 0) await world.die(current as DurableContext);
      return outcome;
    };
    add('orders', async (context) => {
      current = context;
      return `receipt ${++charges}`;
    });
    expect(await world.result(await world.start('orders'))).toBe('receipt 1');
    expect(charges).toBe(1);
  });

  it('of an execution that is then stopped: the next one performs it at once', async () => {
    let deaths = 1;
    add('orders', async (context) => (deaths-- > 0 ? world.die(context) : 'receipt'));
    const orders = await world.start('orders');
    await world.settle();
    await world.backend.executions.stop(orders);
    add('renewals', async () => 'receipt of renewals', { onConflict: 'result' });
    expect(await world.result(await world.start('renewals'))).toBe('receipt of renewals');
  });
});

describe('a store that can not take a result', () => {
  it.each([4, 8, 120])(
    'for %p writes: the effect is not repeated, and the result is stored later',
    async (failures) => {
      let charges = 0;
      let left = failures;
      const { put } = persistenceStore;
      persistenceStore.put = async (record, condition) => {
        if (record.status === 'COMPLETED' && left-- > 0) throw new Error('unreachable');
        return put.call(persistenceStore, record, condition);
      };
      add('orders', async () => ({ receipt: ++charges }));
      add('renewals', async () => ({ receipt: 99 }));
      const orders = await world.start('orders');
      expect(await world.result(orders)).toEqual({ receipt: 1 });
      expect(await world.result(await world.start('renewals'))).toEqual({ receipt: 1 });
      expect(charges).toBe(1);
    },
  );

  it('for a failure that is to be kept: it is recorded when the store is back', async () => {
    let left = 60;
    const { put } = persistenceStore;
    persistenceStore.put = async (record, condition) => {
      if (record.status === 'FAILED' && left-- > 0) throw new Error('unreachable');
      return put.call(persistenceStore, record, condition);
    };
    let charges = 0;
    const charge = () => {
      charges++;
      return Promise.reject(new RangeError('declined'));
    };
    world.add('orders', async (_event, context) =>
      context
        .step('charge', charge, {
          retryStrategy: noRetry,
          idempotency: stepIdempotency({ persistenceStore, key, onError: 'keep' }),
        })
        .catch(described),
    );
    expect(await world.result(await world.start('orders'))).toBe('StepError: RangeError: declined');
    expect(await world.result(await world.start('orders'))).toMatch(/IdempotencyAlreadyFailedError/);
    expect(charges).toBe(1);
  });

  it('and a process that dies before it could: the next invocation stores it', async () => {
    let charges = 0;
    let current: DurableContext | undefined;
    let left = 4;
    const { put } = persistenceStore;
    persistenceStore.put = async (record, condition) => {
      if (record.status === 'COMPLETED' && left > 0) {
        left--;
        if (left === 0) await world.die(current as DurableContext);
        throw new Error('unreachable');
      }
      return put.call(persistenceStore, record, condition);
    };
    add('orders', async (context) => {
      current = context;
      return { receipt: ++charges };
    });
    expect(await world.result(await world.start('orders'))).toEqual({ receipt: 1 });
    expect(persistenceStore.records()).toMatchObject([{ status: 'COMPLETED', data: { text: '{"receipt":1}' } }]);
    expect(charges).toBe(1);
  });

  it('is tried again for a claim, as the step is', async () => {
    let left = 2;
    const { put } = persistenceStore;
    persistenceStore.put = async (record, condition) => {
      if (left-- > 0) throw new Error('unreachable');
      return put.call(persistenceStore, record, condition);
    };
    add('orders', async () => 'receipt');
    expect(await world.result(await world.start('orders'))).toBe('receipt');
  });
});

describe('options that can not be right', () => {
  const make = (options: object) => () => stepIdempotency({ persistenceStore, ...options } as never);

  it.each<[string, object, string]>([
    ['no key and no data', {}, 'say option key, or data'],
    ['an empty key', { key: '' }, 'option key must be a text'],
    ['no store', { key, persistenceStore: undefined }, 'option persistenceStore must be'],
    ['an unknown policy', { key, onConflict: 'ask' }, 'option onConflict must be one of result, reject, wait'],
    ['an unknown error policy', { key, onError: 'ignore' }, 'option onError must be one of release, keep, store'],
    ['a prefix of nothing', { key, keyPrefix: ' ' }, 'option keyPrefix must be'],
    ['a serializer that can not read', { key, outputSerializer: { serialize() {} } }, 'serialize and deserialize'],
    ['a timeout of nothing', { key, executionTimeout: 0 }, 'option executionTimeout must be whole seconds'],
    ['a status that is no function', { key, ownerStatus: 'running' }, 'option ownerStatus must be a function'],
    ['a backend that is none', { key, backend: {} }, 'option backend must be a backend'],
    ['a config that is none', { key, config: 'orderId' }, 'config must be an IdempotencyConfig'],
  ])('refuses %s', (_what, options, message) => {
    expect(make(options)).toThrow(message);
  });

  it('refuses options that are none, and a step option that is no guard', async () => {
    expect(() => stepIdempotency(undefined as never)).toThrow('options are needed');
    world.add('orders', async (_event, context) => context.step('a', async () => 1, { idempotency: { key } as never }));
    expect(await world.result(await world.start('orders'))).toMatchObject({
      message: expect.stringContaining('option idempotency must be what stepIdempotency(...) returns'),
    });
  });
});
