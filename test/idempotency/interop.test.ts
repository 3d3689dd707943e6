import { CachePersistenceLayer } from '@aws-lambda-powertools/idempotency/cache';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { idempotentExecution, makeIdempotent, stepIdempotency } from '@middy-durable/idempotency';
import { DynamoDBPersistenceLayer } from '@middy-durable/idempotency/dynamodb';
import { PowertoolsConfig, powertoolsIdempotent, powertoolsLayer } from './support/plain-powertools.ts';
import { onEveryDynamoDB } from './support/stores.ts';
import { World } from './support/world.ts';

interface Order {
  orderId: string;
  amount?: number;
}
const options = { eventKeyJmesPath: 'orderId', payloadValidationJmesPath: 'amount' };
const context = { getRemainingTimeInMillis: () => 30_000 };
const RESULT = { receipt: 'r-1', items: [1, 2.5, { deep: null }], ok: true };

beforeEach(() => {
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'orders';
  jest.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  jest.restoreAllMocks();
});

onEveryDynamoDB((makeTable, engine) => {
  let client: DynamoDBClient;
  let tableName: string;
  let theirs: BasePersistenceLayer;
  let ours: DynamoDBPersistenceLayer;
  beforeEach(async () => {
    client = engine().client;
    ({ tableName, layer: ours } = await makeTable());
    theirs = powertoolsLayer(tableName, client);
  });
  const itemsOf = async (TableName: string) =>
    (await client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];

  /** The same function by both, on one table. */
  const both = (body: () => Promise<unknown> = async () => RESULT) => {
    const calls: string[] = [];
    const fn = (by: string) => async (_order: Order, _context: object) => {
      calls.push(by);
      return body();
    };
    return {
      calls,
      powertools: powertoolsIdempotent(fn('Powertools'), {
        persistenceStore: theirs,
        config: new PowertoolsConfig(options),
      }) as unknown as (order: Order, context: object) => Promise<unknown>,
      mine: makeIdempotent(fn('ours'), { persistenceStore: ours, config: new PowertoolsConfig(options) as never }),
    };
  };

  describe('Powertools for TypeScript', () => {
    it('results that it stored count, whatever they are', async () => {
      const { calls, powertools, mine } = both();
      await powertools({ orderId: 'a', amount: 1 }, context);
      expect(await mine({ orderId: 'a', amount: 1 }, context)).toEqual(RESULT);
      await expect(mine({ orderId: 'a', amount: 2 }, context)).rejects.toMatchObject({
        name: 'IdempotencyValidationError',
      });
      expect(calls).toEqual(['Powertools']);
    });

    it('it reads ours', async () => {
      const { calls, powertools, mine } = both();
      await mine({ orderId: 'a', amount: 1 }, context);
      expect(await powertools({ orderId: 'a', amount: 1 }, context)).toEqual(RESULT);
      await expect(powertools({ orderId: 'a', amount: 2 }, context)).rejects.toMatchObject({
        name: 'IdempotencyValidationError',
      });
      expect(calls).toEqual(['ours']);
    });

    it.each([undefined, null, 0, false, '', 'text', 12.5, []])('either way with the result %p', async (value) => {
      const { calls, powertools, mine } = both(async () => value);
      await mine({ orderId: 'a' }, context);
      expect(await powertools({ orderId: 'a' }, context)).toEqual(value);
      await powertools({ orderId: 'b' }, context);
      expect(await mine({ orderId: 'b' }, context)).toEqual(value);
      expect(calls).toEqual(['ours', 'Powertools']);
    });

    it('each respects what the other has in progress', async () => {
      const { calls, powertools, mine } = both(() => new Promise(() => {}));
      void powertools({ orderId: 'a' }, context);
      void mine({ orderId: 'b' }, context);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const inProgress = { name: 'IdempotencyAlreadyInProgressError' };
      await expect(mine({ orderId: 'a' }, context)).rejects.toMatchObject(inProgress);
      await expect(powertools({ orderId: 'b' }, context)).rejects.toMatchObject(inProgress);
      expect(calls.sort()).toEqual(['Powertools', 'ours']);
    });

    it('takes over what the other left behind, by the time in the record', async () => {
      const brief = { getRemainingTimeInMillis: () => 1 };
      const { powertools, mine } = both(() => new Promise(() => {}));
      void powertools({ orderId: 'a' }, brief);
      void mine({ orderId: 'b' }, brief);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const after = both();
      expect(await after.mine({ orderId: 'a' }, context)).toEqual(RESULT);
      expect(await after.powertools({ orderId: 'b' }, context)).toEqual(RESULT);
    });

    it('a kept failure is not run again by it', async () => {
      const failing = makeIdempotent(async (_order: Order) => Promise.reject(new Error('x')), {
        persistenceStore: new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client }),
        config: options,
        onError: 'keep',
      });
      await expect(failing({ orderId: 'a' })).rejects.toThrow('x');
      const { calls, powertools } = both();
      await expect(powertools({ orderId: 'a' }, context)).rejects.toThrow();
      expect(calls).toEqual([]);
    });

    it('a function that becomes durable finds the results of the one that it was', async () => {
      const { powertools } = both();
      await powertools({ orderId: 'a', amount: 1 }, context);
      const world = new World();
      const idempotency = idempotentExecution({ persistenceStore: ours, config: options });
      world.add('orders', () => Promise.reject(new Error('it ran')), { idempotency });
      expect(await world.result(await world.start('orders', { orderId: 'a', amount: 1 }))).toEqual(RESULT);
      await world.close();
    });
  });

  describe('Powertools for Python', () => {
    // As its module writes them: MD5 of json.dumps in hexadecimal, results as text.
    const ID = 'orders.app.charge#6067924ae1b1832abce3d12fe83755a9';
    const config = { eventKeyJmesPath: 'order_id', keyFormat: 'powertools-python' } as const;
    const python = (persistenceStore: DynamoDBPersistenceLayer) => {
      const calls: unknown[] = [];
      const charge = makeIdempotent(
        async (order: { order_id: string }) => {
          calls.push(order);
          return { message: 'é', total: 1.5 };
        },
        { persistenceStore, config, functionName: 'app.charge' },
      );
      return { charge, calls };
    };

    it('results that it stored count', async () => {
      const Item = {
        id: { S: ID },
        expiration: { N: String(Math.floor(Date.now() / 1000) + 600) },
        status: { S: 'COMPLETED' },
        data: { S: '{"by": "python", "n": [1, 2.5]}' },
      };
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
      const { charge, calls } = python(ours);
      expect(await charge({ order_id: 'a' })).toEqual({ by: 'python', n: [1, 2.5] });
      expect(calls).toEqual([]);
    });

    it('ours are written as it reads them', async () => {
      const { charge } = python(ours);
      await charge({ order_id: 'a' });
      const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: ID } } }));
      expect(Item).toEqual({
        id: { S: ID },
        status: { S: 'COMPLETED' },
        expiration: { N: expect.stringMatching(/^\d{10}$/) },
        data: { S: '{"message":"é","total":1.5}' },
        owner: { S: expect.stringMatching(/^call /) },
      });
      expect(await charge({ order_id: 'a' })).toEqual({ message: 'é', total: 1.5 });
    });
  });

  describe('tables of other layouts', () => {
    it('with a sort key, and names of its own', async () => {
      const names = {
        keyAttr: 'pk',
        sortKeyAttr: 'sk',
        staticPkValue: 'idempotency',
        statusAttr: 'state',
        expiryAttr: 'ttl',
        inProgressExpiryAttr: 'until',
        dataAttr: 'result',
        validationKeyAttr: 'hash',
        ownerAttr: 'holder',
      };
      ({ tableName, layer: ours } = await makeTable(names));
      const charge = makeIdempotent(async (_order: Order) => RESULT, { persistenceStore: ours, config: options });
      await charge({ orderId: 'a', amount: 1 });
      expect(await charge({ orderId: 'a', amount: 1 })).toEqual(RESULT);
      const [item] = await itemsOf(tableName);
      expect(Object.keys(item ?? {}).sort()).toEqual(['hash', 'holder', 'pk', 'result', 'sk', 'state', 'ttl']);
      expect(item?.pk).toEqual({ S: 'idempotency' });
      const text = 'x'.repeat(800_000);
      const large = makeIdempotent(async (_id: string) => text, { persistenceStore: ours, keyPrefix: 'large' });
      expect(await large('a')).toBe(text);
      expect(await large('a')).toBe(text);
      expect(await itemsOf(tableName)).toHaveLength(5); // Two records, and the three parts of one.
    });

    it('by a client of its own', async () => {
      const { endpoint, requestHandler } = client.config;
      const clientConfig = {
        ...(endpoint && { endpoint }),
        requestHandler,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      };
      const persistenceStore = new DynamoDBPersistenceLayer({ tableName, clientConfig });
      const charge = makeIdempotent(async (_order: Order) => RESULT, { persistenceStore, config: options });
      await charge({ orderId: 'a' });
      expect(await itemsOf(tableName)).toMatchObject([{ status: { S: 'COMPLETED' } }]);
    });

    it('whose keys are others: the error says what to do', async () => {
      const layer = new DynamoDBPersistenceLayer({ tableName, keyAttr: 'key', awsSdkV3Client: client });
      const charge = makeIdempotent(async (_order: Order) => 1, { persistenceStore: layer });
      await expect(charge({ orderId: 'a' })).rejects.toThrow('keyAttr, and sortKeyAttr');
    });

    it('that are not there: the error says so', async () => {
      const layer = new DynamoDBPersistenceLayer({ tableName: 'nowhere', awsSdkV3Client: client });
      const charge = makeIdempotent(async (_order: Order) => 1, { persistenceStore: layer });
      await expect(charge({ orderId: 'a' })).rejects.toMatchObject({
        name: 'IdempotencyPersistenceLayerError',
        message: expect.stringContaining('there is no such table'),
      });
    });

    it('refuses keys that are too long, before the function runs', async () => {
      const calls: string[] = [];
      const charge = makeIdempotent(async (id: string) => calls.push(id), { persistenceStore: ours, key: (id) => id });
      await expect(charge('x'.repeat(2000))).rejects.toThrow('takes 2000 bytes and the limit is');
      expect(calls).toEqual([]);
    });
  });

  describe('a layer of Powertools', () => {
    it('serves functions: one call, its result, a release after a failure', async () => {
      let calls = 0;
      const persistenceStore = theirs as never;
      const charge = makeIdempotent(
        async (_order: Order) => {
          if (++calls === 1) throw new RangeError('declined');
          return RESULT;
        },
        { persistenceStore, config: options },
      );
      await expect(charge({ orderId: 'a', amount: 1 })).rejects.toThrow(RangeError);
      expect(await charge({ orderId: 'a', amount: 1 })).toEqual(RESULT);
      expect(await charge({ orderId: 'a', amount: 1 })).toEqual(RESULT);
      await expect(charge({ orderId: 'a', amount: 2 })).rejects.toMatchObject({ name: 'IdempotencyValidationError' });
      expect(calls).toBe(2);
    });

    it('keeps what a serializer made', async () => {
      const outputSerializer = {
        serialize: (value: { at: Date }) => String(value.at.getTime()),
        deserialize: (text: string | undefined) => ({ at: new Date(Number(text)) }),
      };
      const persistenceStore = theirs as never;
      const look = makeIdempotent(async (_id: string) => ({ at: new Date(7) }), { persistenceStore, outputSerializer });
      await look('a');
      expect(await look('a')).toEqual({ at: new Date(7) });
    });

    it.each<[string, () => unknown, string]>([
      ['an execution', () => idempotentExecution({ persistenceStore: theirs as never }), 'own replays pass'],
      [
        'a step',
        () => stepIdempotency({ persistenceStore: theirs as never, key: 'k' }),
        'own retries and replays pass',
      ],
      [
        'a layer that does not compare payloads',
        () => {
          theirs.configure({ config: new PowertoolsConfig({}) });
          return makeIdempotent(async () => 1, { persistenceStore: theirs as never, config: options });
        },
        'the same key with another payload is an error',
      ],
      [
        'a failure that keeps the key',
        () => makeIdempotent(async () => 1, { persistenceStore: theirs as never, onError: 'keep' }),
        'a failed call keeps its key',
      ],
      [
        'a cache and a payload that is compared',
        () =>
          makeIdempotent(async () => 1, {
            persistenceStore: new CachePersistenceLayer({ client: {} as never }) as never,
            config: options,
          }),
        'the same key with the same payload gets the stored result',
      ],
    ])('is refused for %s, with the promise that is lost', (_what, make, promise) => {
      expect(make).toThrow(expect.objectContaining({ name: 'IdempotencyPromiseError' }));
      expect(make).toThrow(promise);
    });
  });

  describe('requests that fail', () => {
    it('a lost answer changes nothing: the request is repeated, and knows its own record', async () => {
      const faulty = await makeTable({}, { maxAttempts: 3 });
      for (const request of ['PutItem', 'DeleteItem']) faulty.strike('lost', (name) => name === request, 2);
      let calls = 0;
      const charge = makeIdempotent(
        async (_order: Order) => {
          if (++calls === 1) throw new RangeError('declined');
          return RESULT;
        },
        { persistenceStore: faulty.layer },
      );
      await expect(charge({ orderId: 'a' })).rejects.toThrow(RangeError);
      faulty.strike('lost', (name) => name === 'PutItem', 1);
      expect(await charge({ orderId: 'a' })).toEqual(RESULT);
      faulty.strike('twice', (name) => name === 'PutItem', 1);
      expect(await charge({ orderId: 'a' })).toEqual(RESULT);
      expect(calls).toBe(2);
    });

    it.each(['lost', 'twice'] as const)('executions and steps, the first answer of each request %s', async (fault) => {
      const faulty = await makeTable({}, { maxAttempts: 2 });
      const seen = new WeakSet<object>();
      const isFirst = (_request: string, input: object) => !seen.has(input) && Boolean(seen.add(input));
      faulty.strike(fault, isFirst, 1000);
      const world = new World();
      const effects: string[] = [];
      world.add(
        'orders',
        async ({ orderId }: Order, current) => {
          const charge = () =>
            current.step('charge', async () => `${orderId} ${effects.push(orderId)}`, {
              idempotency: stepIdempotency({ persistenceStore: faulty.layer, key: `charge-${orderId}` }),
            });
          if (orderId === 'fails') throw new RangeError('no stock');
          if (orderId === 'stopped') await current.wait({ days: 1 });
          return charge();
        },
        { idempotency: idempotentExecution({ persistenceStore: faulty.layer, config: options }) },
      );
      const start = (orderId: string) => world.start('orders', { orderId });
      expect(await world.result(await start('a'))).toBe('a 1');
      expect(await world.result(await start('a'))).toBe('a 1');
      for (let runs = 0; runs < 2; runs++) {
        expect(await world.result(await start('fails'))).toMatchObject({ type: 'RangeError' });
      }
      const stopped = await start('stopped');
      await world.settle();
      await world.backend.executions.stop(stopped);
      // The takeover is applied, and its repetition finds the key in other hands: its own.
      const next = await start('stopped');
      await world.settle();
      expect((await itemsOf(faulty.tableName)).find(({ status }) => status?.S === 'INPROGRESS')?.owner?.S).toContain(
        next,
      );
      expect(await world.result(next)).toBe('stopped 2');
      expect(effects).toEqual(['a', 'stopped']);
      expect(faulty.calm()).toBeLessThan(990);
      await world.close();
    });

    it('a claim whose answer never came is given back', async () => {
      const faulty = await makeTable({}, { maxAttempts: 1 });
      faulty.strike('lost', (name) => name === 'PutItem');
      const charge = makeIdempotent(async (_order: Order) => RESULT, { persistenceStore: faulty.layer });
      await expect(charge({ orderId: 'a' })).rejects.toMatchObject({ name: 'IdempotencyPersistenceLayerError' });
      expect(await charge({ orderId: 'a' })).toEqual(RESULT);
    });

    it('a denied one says which rights are needed', async () => {
      const faulty = await makeTable({}, { maxAttempts: 1 });
      faulty.strike('AccessDeniedException', (name) => name === 'PutItem');
      const charge = makeIdempotent(async (_order: Order) => RESULT, { persistenceStore: faulty.layer });
      await expect(charge({ orderId: 'a' })).rejects.toThrow('dynamodb:PutItem, GetItem and DeleteItem');
    });
  });
});

describe('options of the layer', () => {
  const make = (more: object) => () => new DynamoDBPersistenceLayer({ tableName: 't', ...more } as never);
  it.each<[string, object, string]>([
    ['no table', { tableName: '' }, 'option tableName'],
    ['equal keys', { keyAttr: 'id', sortKeyAttr: 'id' }, 'two attributes are called id'],
    ['equal attributes', { statusAttr: 'data' }, 'two attributes are called data'],
    ['an attribute without a name', { ownerAttr: '' }, 'texts that are not empty'],
    ['two clients', { clientConfig: {}, awsSdkV3Client: { send() {} } }, 'not both'],
    ['a client that is none', { awsSdkV3Client: {} }, 'it has no send()'],
    ['a partition key without a sort key', { staticPkValue: 'x' }, 'pass sortKeyAttr too'],
  ])('refuses %s', (_what, more, message) => {
    expect(make(more)).toThrow(message);
  });
});
