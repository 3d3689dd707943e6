import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { type DynamoDBBackend, dynamoDBBackend, runWakeUps } from '@middy-durable/dynamodb';
import type { OperationUpdate } from '@middy-durable/protocol';
import { durable, PENDING, statusOf, wait, waiting } from './durable-functions.ts';
import { onEveryEngine } from './stores.ts';
import { type LambdaFunction, skewed, World } from './wake-up-world.ts';

onEveryEngine((_make, engine) => {
  let world: World;
  let complaints: jest.SpiedFunction<typeof console.error>;
  beforeEach(async () => {
    world = await World.make(engine());
    complaints = jest.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const order = async (event: object = { id: 'order-1' }): Promise<unknown> =>
    world.lambda.invoke({ functionName: 'orders', event, requestId: world.clock.randomId() });
  const start = async (seconds: number): Promise<{ effects: number[]; backend: DynamoDBBackend; began: number }> => {
    const backend = world.backend();
    const { body, effects } = waiting(world, seconds);
    world.lambda.functions.set('orders', durable(backend, body));
    const began = world.clock.now();
    expect(await order()).toMatchObject({ status: 'RUNNING' });
    return { effects, backend, began };
  };

  describe('createWakeUpHandler', () => {
    it('is started by a function that suspends for less than a minute, and wakes it up within a second', async () => {
      world.deployWakeUp();
      const { effects, backend, began } = await start(10);
      await world.pass(15_000);
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(1);
      expect(world.lambda.eventsOf('orders')).toHaveLength(1);
      expect(effects).toHaveLength(1);
      expect(Number(effects[0]) - began).toBeGreaterThanOrEqual(10_000);
      expect(Number(effects[0]) - began).toBeLessThanOrEqual(11_250);
      expect(await statusOf(backend, 'order-1')).toBe('SUCCEEDED');
      // Nothing falls due any more, so it has left.
      expect(world.lambda.underWay).toBe(0);
      expect(world.lambda.thrown).toEqual([]);
    });

    it('sends a reference and no payload', async () => {
      world.deployWakeUp();
      await start(1);
      await world.pass(5000);
      const [{ event } = { event: undefined }] = world.lambda.eventsOf('orders');
      const { runId, sequence, at } = (event as { middyDurableWakeUp: Record<string, unknown> }).middyDurableWakeUp;
      expect(event).toEqual({ middyDurableWakeUp: { runId, sequence, at } });
      expect(runId).toEqual(expect.any(String));
    });

    it('wakes up what waits for longer by its schedule, within a second too', async () => {
      world.deployWakeUp();
      const { effects, began } = await start(95);
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(0);
      await world.pass(20_000);
      await world.schedule(2);
      expect(effects).toHaveLength(1);
      expect(Number(effects[0]) - began).toBeLessThanOrEqual(96_250);
    });

    it('leaves at once when nothing falls due', async () => {
      world.deployWakeUp();
      world.tick();
      await world.quiet();
      expect(world.lambda.underWay).toBe(0);
    });

    it('lets exactly one go on, however many wake up at once', async () => {
      world.deployWakeUp();
      const { effects } = await start(100);
      await world.pass(100_000);
      for (let count = 0; count < 5; count++) world.tick();
      await world.pass(5000);
      expect(effects).toHaveLength(1);
      expect(world.lambda.thrown).toEqual([]);
      expect(world.lambda.underWay).toBe(0);
    });

    it('is not harmed by wake-ups that come twice, late and out of order', async () => {
      const backend = world.backend();
      let invocations = 0;
      world.lambda.functions.set(
        'orders',
        durable(backend, async (done, checkpoint) => {
          invocations += 1;
          const next = ['a', 'b', 'c'].find((id) => done.get(id)?.Status !== 'SUCCEEDED');
          if (next === undefined) return { Status: 'SUCCEEDED', Result: '1' };
          if (!done.has(next)) await checkpoint({ ...wait(2), Id: next });
          return PENDING;
        }),
      );
      world.deployWakeUp();
      await order();
      await world.pass(4000);
      const early = [...world.lambda.eventsOf('orders')];
      expect(early.length).toBeGreaterThan(0);
      for (const event of [...early, ...early].reverse()) world.lambda.work(event);
      await world.pass(10_000);
      for (const event of [...world.lambda.eventsOf('orders')].reverse()) world.lambda.work(event);
      await world.quiet();
      expect(await statusOf(backend, 'order-1')).toBe('SUCCEEDED');
      // One for the event and one for each wait: the copies did nothing.
      expect(invocations).toBe(4);
      expect(world.lambda.thrown).toEqual([]);
    });

    it('backs off when Lambda throttles, and goes on', async () => {
      world.deployWakeUp();
      const { effects } = await start(100);
      await world.pass(100_000);
      const before = world.lambda.requests;
      world.lambda.refusals.push(...Array.from({ length: 5 }, () => 'TooManyRequestsException'));
      world.tick();
      await world.pass(20_000);
      // After 1, 2, 4 and 8 seconds, not at every look.
      expect(world.lambda.requests - before).toBe(5);
      expect(effects).toHaveLength(0);
      await world.pass(60_000);
      expect(effects).toHaveLength(1);
      const throttled = complaints.mock.calls.filter(
        ([, error]) => (error as Error | undefined)?.name === 'LambdaBusy',
      );
      expect(throttled).toHaveLength(5);
    });

    it('leaves what it could not do for the next tick when the table is throttled', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      world.deployWakeUp({ client: faulty.client });
      const { effects } = await start(100);
      await world.pass(100_000);
      faulty.strike('ProvisionedThroughputExceededException', (request) => request === 'Query', 1000);
      world.tick();
      await world.pass(58_000);
      expect(effects).toHaveLength(0);
      expect(world.lambda.thrown).toEqual([]);
      expect(faulty.sent.length).toBeLessThan(100);
      world.deployWakeUp();
      await world.schedule(1);
      expect(effects).toHaveLength(1);
    });

    it('asks again when the function never took the run', async () => {
      world.deployWakeUp();
      const { effects } = await start(5);
      world.lambda.holding = true;
      await world.pass(10_000);
      expect(world.lambda.eventsOf('orders')).toHaveLength(1);
      // Lambda drops it: its own repetitions are used up.
      await world.schedule(4);
      expect(world.lambda.eventsOf('orders')).toHaveLength(1);
      world.lambda.holding = false;
      await world.schedule(2);
      expect(world.lambda.eventsOf('orders')).toHaveLength(2);
      expect(effects).toHaveLength(1);
    });

    it('asks at the next tick when it died before it asked', async () => {
      const { effects } = await start(100);
      await world.pass(100_000);
      const send = jest.fn(() => new Promise<never>(() => {}));
      // For a process that has died no time passes.
      const clock = { ...skewed(world.clock, 0), schedule: () => () => {} };
      world.deployWakeUp({ lambda: { send }, clock });
      world.tick();
      await world.pass(60_000);
      expect(send).toHaveBeenCalledTimes(1);
      expect(effects).toHaveLength(0);
      world.deployWakeUp();
      await world.schedule(1);
      expect(effects).toHaveLength(1);
    });

    it('wakes up an execution of the engine, with its steps done once', async () => {
      world.deployWakeUp();
      const backend = world.backend();
      const charged = jest.fn(() => 'receipt');
      const handler = withDurableExecution(
        async (event: { id: string }, context: DurableContext) => {
          const receipt = await context.step('charge', async () => charged());
          await context.wait('cool-down', { seconds: 5 });
          return `${event.id}: ${receipt}`;
        },
        { backend, executionName: ({ id }: { id: string }) => id },
      );
      world.lambda.functions.set('orders', handler as unknown as LambdaFunction);
      expect(await order()).toMatchObject({ executionName: 'order-1', status: 'RUNNING' });
      for (let second = 0; second < 30 && (await statusOf(backend, 'order-1')) === 'RUNNING'; second++) {
        await world.pass(1000);
        // The engine's own timers are real.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await order()).toBe('order-1: receipt');
      expect(charged).toHaveBeenCalledTimes(1);
    });

    it('recovers an invocation that died', async () => {
      world.deployWakeUp();
      const backend = world.backend();
      const { body, effects } = waiting(world, 5);
      const whole = durable(backend, body);
      let deaths = 1;
      world.lambda.functions.set('orders', async (event, context) => {
        const isWoken = 'middyDurableWakeUp' in (event as object);
        if (!isWoken || deaths-- <= 0) return whole(event, context);
        // Takes the run, and is never heard of again.
        await world.backend({ wakeUp: false }).open(event, context);
        return new Promise(() => {});
      });
      await order();
      await world.pass(30_000);
      expect(effects).toHaveLength(0);
      await world.schedule(3);
      expect(effects).toHaveLength(1);
      expect(await statusOf(backend, 'order-1')).toBe('SUCCEEDED');
    });

    it('takes over at once when Lambda repeats the request of one that died', async () => {
      world.deployWakeUp();
      const backend = world.backend();
      const { body, effects } = waiting(world, 5);
      const whole = durable(backend, body);
      world.lambda.functions.set('orders', whole);
      await order();
      world.lambda.holding = true;
      await world.pass(8000);
      const [asked] = world.lambda.eventsOf('orders');
      if (asked === undefined) throw new Error('not asked');
      world.lambda.functions.set('orders', (event, context) => world.backend({ wakeUp: false }).open(event, context));
      await world.lambda.invoke(asked);
      world.lambda.functions.set('orders', whole);
      expect(await world.lambda.invoke({ ...asked, requestId: 'another-request' })).toMatchObject({
        status: 'RUNNING',
      });
      expect(effects).toHaveLength(0);
      expect(await world.lambda.invoke(asked)).toMatchObject({ status: 'SUCCEEDED' });
      expect(effects).toHaveLength(1);
    });

    it.each([60_000, -60_000])('wakes up functions whose clock is off by %d ms', async (ms) => {
      const backend = world.backend({ clock: skewed(world.clock, ms) });
      const { body, effects } = waiting(world, 100);
      world.lambda.functions.set('orders', durable(backend, body));
      world.deployWakeUp();
      const began = world.clock.now();
      await order();
      await world.schedule(4);
      expect(effects).toHaveLength(1);
      expect(Number(effects[0]) - began).toBeLessThanOrEqual(100_000 + Math.max(ms, 0) + 1250);
      expect(await statusOf(backend, 'order-1')).toBe('SUCCEEDED');
    });

    it('hands over 200 runs that are due together in one tick', async () => {
      world.deployWakeUp();
      const backend = world.backend({ wakeUp: false });
      const { body, effects } = waiting(world, 100);
      world.lambda.functions.set('orders', durable(backend, body));
      await Promise.all(Array.from({ length: 200 }, (_, id) => order({ id: `order-${id}` })));
      await world.pass(100_000);
      world.tick();
      await world.quiet();
      expect(effects).toHaveLength(200);
      expect(world.lambda.eventsOf('orders')).toHaveLength(200);
      await world.pass(5000);
      expect(world.lambda.eventsOf('orders')).toHaveLength(200);
      expect(world.lambda.underWay).toBe(0);
    });

    it('looks at no more runs than its limit, and leaves the rest to the next tick', async () => {
      world.deployWakeUp({ limit: 3, concurrency: 2 });
      const backend = world.backend({ wakeUp: false });
      const { body, effects } = waiting(world, 100);
      world.lambda.functions.set('orders', durable(backend, body));
      for (let id = 0; id < 8; id++) await order({ id: `order-${id}` });
      await world.pass(100_000);
      await world.schedule(1);
      expect(effects).toHaveLength(3);
      await world.schedule(2);
      expect(effects).toHaveLength(8);
    });

    it('ends an execution whose function is gone', async () => {
      world.deployWakeUp();
      const { backend } = await start(5);
      world.lambda.functions.delete('orders');
      await world.pass(10_000);
      const { DurableExecutions } = await backend.executions.list({ name: 'order-1' });
      const execution = await backend.executions.get(DurableExecutions[0]?.DurableExecutionArn ?? '');
      expect(execution).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'ResourceNotFoundException', ErrorMessage: 'Function not found: orders' },
      });
    });

    it('ends what has timed out without its function', async () => {
      world.deployWakeUp();
      const backend = world.backend({ executionTimeout: 90 });
      world.lambda.functions.set('orders', durable(backend, waiting(world, 1000).body));
      await order();
      world.lambda.holding = true;
      await world.schedule(2);
      expect(await statusOf(backend, 'order-1')).toBe('TIMED_OUT');
      expect(world.lambda.eventsOf('orders')).toHaveLength(0);
    });

    it('goes on within seconds after a callback, and after the timeout of one', async () => {
      world.deployWakeUp();
      const backend = world.backend();
      const ids: string[] = [];
      world.lambda.functions.set(
        'orders',
        durable(backend, async (done, checkpoint) => {
          const asked = done.get('ask');
          if (asked === undefined) {
            const [operation] = await checkpoint({
              Id: 'ask',
              Type: 'CALLBACK',
              Action: 'START',
              CallbackOptions: { TimeoutSeconds: 600 },
            });
            ids.push(operation?.CallbackDetails?.CallbackId ?? '');
            return PENDING;
          }
          if (asked.Status === 'STARTED') return PENDING;
          return { Status: 'SUCCEEDED', Result: JSON.stringify([asked.Status, asked.CallbackDetails?.Result]) };
        }),
      );
      await order({ id: 'answered' });
      await order({ id: 'forgotten' });
      await world.pass(30_000);
      await world.backend().callbacks.succeed(ids[0] ?? '', '42');
      await world.pass(3000);
      expect(await statusOf(backend, 'answered')).toBe('SUCCEEDED');
      await world.schedule(11);
      const { DurableExecutions } = await backend.executions.list({ name: 'forgotten' });
      const forgotten = await backend.executions.get(DurableExecutions[0]?.DurableExecutionArn ?? '');
      expect(forgotten.Result).toBe('["TIMED_OUT",null]');
    });

    it('starts what chained invokes call, durable or not, and tells the caller', async () => {
      const functions = { child: {}, tax: { durable: false }, broken: { durable: false } };
      world.deployWakeUp({ functions });
      const backend = world.backend({ functions });
      const call = (Id: string): OperationUpdate => ({
        Id,
        Type: 'CHAINED_INVOKE',
        Action: 'START',
        Payload: '21',
        ChainedInvokeOptions: { FunctionName: Id },
      });
      const taxed = jest.fn((amount: unknown) => 2 * Number(amount));
      world.lambda.functions.set('tax', taxed);
      world.lambda.functions.set('broken', () => {
        throw new TypeError('no tax today');
      });
      world.lambda.functions.set('child', durable(world.backend({ functions }), waiting(world, 3).body));
      world.lambda.functions.set(
        'orders',
        durable(backend, async (done, checkpoint) => {
          if (!done.has('child')) await checkpoint(call('child'), call('tax'), call('broken'));
          const calls = ['child', 'tax', 'broken'].map((id) => done.get(id));
          if (calls.some((one) => one === undefined || one.Status === 'STARTED')) return PENDING;
          const answers = calls.map((one) => one?.ChainedInvokeDetails?.Result ?? one?.ChainedInvokeDetails?.Error);
          return { Status: 'SUCCEEDED', Result: JSON.stringify(answers) };
        }),
      );
      await order();
      await world.pass(30_000);
      const { DurableExecutions } = await backend.executions.list({ name: 'order-1' });
      const { Result } = await backend.executions.get(DurableExecutions[0]?.DurableExecutionArn ?? '');
      expect(JSON.parse(Result ?? 'null')).toEqual([
        '"paid"',
        '42',
        expect.objectContaining({ ErrorType: 'TypeError', ErrorMessage: 'no tax today' }),
      ]);
      expect(taxed).toHaveBeenCalledTimes(1);
      expect(world.lambda.thrown).toEqual([]);
    });

    it('repeats no more than a few times what fails, and then ends it', async () => {
      world.deployWakeUp({ retries: { maxAttempts: 3, initialDelaySeconds: 1, jitter: 'none' } });
      const backend = world.backend();
      const whole = durable(backend, waiting(world, 5).body);
      world.lambda.functions.set('orders', async (event, context) => {
        if (!('middyDurableWakeUp' in (event as object))) return whole(event, context);
        await world.backend({ wakeUp: false }).open(event, { ...context, getRemainingTimeInMillis: () => 5000 });
        throw new Error('dies');
      });
      await order();
      await world.schedule(3);
      expect(await statusOf(backend, 'order-1')).toBe('FAILED');
      expect(world.lambda.eventsOf('orders')).toHaveLength(3);
    });

    it('rejects when there is no such table', async () => {
      world.deployWakeUp({ tableName: 'no-such-table' });
      world.tick();
      await world.quiet();
      expect(world.lambda.thrown[0]).toMatchObject({ name: 'StoreError' });
    });
  });

  describe('dynamoDBBackend', () => {
    it('starts one wake-up function, however many suspend', async () => {
      world.deployWakeUp();
      const { body } = waiting(world, 20);
      for (let id = 0; id < 10; id++) {
        world.lambda.functions.set('orders', durable(world.backend(), body));
        await order({ id: `order-${id}` });
      }
      await world.pass(3000);
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(1);
    });

    it('gives the claim back when the wake-up function cannot be started, says so once, and is woken by the schedule', async () => {
      const { effects } = await start(5);
      await order({ id: 'order-2' });
      expect(
        complaints.mock.calls.filter(([text]) => /'wake-up' could not be started/.test(String(text))),
      ).toHaveLength(1);
      world.deployWakeUp();
      await order({ id: 'order-3' });
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(1);
      await world.pass(10_000);
      expect(effects).toHaveLength(3);
    });

    it('complains when it suspends and nobody wakes up, once in five minutes', async () => {
      const beats = () => complaints.mock.calls.filter(([text]) => /the wake-up function of table/.test(String(text)));
      const backend = world.backend({ wakeUp: {} });
      const { body } = waiting(world, 3600);
      world.lambda.functions.set('orders', durable(backend, body));
      await order({ id: 'order-1' });
      await order({ id: 'order-2' });
      await world.pass(61_000);
      await order({ id: 'order-3' });
      expect(beats()).toHaveLength(1);
      expect(beats()[0]?.[0]).toContain('never ran');
      expect(beats()[0]?.[0]).toContain('Deploy a function with createWakeUpHandler()');
      world.deployWakeUp();
      world.tick();
      await world.pass(290_000);
      await order({ id: 'order-4' });
      expect(beats()).toHaveLength(1);
      await world.pass(61_000);
      await order({ id: 'order-5' });
      expect(beats()).toHaveLength(2);
      expect(beats()[1]?.[0]).toContain('last ran at 2026-');
    });

    it('reads the beat at most once in a minute', async () => {
      const faulty = world.faultyClient();
      const backend = world.backend({ client: faulty.client, wakeUp: {} });
      world.lambda.functions.set('orders', durable(backend, waiting(world, 3600).body));
      for (let id = 0; id < 5; id++) await order({ id: `order-${id}` });
      const reads = faulty.sent.filter(
        ({ request, input }) => request === 'GetItem' && JSON.stringify(input.Key).includes('beat'),
      );
      expect(reads).toHaveLength(1);
    });

    it('answers a wake-up with where the execution stands, never with its result', async () => {
      world.deployWakeUp();
      await start(5);
      await world.pass(10_000);
      const [asked] = world.lambda.eventsOf('orders');
      if (asked === undefined) throw new Error('not asked');
      expect(await world.lambda.invoke(asked)).toEqual({
        durableExecutionArn: expect.stringContaining('/order-1/'),
        executionName: 'order-1',
        status: 'SUCCEEDED',
      });
      expect(await world.lambda.invoke({ ...asked, event: unknownRun(asked.event) })).toBeUndefined();
    });

    it('ends no wait early because an event says so, and takes no run of another function', async () => {
      const { effects } = await start(1000);
      await world.pass(1000);
      const [head] = await world.backend().store.list({ limit: 1 });
      const wakeUp = { runId: head?.runId, sequence: head?.sequence, at: world.clock.now() + 10 ** 9 };
      const asked = { functionName: 'orders', event: { middyDurableWakeUp: wakeUp }, requestId: 'forged' };
      expect(await world.lambda.invoke(asked)).toMatchObject({ status: 'RUNNING' });
      expect(effects).toEqual([]);
      world.lambda.functions.set('bills', durable(world.backend(), waiting(world, 1).body));
      const misled = world.lambda.invoke({ ...asked, functionName: 'bills' });
      await expect(misled).rejects.toThrow("came to function 'bills'. Send it to 'orders'.");
    });
  });

  describe('runWakeUps', () => {
    it('does the same until its signal aborts, and gives the claim back', async () => {
      const { effects } = await start(40);
      const end = new AbortController();
      const { client } = world.faultyClient();
      const backend = dynamoDBBackend({ tableName: world.tableName, client, clock: world.clock, wakeUp: false });
      const running = runWakeUps({ backend, lambda: world.lambda, signal: end.signal });
      await world.pass(45_000);
      expect(effects).toHaveLength(1);
      world.deployWakeUp();
      await order({ id: 'order-2' });
      // It is there, so nobody else is started.
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(0);
      end.abort();
      await world.pass(1000);
      await running;
      await order({ id: 'order-3' });
      expect(world.lambda.eventsOf('wake-up')).toHaveLength(1);
    });
  });
});

function unknownRun(event: unknown): unknown {
  const { middyDurableWakeUp } = event as { middyDurableWakeUp: object };
  return { middyDurableWakeUp: { ...middyDurableWakeUp, runId: 'unknown' } };
}
