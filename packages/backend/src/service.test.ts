import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { VirtualClock } from '../test-support/virtual-clock.ts';
import { watchedStore } from '../test-support/watched-store.ts';
import {
  type BackendOptions,
  createBackend,
  createService,
  type LoopOptions,
  memoryBackend,
  memoryStore,
  StoreError,
} from './index.ts';

const invoke = async () => ({ Status: 'SUCCEEDED', Result: '"done"' });

describe('createService', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('makes its own backend over a store', async () => {
    const service = createService({ store: memoryStore(), clock: new VirtualClock(), invoke });
    const { DurableExecutionArn } = await service.start({ functionName: 'orders', name: 'order-7', input: '{"id":7}' });
    await service.tick();
    await service.idle();
    expect(await service.backend.executions.get(DurableExecutionArn)).toMatchObject({ Result: '"done"' });
  });

  it.each<[Partial<LoopOptions>, string]>([
    [{ leaseSeconds: 0 }, 'leaseSeconds must be a whole number from 1 to 86400, not 0.'],
    [{ leaseSeconds: 1.5 }, 'leaseSeconds must be a whole number from 1 to 86400, not 1.5.'],
    [{ livenessSeconds: 0 }, 'livenessSeconds must be a whole number from 1 to 86400, not 0.'],
    [
      { functions: { 'my.bills': {} } },
      "functions: 'my.bills' is no name of a function: use 1 to 64 letters, digits, '-' and '_', without a qualifier.",
    ],
    [{ invoke: undefined as never }, 'createService: invoke is undefined, but must be the function that'],
    [{ concurrency: 0 }, 'concurrency must be a whole number from 1'],
    [{ retries: { factor: 0 } }, 'retries.factor must be a number of at least 1'],
  ])('refuses %j', (options, message) => {
    expect(() => createService({ store: memoryStore(), invoke, ...options })).toThrow(message);
  });

  it.each([0, -1, Number.NaN])('refuses to poll every %d seconds', async (pollSeconds) => {
    const service = createService({ store: memoryStore(), invoke });
    const run = service.run({ signal: AbortSignal.abort(), pollSeconds });
    await expect(run).rejects.toThrow(`pollSeconds must be more than 0, not ${pollSeconds}.`);
  });

  it('knows the functions that its invoke and its backend name, and those it was told of', () => {
    const named = Object.assign(async () => null, { functions: { bills: {} } });
    const { engine } = createService({ store: memoryStore(), invoke: named }).backend;
    expect(engine.functions.find('bills')).toEqual({});
    const backend = createBackend({ store: memoryStore(), functions: { mails: {} } });
    createService({ backend, invoke: named, functions: { tax: { durable: false } } });
    const known = ['mails', 'tax', 'bills', 'constructor'].map((name) => backend.engine.functions.find(name));
    expect(known).toEqual([{}, { durable: false }, {}, undefined]);
  });

  it('takes an invoke that throws before it promises anything', async () => {
    const service = createService({
      store: memoryStore(),
      clock: new VirtualClock(),
      retries: { maxAttempts: 1 },
      invoke: () => {
        throw new TypeError('bug');
      },
    });
    const { DurableExecutionArn } = await service.start({ functionName: 'orders' });
    await service.tick();
    await service.idle();
    expect(await service.backend.executions.get(DurableExecutionArn)).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorType: 'TypeError', ErrorMessage: 'bug' },
    });
  });

  it('retries as it says itself, else as its backend says', async () => {
    const tries = async (retries: LoopOptions['retries']): Promise<number> => {
      const clock = new VirtualClock();
      const failing = jest.fn(async () => {
        throw new TypeError('bug');
      });
      const store = memoryStore();
      const backend = createBackend({ store, clock, retries: { maxAttempts: 2 } });
      const service = createService({ backend, invoke: failing, retries });
      await service.start({ functionName: 'orders' });
      for (let tick = 0; tick < 6; tick++) {
        await service.tick();
        await service.idle();
        clock.advance(3_600_000);
      }
      return failing.mock.calls.length;
    };
    expect([await tries(undefined), await tries({ maxAttempts: 3 })]).toEqual([2, 3]);
    expect(() => createBackend({ store: memoryStore(), retries: { maxAttempts: 0 } })).toThrow(
      'retries.maxAttempts must be a whole number from 1',
    );
  });

  it('leaves the rest to others when it has looked at as many runs as it may', async () => {
    const clock = new VirtualClock();
    const store = memoryStore();
    const service = createService({ store, clock, invoke, limit: 2 });
    for (const name of ['a', 'b', 'c']) await service.start({ functionName: 'orders', name });
    expect(await service.tick()).toBeUndefined();
    await service.run({ signal: new AbortController().signal });
    const statuses = (await store.list({ limit: 9 })).map(({ status }) => status).sort();
    expect(statuses).toEqual(['RUNNING', 'SUCCEEDED', 'SUCCEEDED']);
  });

  it.each([1, 3])('looks at no more runs than that, with hand-overs of %d at once', async (concurrency) => {
    const handOver = jest.fn(async () => {});
    const service = createService({
      store: memoryStore(),
      clock: new VirtualClock(),
      invoke,
      handOver,
      limit: 2,
      concurrency,
    });
    for (const name of ['a', 'b', 'c', 'd']) await service.start({ functionName: 'orders', name });
    await service.tick();
    expect(handOver).toHaveBeenCalledTimes(2);
  });

  it('tells the console what it could not do, and outlives a listener that fails', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const listener = jest.fn(() => {
      throw new Error('broken listener');
    });
    for (const onError of [undefined, listener]) {
      const store = watchedStore(memoryStore());
      const service = createService({ store, clock: new VirtualClock(), invoke, onError });
      await service.start({ functionName: 'orders' });
      store.fail('head', 'fails');
      await service.tick();
      await service.tick();
      await service.idle();
      expect((await store.list({ limit: 1 }))[0]?.status).toBe('SUCCEEDED');
    }
    expect(log).toHaveBeenCalledTimes(1);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(log.mock.calls[0]?.[1]).toMatchObject({ message: 'head could not reach the disk.' });
  });

  it('renews a lease no more when its run has ended', async () => {
    const clock = new VirtualClock();
    let answer = (_output: unknown): void => {};
    const service = createService({
      store: memoryStore(),
      clock,
      livenessSeconds: 15,
      invoke: () => new Promise((resolve) => (answer = resolve)),
    });
    const { DurableExecutionArn } = await service.start({ functionName: 'orders' });
    await service.tick();
    const renewal = async () => {
      clock.advance(5000);
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await renewal();
    const whileRunning = clock.timers;
    await service.backend.executions.stop(DurableExecutionArn);
    await renewal();
    expect(clock.timers).toBe(whileRunning - 1);
    answer({ Status: 'PENDING' });
    await service.idle();
    expect(clock.timers).toBe(0);
  });

  it('leaves a run alone for longer and longer that it cannot look at, and goes on with the others', async () => {
    const clock = new VirtualClock();
    const store = memoryStore();
    const { DurableExecutionArn: damaged } = await createBackend({ store, clock }).executions.start({
      functionName: 'orders',
    });
    const whole = store.read.bind(store);
    store.read = (runId, after) => {
      if (damaged.endsWith(runId)) throw new StoreError('Item 1 is not readable.');
      return whole(runId, after);
    };
    const onError = jest.fn();
    const service = createService({ store, clock, invoke, onError });
    const tickFor = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        await service.tick();
        clock.advance(1000);
      }
      await service.idle();
    };
    await tickFor(100);
    expect(onError.mock.calls.length).toBeLessThan(10);
    expect(onError.mock.calls.length).toBeGreaterThan(5);
    const { DurableExecutionArn } = await service.start({ functionName: 'orders' });
    await tickFor(1);
    expect(await service.backend.executions.get(DurableExecutionArn)).toMatchObject({ Status: 'SUCCEEDED' });
    store.read = whole;
    await tickFor(100);
    expect(await service.backend.executions.get(damaged)).toMatchObject({ Status: 'SUCCEEDED' });
  });
});

describe('createBackend', () => {
  it.each<[Partial<BackendOptions>, string]>([
    [{ executionTimeout: 0 }, 'executionTimeout must be a whole number from 1 to 31622400, not 0.'],
    [{ cachedRuns: -1 }, 'cachedRuns must be a whole number from 0'],
    [{ functionArn: { account: '12' } }, "Invalid durable execution ARN 'arn:aws:lambda:us-east-1:12:function"],
    [{ functionArn: { qualifier: 'live' } }, 'Invalid durable execution ARN'],
  ])('refuses %j', (options, message) => {
    expect(() => createBackend({ store: memoryStore(), ...options })).toThrow(message);
  });

  it('refuses payloads that are no text', async () => {
    const backend = createBackend({ store: memoryStore() });
    const start = backend.executions.start({ functionName: 'orders', input: { id: 7 } as unknown as string });
    await expect(start).rejects.toThrow('Execution input payload must be a string, not object: serialize it.');
  });
});

describe('memoryBackend', () => {
  it('serves functions of this process, on the clock of this process', async () => {
    const backend = memoryBackend();
    const service = backend.service({ invoke });
    const controller = new AbortController();
    const running = service.run({ signal: controller.signal });
    const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders' });
    while ((await backend.executions.get(DurableExecutionArn)).Status === 'RUNNING') {
      await new Promise((resolve) => setImmediate(resolve));
    }
    controller.abort();
    await running;
    expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({ Result: '"done"' });
  });

  it('shares a store that it is given', async () => {
    const store = memoryStore();
    const { DurableExecutionArn } = await memoryBackend({ store }).executions.start({ functionName: 'orders' });
    expect(await memoryBackend({ store }).executions.get(DurableExecutionArn)).toMatchObject({ Status: 'RUNNING' });
  });
});
