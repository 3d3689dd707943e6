import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ClientLike, onStatusChange, runWakeUps, statusChangePattern } from '@middy-durable/dynamodb';
import { durable, waiting } from './durable-functions.ts';
import { onEveryEngine } from './stores.ts';
import { World } from './wake-up-world.ts';

interface PutEntry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
  Time: Date;
}

/** A bus in this process. `refuse` decides what happens to each request and each of its entries. */
class FakeBus implements ClientLike {
  readonly entries: PutEntry[] = [];
  requests = 0;
  /** Errors of the next requests, `lost` for one that is applied. */
  readonly faults: string[] = [];
  /** How many of the next entries are refused. */
  refusals = 0;
  /** Done before each request is answered. */
  before: () => Promise<void> = async () => {};

  async send(command: never): Promise<unknown> {
    const { Entries } = (command as { input: { Entries: PutEntry[] } }).input;
    this.requests += 1;
    await this.before();
    const fault = this.faults.shift();
    if (fault !== undefined && fault !== 'lost') throw Object.assign(new Error('refused'), { name: fault });
    const results = Entries.map((entry) => {
      if (this.refusals-- > 0) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
      this.entries.push(entry);
      return { EventId: 'id' };
    });
    if (fault === 'lost') throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results };
  }

  /** Names and statuses, in order. */
  get told(): string[] {
    return this.entries.map(({ Detail }) => {
      const { durableExecutionName, status } = JSON.parse(Detail) as Record<string, string>;
      return `${durableExecutionName} ${status}`;
    });
  }
}

onEveryEngine((_make, engine) => {
  let world: World;
  let bus: FakeBus;
  let complaints: jest.SpiedFunction<typeof console.error>;
  beforeEach(async () => {
    world = await World.make(engine());
    bus = new FakeBus();
    complaints = jest.spyOn(console, 'error').mockImplementation(() => {});
    world.deployWakeUp({ eventBusName: 'orders-bus', eventBridge: bus });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const tick = async (): Promise<void> => {
    world.tick();
    await world.pass(61_000);
  };
  /** An execution that begins and ends in one invocation. */
  const order = async (id: string, backend = world.backend({ statusChanges: true, wakeUp: false })): Promise<void> => {
    const opened = await backend.open({ id }, { functionName: 'orders' }, { executionName: () => id });
    if ('answer' in opened) throw new Error('It is there already.');
    await opened.inline?.close({ Status: 'SUCCEEDED', Result: '1' });
  };

  describe('status changes', () => {
    it('reach the bus in the shape of the service, under a source of their own', async () => {
      await order('order-1');
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 SUCCEEDED']);
      const [started, ended] = bus.entries;
      expect(started).toMatchObject({
        EventBusName: 'orders-bus',
        Source: 'middy-durable',
        DetailType: 'Durable Execution Status Change',
      });
      expect(JSON.parse(ended?.Detail ?? '')).toEqual({
        durableExecutionArn: expect.stringContaining('function:orders:$LATEST/durable-execution/order-1/'),
        durableExecutionName: 'order-1',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST',
        status: 'SUCCEEDED',
        startTimestamp: '2026-01-01T00:00:00.000Z',
        endTimestamp: '2026-01-01T00:00:00.000Z',
      });
      await tick();
      expect(bus.entries).toHaveLength(2);
    });

    it('are read by the typed consumer, as the pattern lets them through', async () => {
      await order('order-1');
      await tick();
      const heard: string[] = [];
      const handler = onStatusChange(({ detail }) => heard.push(detail.status));
      for (const { Source, DetailType, Detail } of bus.entries) {
        expect(statusChangePattern.source).toContain(Source);
        expect(statusChangePattern['detail-type']).toContain(DetailType);
        await handler({ source: Source, 'detail-type': DetailType, detail: JSON.parse(Detail) }, {});
      }
      expect(heard).toEqual(['RUNNING', 'SUCCEEDED']);
    });

    it('are told again when the answer of the bus was lost, or the process died before it took note', async () => {
      await order('order-1');
      bus.faults.push('lost');
      await tick();
      expect(complaints).toHaveBeenCalledTimes(1);
      await tick();
      expect(new Set(bus.told)).toEqual(new Set(['order-1 RUNNING', 'order-1 SUCCEEDED']));
      expect(bus.entries).toHaveLength(4);

      await order('order-2');
      const faulty = world.faultyClient({ maxAttempts: 1 });
      faulty.strike('InternalServerError', (request) => request === 'DeleteItem', 2);
      world.deployWakeUp({ client: faulty.client, eventBusName: 'orders-bus', eventBridge: bus });
      await tick();
      await tick();
      expect(bus.told.filter((told) => told.startsWith('order-2')).length).toBeGreaterThanOrEqual(3);
    });

    it('wait for a bus that refuses them', async () => {
      await order('order-1');
      bus.refusals = 1;
      await tick();
      expect(bus.told).toEqual(['order-1 SUCCEEDED']);
      expect(complaints.mock.calls[0]?.[0]).toContain(
        'Event bus orders-bus refused a status change (ThrottlingException',
      );
      await tick();
      expect(bus.told).toEqual(['order-1 SUCCEEDED', 'order-1 RUNNING']);
    });

    it('say nothing of what never happened, and forget it', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      const backend = world.backend({ client: faulty.client, statusChanges: true, wakeUp: false });
      const opened = await backend.open({}, { functionName: 'orders' }, { executionName: () => 'order-1' });
      if ('answer' in opened) throw new Error('It is there already.');
      world.lambda.functions.set('orders', () => undefined);
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING']);
      // The end is noted, and then the process can't write any more.
      faulty.strike(
        'InternalServerError',
        (request, input) => request === 'PutItem' && JSON.stringify(input).includes('"r#'),
        100,
      );
      await expect(opened.inline?.close({ Status: 'SUCCEEDED', Result: '1' })).rejects.toThrow('got no answer');
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING']);
      await world.pass(20 * 60_000);
      await tick();
      // Its invocation counts as dead by now; nothing says that it ended.
      expect(bus.told).toEqual(['order-1 RUNNING']);
      const [head] = await backend.store.list({ limit: 1 });
      await world.backend({ statusChanges: true, wakeUp: false }).executions.stop(head?.arn ?? '');
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 STOPPED']);
    });

    it('tell of what the wake-up function itself ends', async () => {
      const backend = world.backend({ statusChanges: true, wakeUp: false });
      await backend.executions.start({ functionName: 'gone', name: 'order-1' });
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 FAILED']);
    });

    it('are none of calls of ordinary functions', async () => {
      const functions = { tax: { durable: false } };
      world.lambda.functions.set('tax', () => 42);
      const backend = world.backend({ statusChanges: true, wakeUp: false, functions });
      const opened = await backend.open({}, { functionName: 'orders' }, { executionName: () => 'order-1' });
      if ('answer' in opened) throw new Error('It is there already.');
      const { DurableExecutionArn, CheckpointToken } = opened.run;
      const ChainedInvokeOptions = { FunctionName: 'tax' };
      const Updates = [{ Id: 'tax', Type: 'CHAINED_INVOKE', Action: 'START', ChainedInvokeOptions }] as const;
      await backend.client.checkpoint({ DurableExecutionArn, CheckpointToken, Updates: [...Updates] });
      await opened.inline?.close({ Status: 'PENDING' });
      world.lambda.functions.set('orders', () => undefined);
      world.tick();
      await world.pass(10_000);
      expect(bus.told).toEqual(['order-1 RUNNING']);
    });

    it('leave in batches, all of them', async () => {
      await Promise.all(Array.from({ length: 15 }, (_, id) => order(`order-${id}`)));
      await tick();
      expect(new Set(bus.told).size).toBe(30);
      expect(bus.entries).toHaveLength(30);
      expect(bus.requests).toBe(3);
    });

    it('all leave with one invocation, also more than a thousand', async () => {
      const ids = Array.from({ length: 520 }, (_, id) => `order-${id}`);
      const backend = world.backend({ statusChanges: true, wakeUp: false });
      while (ids.length > 0) await Promise.all(ids.splice(0, 40).map((id) => order(id, backend)));
      await tick();
      expect(new Set(bus.told).size).toBe(1040);
      expect(bus.entries).toHaveLength(1040);
    });

    it('leave nothing behind when the same event comes again, and again', async () => {
      const backend = world.backend({ statusChanges: true, wakeUp: false });
      const open = () => backend.open({}, { functionName: 'orders' }, { executionName: () => 'order-1' });
      await open();
      for (let again = 0; again < 5; again++) expect(await open()).toMatchObject({ answer: { status: 'RUNNING' } });
      const notes = world.sent.filter(({ input }) => JSON.stringify(input).includes('"e#'));
      expect(notes.map(({ request }) => request)).toEqual([
        'PutItem',
        ...Array.from({ length: 5 }, () => ['PutItem', 'DeleteItem']).flat(),
      ]);
      world.lambda.functions.set('orders', () => undefined);
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING']);
    });

    it('keep the start of an execution whose creation was repeated', async () => {
      const faulty = world.faultyClient();
      const backend = world.backend({ client: faulty.client, statusChanges: true, wakeUp: false });
      faulty.strike('twice', (request, input) => request === 'PutItem' && /"(r|n)#/.test(JSON.stringify(input)), 2);
      await backend.executions.start({ functionName: 'gone', name: 'order-1' });
      expect(faulty.calm()).toBe(0);
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 FAILED']);
    });

    it('pass what is noted and not confirmed yet', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      const backend = world.backend({ client: faulty.client, statusChanges: true, wakeUp: false });
      // Processes that die between the note and the run.
      faulty.strike(
        'TimeoutError',
        (request, input) => request === 'PutItem' && /"(r|n)#/.test(JSON.stringify(input)),
        45,
      );
      const dead = Array.from({ length: 15 }, (_, id) =>
        backend.executions.start({ functionName: 'orders', name: `dead-${id}` }),
      );
      expect((await Promise.allSettled(dead)).map(({ status }) => status)).not.toContain('fulfilled');
      faulty.calm();
      await world.pass(1000);
      await order('order-1');
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 SUCCEEDED']);
    });

    it('are not offered on and on to a bus that refuses everything', async () => {
      await Promise.all(Array.from({ length: 15 }, (_, id) => order(`order-${id}`)));
      bus.refusals = 30;
      await tick();
      expect(bus.requests).toBe(1);
      await tick();
      await tick();
      await tick();
      expect(new Set(bus.told).size).toBe(30);
    });
  });

  describe('a bus that is slow, or never answers', () => {
    const orders = (): number[] => {
      const { body, effects } = waiting(world, 5);
      world.lambda.functions.set('orders', durable(world.backend({ statusChanges: true }), body));
      return effects;
    };
    const wake = (id: string): Promise<unknown> =>
      world.lambda.invoke({ functionName: 'orders', event: { id }, requestId: world.clock.randomId() });

    it('holds up no wake-up and no invocation', async () => {
      bus.before = () => new Promise(() => {});
      const effects = orders();
      const began = world.clock.now();
      await wake('order-1');
      await world.pass(20_000);
      expect(effects).toHaveLength(1);
      expect(Number(effects[0]) - began).toBeLessThanOrEqual(6250);
      expect(world.lambda.underWay).toBe(0);
      expect(complaints.mock.calls.map(([, error]) => (error as Error | undefined)?.name)).toContain('TimeoutError');
      bus.before = async () => {};
      await tick();
      expect(bus.told).toEqual(['order-1 RUNNING', 'order-1 SUCCEEDED']);
    });

    it('holds up no wake-up while it takes what is there, however long that is', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, id) => order(`order-${id}`)));
      bus.before = () => new Promise((resolve) => world.clock.schedule(resolve, 2000));
      const effects = orders();
      const began = world.clock.now();
      await wake('waits');
      await world.pass(15_000);
      expect(effects).toHaveLength(1);
      expect(Number(effects[0]) - began).toBeLessThanOrEqual(6250);
      // Nothing falls due any more, but the outbox is not empty.
      expect(world.lambda.underWay).toBe(1);
      await world.pass(40_000);
      expect(world.lambda.underWay).toBe(0);
      expect(new Set(bus.told).size).toBe(201);
    });

    it('is left alone when the time of the invocation is over', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, id) => order(`order-${id}`)));
      bus.before = () => new Promise((resolve) => world.clock.schedule(resolve, 4900));
      world.tick();
      await world.pass(66_000);
      expect(world.lambda.underWay).toBe(0);
      expect(bus.requests).toBeLessThan(15);
      bus.before = async () => {};
      await tick();
      expect(new Set(bus.told).size).toBe(200);
    });

    it('ends no process that stays, either', async () => {
      bus.before = () => new Promise(() => {});
      const effects = orders();
      const end = new AbortController();
      const { client } = world.faultyClient();
      const { clock, lambda, tableName } = world;
      const running = runWakeUps({
        ...{ tableName, client, clock, lambda, signal: end.signal },
        ...{ eventBusName: 'orders-bus', eventBridge: bus },
      });
      await world.quiet();
      await wake('order-1');
      await world.pass(8000);
      expect(effects).toHaveLength(1);
      end.abort();
      await world.pass(6000);
      await running;
    });
  });
});
