import { DurableExecutionInvocationInputWithClient } from '@aws/durable-execution-sdk-js';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { type DurableContext, durableExecution, withDurableExecution } from '@middy-durable/core';
import {
  type FencedPersistenceLayer,
  type IdempotencyOptions,
  idempotentExecution,
  makeIdempotent,
  stepIdempotency,
} from '@middy-durable/idempotency';
import { PowertoolsConfig, powertoolsIdempotent, powertoolsLayer } from './support/plain-powertools.ts';
import { onEveryDynamoDB } from './support/stores.ts';
import { World } from './support/world.ts';

// Each failure first as it is with Powertools 2.35, then without it.

interface Order {
  orderId: string;
}
type Fn = (event: Order, context: DurableContext) => Promise<unknown>;
const options = { eventKeyJmesPath: 'orderId' };

onEveryDynamoDB((makeTable, engine) => {
  let world: World;
  let client: DynamoDBClient;
  let theirs: BasePersistenceLayer;
  let ours: FencedPersistenceLayer;
  let tableName: string;
  beforeEach(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    world = new World();
    client = engine().client;
    ({ tableName, layer: ours } = await makeTable());
    theirs = powertoolsLayer(tableName, client);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await world.close();
  });

  const inner = (fn: Fn): Fn =>
    powertoolsIdempotent(fn as never, {
      persistenceStore: theirs,
      config: new PowertoolsConfig(options),
    }) as unknown as Fn;
  const once = (more: Partial<IdempotencyOptions> = {}) =>
    idempotentExecution({ persistenceStore: ours, config: options, ...more });
  const statusOf = async (arn: string) => (await world.end(arn)).Status;

  /** Charges, then waits. */
  const charging =
    (charges: string[]): Fn =>
    async ({ orderId }, context) => {
      await context.step('charge', async () => void charges.push(orderId));
      await context.wait({ minutes: 5 });
      return `receipt ${charges.length}`;
    };

  describe('S1: idempotency around the durable handler', () => {
    it('Powertools: PENDING is stored as the result, and the execution never completes', async () => {
      const charges: string[] = [];
      const durable = withDurableExecution(charging(charges) as never, { backend: world.backend });
      const config = new PowertoolsConfig({ eventKeyJmesPath: 'DurableExecutionArn' });
      world.addHandler('orders', powertoolsIdempotent(durable as never, { persistenceStore: theirs, config }) as never);
      const arn = await world.start('orders', { orderId: 'a' });
      for (let hours = 0; hours < 2; hours++) {
        await world.settle();
        world.pass(600_000);
      }
      await world.settle();
      expect((await world.backend.executions.get(arn)).Status).not.toBe('SUCCEEDED');
      expect(charges).toEqual(['a']);
    });

    it('S1b, Powertools: by default the key is the whole event with its token, and protects nothing', async () => {
      const charges: string[] = [];
      const durable = withDurableExecution(charging(charges) as never, { backend: world.backend });
      world.addHandler('orders', powertoolsIdempotent(durable as never, { persistenceStore: theirs }) as never);
      const arns = [await world.start('orders', { orderId: 'a' }), await world.start('orders', { orderId: 'a' })];
      for (const arn of arns) await world.end(arn);
      expect(charges).toEqual(['a', 'a']);
    });

    it('ours refuses to stand there, at start-up or at the first invocation, and says where it belongs', async () => {
      const durable = withDurableExecution(charging([]) as never, { backend: world.backend });
      const executionMode = durableExecution({ backend: world.backend }) as never;
      for (const handler of [durable, middy(charging([]) as never, { executionMode })]) {
        expect(() => makeIdempotent(handler as never, { persistenceStore: ours })).toThrow(
          'this handler is durable already',
        );
      }
      const envelope = { DurableExecutionArn: 'arn', CheckpointToken: 'token' };
      const around = async (event: object) => durable(event as never, {});
      const misplaced = { name: 'IdempotencyPromiseError', message: expect.stringContaining('Put it inside') };
      await expect(makeIdempotent(around, { persistenceStore: ours })(envelope)).rejects.toMatchObject(misplaced);
      const wrapped = middy(around).use(once() as middy.MiddlewareObj<object, unknown>);
      await expect(wrapped(envelope, {} as never)).rejects.toMatchObject(misplaced);
      expect((await client.send(new ScanCommand({ TableName: tableName }))).Items).toEqual([]);
    });

    it("ours is the handler's own: the execution suspends and ends", async () => {
      const charges: string[] = [];
      world.add('orders', charging(charges), { idempotency: once() });
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('receipt 1');
    });
  });

  describe('S2, S3: a second execution with the same key', () => {
    it('Powertools: it fails for good while the first is at work', async () => {
      const charges: string[] = [];
      world.add('orders', inner(charging(charges)));
      const first = await world.start('orders', { orderId: 'a' });
      await world.settle();
      expect(await statusOf(await world.start('orders', { orderId: 'a' }))).toBe('FAILED');
      expect(await statusOf(first)).toBe('SUCCEEDED'); // S2: one execution alone works.
    });

    it('ours around the code of a handler says what to use in its place', async () => {
      const fn = makeIdempotent(charging([]), { persistenceStore: ours, config: options });
      world.add('orders', fn as Fn);
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({
        message: expect.stringContaining('uses context.step, and its call is a step'),
      });
    });

    it('Powertools: when the lock has run out, both charge', async () => {
      const charges: string[] = [];
      const config = new PowertoolsConfig(options);
      config.registerLambdaContext({ getRemainingTimeInMillis: () => 1 } as never);
      const fn = charging(charges);
      const withShortLock = powertoolsIdempotent(async (event: Order) => fn(event, current as DurableContext), {
        persistenceStore: theirs,
        config,
      });
      let current: DurableContext | undefined;
      world.add('orders', (event: Order, context) => {
        current = context;
        return withShortLock(event);
      });
      await world.start('orders', { orderId: 'a' });
      await world.settle();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await world.start('orders', { orderId: 'a' });
      await world.settle();
      expect(charges).toEqual(['a', 'a']);
    });

    it('ours: one charge, and one result for both', async () => {
      const charges: string[] = [];
      world.add('orders', charging(charges), { idempotency: once() });
      const first = await world.start('orders', { orderId: 'a' });
      await world.settle();
      const second = await world.start('orders', { orderId: 'a' });
      expect([await world.result(first), await world.result(second)]).toEqual(['receipt 1', 'receipt 1']);
      expect(charges).toEqual(['a']);
    });
  });

  describe('S4: killed before the first checkpoint', () => {
    const dying = (): Fn => {
      let deaths = 1;
      return async (_event, context) => (deaths-- > 0 ? world.die(context) : 'done');
    };

    it('Powertools: its own lock fails the execution', async () => {
      world.add('orders', inner(dying()));
      expect(await statusOf(await world.start('orders', { orderId: 'a' }))).toBe('FAILED');
    });

    it('ours: it passes its own claim', async () => {
      world.add('orders', dying(), { idempotency: once() });
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('done');
    });
  });

  describe('S5: the handler fails', () => {
    const failing =
      (charges: string[]): Fn =>
      async ({ orderId }, context) => {
        await context.step('charge', async () => void charges.push(orderId));
        throw new RangeError('after the charge');
      };

    it('Powertools: a redelivery runs everything again, there is no other way', async () => {
      const charges: string[] = [];
      world.add('orders', inner(failing(charges)));
      for (let deliveries = 0; deliveries < 2; deliveries++)
        await statusOf(await world.start('orders', { orderId: 'a' }));
      expect(charges).toEqual(['a', 'a']);
    });

    it('ours: the error policy says', async () => {
      const charges: string[] = [];
      world.add('orders', failing(charges), { idempotency: once({ onError: 'store' }) });
      for (let deliveries = 0; deliveries < 2; deliveries++) {
        expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({ type: 'RangeError' });
      }
      expect(charges).toEqual(['a']);
    });
  });

  describe('S6: an idempotent function in a step, killed', () => {
    const scenario = (wrap: (fn: (order: Order) => Promise<unknown>) => (order: Order) => Promise<unknown>) => {
      let deaths = 1;
      let current: DurableContext | undefined;
      const charge = wrap(async () => (deaths-- > 0 ? world.die(current as DurableContext) : 'receipt'));
      world.add('orders', (order: Order, context) => {
        current = context;
        return context.step('charge', () => charge(order), {
          retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 1 } }),
        });
      });
    };

    it('Powertools: every retry meets its own lock', async () => {
      scenario((fn) => powertoolsIdempotent(fn, { persistenceStore: theirs }) as never);
      expect(await statusOf(await world.start('orders', { orderId: 'a' }))).toBe('FAILED');
    });

    it('ours: the retry passes', async () => {
      scenario((fn) => makeIdempotent(fn, { persistenceStore: ours }));
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toBe('receipt');
    });
  });

  describe('S7: an effect of which nobody knows whether it happened', () => {
    const ambiguous = (charges: string[]) => async (order: Order) => {
      charges.push(order.orderId);
      throw new Error('the connection broke');
    };
    const twice = () => ({
      retryStrategy: (_error: Error, attempt: number) => ({ shouldRetry: attempt < 2, delay: { seconds: 1 } }),
    });

    it('Powertools: the lock is deleted, and another execution repeats it', async () => {
      const charges: string[] = [];
      const charge = powertoolsIdempotent(ambiguous(charges), { persistenceStore: theirs });
      world.add('orders', (order: Order, context) => context.step('charge', () => charge(order), twice()));
      for (let runs = 0; runs < 2; runs++) await statusOf(await world.start('orders', { orderId: 'a' }));
      expect(charges).toHaveLength(4);
    });

    it('ours: the step retries as it is told to, and with keep nobody else does it', async () => {
      const charges: string[] = [];
      const idempotency = stepIdempotency({ persistenceStore: ours, key: 'charge-a', onError: 'keep' });
      world.add('orders', (order: Order, context) =>
        context.step('charge', () => ambiguous(charges)(order), { ...twice(), idempotency }),
      );
      for (let runs = 0; runs < 2; runs++) await statusOf(await world.start('orders', { orderId: 'a' }));
      expect(charges).toHaveLength(2);
    });
  });

  describe('S10: the result is stored, and the process dies before its answer', () => {
    const scenario = (die: () => number) => {
      let runs = 0;
      const handler: Fn = async (_event, context) => {
        await context.step('look', async () => 1);
        return { run: ++runs, dies: die(), arn: context.executionContext.durableExecutionArn };
      };
      return { handler, runs: () => runs };
    };

    it('Powertools: the handler runs again', async () => {
      const { handler, runs } = scenario(() => 0);
      const guarded = inner(handler);
      let deaths = 1;
      world.add('orders', async (event: Order, context) => {
        const result = await guarded(event, context);
        return deaths-- > 0 ? world.die(context) : result;
      });
      await world.end(await world.start('orders', { orderId: 'a' }));
      expect(runs()).toBe(2);
    });

    it('ours: its own stored result', async () => {
      const { handler, runs } = scenario(() => 0);
      let deaths = 1;
      let current: DurableContext | undefined;
      const { put } = ours;
      ours.put = async (record, condition) => {
        const outcome = await put.call(ours, record, condition);
        if (record.status === 'COMPLETED' && deaths-- > 0) await world.die(current as DurableContext);
        return outcome;
      };
      const kept: Fn = (event, context) => {
        current = context;
        return handler(event, context);
      };
      world.add('orders', kept, { idempotency: once() });
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({ run: 1 });
      expect(runs()).toBe(1);
    });
  });

  describe('M8, M8b, M8c: the middleware in a durable handler of middy', () => {
    interface Remaining {
      getRemainingTimeInMillis?: () => number;
    }
    const withRemainingTime = {
      before: ({ context }: { context: Remaining & { lambdaContext: Remaining } }) => {
        Object.assign(context, { getRemainingTimeInMillis: context.lambdaContext.getRemainingTimeInMillis });
      },
    };
    const brief = (handler: (event: object, context: object) => Promise<unknown>, ms: number) => {
      const deadlineOf = () => {
        const deadline = Date.now() + ms;
        return { getRemainingTimeInMillis: () => deadline - Date.now() };
      };
      return (event: unknown, context: unknown) =>
        handler(event as object, { ...(context as object), ...deadlineOf() });
    };
    /** Middy's own durable mode, on the official SDK. */
    const official = (charges: string[], middlewares: object[], more: { timeoutEarlyInMillis?: number } = {}) => {
      const executionMode = executionModeDurableContext as never;
      const handler = middy(charging(charges) as never, { executionMode, ...more });
      for (const one of middlewares) handler.use(one as never);
      return (event: object, context: object) => {
        const { client } = world.backend;
        return handler(
          new DurableExecutionInvocationInputWithClient(event as never, client as never),
          context as never,
        );
      };
    };
    const powertools = () =>
      makeHandlerIdempotent({ persistenceStore: theirs, config: new PowertoolsConfig(options) }) as object;
    const records = async () =>
      (await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? [];
    const until = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
    };

    it('M8, Powertools: a durable context has no remaining time, the execution fails before it did anything', async () => {
      const charges: string[] = [];
      world.addHandler('orders', brief(official(charges, [powertools()]), 400));
      expect(await statusOf(await world.start('orders', { orderId: 'a' }))).toBe('FAILED');
      expect(charges).toEqual([]);
    });

    it('M8b, Powertools: with a remaining time the replay meets its own lock, deletes it, and the execution fails', async () => {
      const charges: string[] = [];
      world.addHandler(
        'orders',
        official(charges, [withRemainingTime, powertools()], { timeoutEarlyInMillis: 0 }) as never,
      );
      const arn = await world.start('orders', { orderId: 'a' });
      await world.settle();
      expect([charges, await records()]).toMatchObject([['a'], [{ status: { S: 'INPROGRESS' } }]]);
      expect(await statusOf(arn)).toBe('FAILED');
      expect(await records()).toEqual([]);
    });

    it("M8c, Powertools: middy's timer, left behind by the suspension, deletes the lock of the suspended execution", async () => {
      const charges: string[] = [];
      world.addHandler('orders', brief(official(charges, [withRemainingTime, powertools()]), 400));
      const arn = await world.start('orders', { orderId: 'a' });
      await world.settle();
      expect((await world.backend.executions.get(arn)).Status).toBe('RUNNING');
      expect(await records()).toHaveLength(1);
      await until(async () => (await records()).length === 0);
      expect((await world.backend.executions.get(arn)).Status).toBe('RUNNING');
    });

    it('Powertools in a durable handler of ours: the replay fails as in M8b', async () => {
      const charges: string[] = [];
      const handler = middy(charging(charges) as never, {
        executionMode: durableExecution({ backend: world.backend }) as never,
      });
      world.addHandler('orders', handler.use(powertools() as never) as never);
      expect(await statusOf(await world.start('orders', { orderId: 'a' }))).toBe('FAILED');
    });

    const ours = (charges: string[]) =>
      middy(charging(charges) as never, {
        executionMode: durableExecution({ backend: world.backend }) as never,
      }).use(once() as never) as never;

    it('ours: it passes, and the claim outlives the suspension', async () => {
      const charges: string[] = [];
      world.addHandler('orders', ours(charges));
      const first = await world.start('orders', { orderId: 'a' });
      await world.settle();
      const second = await world.start('orders', { orderId: 'a' });
      await world.settle();
      expect(charges).toEqual(['a']);
      expect([await world.result(first), await world.result(second)]).toEqual(['receipt 1', 'receipt 1']);
    });

    it('ours: the time of the invocation that suspended runs out, and the claim stands', async () => {
      const charges: string[] = [];
      world.addHandler('orders', brief(ours(charges), 400));
      const arn = await world.start('orders', { orderId: 'a' });
      await world.settle();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await records()).toMatchObject([
        { status: { S: 'INPROGRESS' }, owner: { S: expect.stringContaining(arn) } },
      ]);
      world.addHandler('orders', ours(charges));
      expect(await world.result(arn)).toBe('receipt 1');
      expect(charges).toEqual(['a']);
    });

    it("ours on middy's own durable mode is refused at once: another engine's replays can't be told from others", async () => {
      const charges: string[] = [];
      world.addHandler('orders', brief(official(charges, [once()]), 400));
      expect(await world.result(await world.start('orders', { orderId: 'a' }))).toMatchObject({
        type: 'IdempotencyPromiseError',
        message: expect.stringContaining("an execution's own retries and replays pass"),
      });
      expect([charges, await records()]).toEqual([[], []]);
    });
  });

  describe('three concurrent duplicates in plain middy', () => {
    const scenario = (middleware: object) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let runs = 0;
      const handler = middy<Order, string>(async () => {
        runs++;
        await promise;
        return `run ${runs}`;
      }).use(middleware as middy.MiddlewareObj<Order, string>);
      const call = () =>
        handler({ orderId: 'a' }, { getRemainingTimeInMillis: () => 30_000, functionName: 'f' } as never);
      return { call, runs: () => runs, finish: resolve };
    };
    const three = async ({ call, runs, finish }: ReturnType<typeof scenario>) => {
      const isSo = async (condition: () => boolean) => {
        while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const first = call();
      await isSo(() => runs() === 1);
      const second = await Promise.allSettled([call()]);
      let hasAnswer = false;
      const third = Promise.allSettled([call()]).finally(() => {
        hasAnswer = true;
      });
      await isSo(() => hasAnswer || runs() === 2);
      finish();
      return [await Promise.allSettled([first]), second, await third].flat().map(({ status }) => status);
    };

    it('Powertools: the second deletes the lock, and the third runs beside the first', async () => {
      const config = new PowertoolsConfig(options);
      const running = scenario(makeHandlerIdempotent({ persistenceStore: theirs, config }));
      await three(running);
      expect(running.runs()).toBe(2);
    });

    it('ours: one runs, the others are refused, and the claim stays', async () => {
      const running = scenario(once());
      expect(await three(running)).toEqual(['fulfilled', 'rejected', 'rejected']);
      expect(running.runs()).toBe(1);
      expect(await running.call()).toBe('run 1');
    });
  });

  describe('a slow holder that was overtaken', () => {
    const scenario = async (
      wrap: (
        fn: (order: Order, context: object) => Promise<unknown>,
      ) => (order: Order, context: object) => Promise<unknown>,
    ) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const results: unknown[] = [promise, 'second'];
      const charge = wrap(async () => results.shift());
      const context = { getRemainingTimeInMillis: () => 1 };
      const slow = charge({ orderId: 'a' }, context);
      slow.catch(() => {});
      await new Promise((wait) => setTimeout(wait, 20));
      const second = await charge({ orderId: 'a' }, context);
      resolve('first');
      await slow.catch(() => {});
      return [second, await charge({ orderId: 'a' }, context)];
    };

    it('Powertools: it overwrites the result that others have seen', async () => {
      expect(await scenario((fn) => powertoolsIdempotent(fn, { persistenceStore: theirs }) as never)).toEqual([
        'second',
        'first',
      ]);
    });

    it('ours: the result stands', async () => {
      expect(await scenario((fn) => makeIdempotent(fn, { persistenceStore: ours }))).toEqual(['second', 'second']);
    });

    it('ours on a layer of Powertools: the result stands, too', async () => {
      const persistenceStore = theirs as never;
      expect(await scenario((fn) => makeIdempotent(fn, { persistenceStore }))).toEqual(['second', 'second']);
    });
  });

  describe('an invocation without a moment left', () => {
    const context = { getRemainingTimeInMillis: () => 0 };
    const scenario = async (
      wrap: (
        fn: (order: Order, context: object) => Promise<unknown>,
      ) => (order: Order, context: object) => Promise<unknown>,
    ) => {
      let calls = 0;
      const charge = wrap(() => (++calls === 1 ? new Promise(() => {}) : Promise.resolve('second')));
      void charge({ orderId: 'a' }, context);
      await new Promise((wait) => setTimeout(wait, 20));
      return charge({ orderId: 'a' }, context);
    };

    it('Powertools: 0 counts as nothing said, and the key is locked for an hour', async () => {
      await expect(
        scenario((fn) => powertoolsIdempotent(fn, { persistenceStore: theirs }) as never),
      ).rejects.toMatchObject({
        name: 'IdempotencyAlreadyInProgressError',
      });
    });

    it('ours: the next call has the key', async () => {
      expect(await scenario((fn) => makeIdempotent(fn, { persistenceStore: ours }))).toBe('second');
    });
  });

  describe('an in-progress record that has elapsed while it was looked at', () => {
    /** The claim is refused, and then found to have run out. */
    const elapsed = {
      key: '#x',
      status: 'INPROGRESS',
      claimExpiresAt: Date.now() - 1000,
      expiresAt: Date.now() + 60_000,
    } as const;

    it('Powertools: it is taken for one that is at work', async () => {
      const { IdempotencyItemAlreadyExistsError, IdempotencyRecordStatus } = await import(
        '@aws-lambda-powertools/idempotency'
      );
      const { IdempotencyRecord } = await import('@aws-lambda-powertools/idempotency/persistence');
      const existing = new IdempotencyRecord({
        idempotencyKey: elapsed.key,
        status: IdempotencyRecordStatus.INPROGRESS,
        expiryTimestamp: elapsed.expiresAt / 1000,
        inProgressExpiryTimestamp: elapsed.claimExpiresAt,
      });
      let refusals = 1;
      const layer = theirs as unknown as { _putRecord(record: unknown): Promise<void> };
      const { _putRecord: put } = layer;
      layer._putRecord = async (record) => {
        if (refusals-- > 0) throw new IdempotencyItemAlreadyExistsError('raced', existing);
        return put.call(layer, record);
      };
      const charge = powertoolsIdempotent(async (_order: Order) => 'receipt', { persistenceStore: theirs });
      await expect(charge({ orderId: 'a' })).rejects.toMatchObject({ name: 'IdempotencyAlreadyInProgressError' });
    });

    it('ours: it is claimed again', async () => {
      let refusals = 1;
      const { put } = ours;
      ours.put = async (record, condition) =>
        refusals-- > 0 ? { stored: false, existing: elapsed } : put.call(ours, record, condition);
      const charge = makeIdempotent(async (_order: Order) => 'receipt', { persistenceStore: ours });
      expect(await charge({ orderId: 'a' })).toBe('receipt');
    });
  });
});
