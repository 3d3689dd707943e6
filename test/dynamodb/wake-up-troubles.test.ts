import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DynamoDBBackend } from '@middy-durable/dynamodb';
import { durable, PENDING, statusOf, waiting } from './durable-functions.ts';
import { onEveryEngine } from './stores.ts';
import { World } from './wake-up-world.ts';

type Matches = (request: string, input: Record<string, unknown>) => boolean;

const claimPut: Matches = (request, input) => request === 'PutItem' && JSON.stringify(input).includes('w#claim');
const claimDelete: Matches = (request, input) => request === 'DeleteItem' && JSON.stringify(input).includes('w#claim');
const appendOf =
  (sequence: number): Matches =>
  (request, input) => {
    const { pk, sk } = (input.Item ?? {}) as Record<string, { S?: string } | undefined>;
    return request === 'PutItem' && Boolean(pk?.S?.startsWith('r#')) && Number(sk?.S) === sequence;
  };
const nameOf = (error: unknown): unknown => (error as Error | undefined)?.name;

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

  const order = (id: string): Promise<unknown> =>
    world.lambda.invoke({ functionName: 'orders', event: { id }, requestId: world.clock.randomId() });
  /** Makes `orders` wait for so long; its effects. */
  const orders = (backend: DynamoDBBackend, seconds: number): number[] => {
    const { body, effects } = waiting(world, seconds);
    world.lambda.functions.set('orders', durable(backend, body));
    return effects;
  };
  const starts = (): number => world.lambda.eventsOf('wake-up').length;

  describe('who suspends', () => {
    it.each(['twice', 'lost'])('starts somebody when its claim is repeated (%s)', async (fault) => {
      world.deployWakeUp();
      const faulty = world.faultyClient();
      const effects = orders(world.backend({ client: faulty.client }), 5);
      faulty.strike(fault, claimPut);
      await order('order-1');
      await world.pass(8000);
      expect(faulty.calm()).toBe(0);
      expect(starts()).toBe(1);
      expect(effects).toHaveLength(1);
    });

    it('gives the claim back when it never hears whether it has it', async () => {
      world.deployWakeUp();
      const faulty = world.faultyClient({ maxAttempts: 1 });
      orders(world.backend({ client: faulty.client }), 20);
      faulty.strike('lost', claimPut);
      await order('order-1');
      expect(starts()).toBe(0);
      await order('order-2');
      expect(starts()).toBe(1);
    });

    it('starts somebody although it never heard that what falls due was written', async () => {
      world.deployWakeUp();
      const faulty = world.faultyClient({ maxAttempts: 1 });
      const effects = orders(world.backend({ client: faulty.client }), 5);
      // The end of the invocation that waits.
      faulty.strike('lost', appendOf(3));
      await order('order-1').catch(() => undefined);
      await world.pass(10_000);
      expect(faulty.calm()).toBe(0);
      expect(starts()).toBeGreaterThanOrEqual(1);
      expect(effects).toHaveLength(1);
    });

    it('starts somebody for an execution that was written without an answer', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      const backend = world.backend({ client: faulty.client });
      world.lambda.functions.set('wake-up', () => undefined);
      faulty.strike('lost', (request, input) => request === 'PutItem' && JSON.stringify(input).includes('"n#'));
      await backend.executions.start({ functionName: 'orders', name: 'order-1' }).catch(() => undefined);
      expect(faulty.calm()).toBe(0);
      expect(starts()).toBe(1);
      expect(await statusOf(backend, 'order-1')).toBe('RUNNING');
    });

    it('starts somebody for an outcome that was written without an answer', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      const backend = world.backend({ client: faulty.client });
      world.lambda.functions.set('wake-up', () => undefined);
      let callbackId = '';
      const asking = durable(backend, async (_done, checkpoint) => {
        const [operation] = await checkpoint({ Id: 'ask', Type: 'CALLBACK', Action: 'START', CallbackOptions: {} });
        callbackId = operation?.CallbackDetails?.CallbackId ?? '';
        return PENDING;
      });
      world.lambda.functions.set('orders', asking);
      await order('order-1');
      expect(starts()).toBe(0);
      faulty.strike('lost', (request, input) => request === 'UpdateItem' && JSON.stringify(input).includes('"o#'));
      await backend.callbacks.succeed(callbackId, '1').catch(() => undefined);
      expect(faulty.calm()).toBe(0);
      expect(starts()).toBe(1);
    });

    it('gives its caller the answer when Lambda never answers it, and says so', async () => {
      const hung = { send: jest.fn(() => new Promise<never>(() => {})) };
      orders(world.backend({ wakeUp: { functionName: 'wake-up', lambda: hung } }), 30);
      let answered: unknown;
      void order('order-1').then((answer) => {
        answered = answer;
      });
      await world.pass(4000);
      expect(hung.send).toHaveBeenCalledTimes(1);
      await world.pass(1500);
      expect(answered).toMatchObject({ status: 'RUNNING' });
      const complaint = complaints.mock.calls.find(([text]) => /could not be started/.test(String(text)));
      expect(nameOf(complaint?.[1])).toBe('LambdaBusy');
      const [, options] = hung.send.mock.calls[0] as unknown[];
      expect(options).toMatchObject({ abortSignal: { aborted: true } });
      // The claim is free for the next one.
      world.deployWakeUp();
      orders(world.backend(), 10);
      await order('order-2');
      expect(starts()).toBe(1);
    });
  });

  describe('the wake-up function', () => {
    it('goes on when Lambda never answers one hand-over', async () => {
      const { lambda } = world;
      const effects = orders(world.backend({ wakeUp: false }), 100);
      await order('order-1');
      await order('order-2');
      await world.pass(100_000);
      let hung = 1;
      world.deployWakeUp({
        concurrency: 1,
        lambda: { send: (command) => (hung-- > 0 ? new Promise<never>(() => {}) : lambda.send(command)) },
      });
      world.tick();
      await world.pass(10_000);
      expect(effects).toHaveLength(2);
    });

    it('gives the claim back when the table was too busy for it', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      world.deployWakeUp({ client: faulty.client });
      const effects = orders(world.backend(), 5);
      faulty.strike(
        'ProvisionedThroughputExceededException',
        (request, input) => request === 'PutItem' && JSON.stringify(input).includes('w#beat'),
      );
      await order('order-1');
      await world.quiet();
      expect(world.lambda.underWay).toBe(0);
      const complaint = complaints.mock.calls.find(([text]) => /^Wake-up/.test(String(text)));
      expect(nameOf(complaint?.[1])).toBe('StoreBusy');
      await order('order-2');
      expect(starts()).toBe(2);
      await world.pass(10_000);
      expect(effects).toHaveLength(2);
    });

    it('leaves it to its expiry when the table is too busy for that, too', async () => {
      const faulty = world.faultyClient({ maxAttempts: 1 });
      world.deployWakeUp({ client: faulty.client });
      orders(world.backend(), 5);
      faulty.strike('ProvisionedThroughputExceededException', claimDelete, 2);
      await order('order-1');
      await world.pass(10_000);
      expect(faulty.calm()).toBe(0);
      expect(world.lambda.thrown).toEqual([]);
      await order('order-2');
      expect(starts()).toBe(1);
      await world.pass(60_000);
      await order('order-3');
      expect(starts()).toBe(2);
    });

    it('repeats what a function reports as failed as the backend of the function says', async () => {
      world.deployWakeUp();
      const retries = { maxAttempts: 3, initialDelaySeconds: 2, jitter: 'none' } as const;
      const backend = world.backend({ retries });
      const failures: number[] = [];
      const failing = durable(backend, async () => {
        failures.push(world.clock.now());
        throw new Error('out of order');
      });
      world.lambda.functions.set('orders', failing);
      await expect(order('order-1')).rejects.toThrow('out of order');
      await world.pass(15_000);
      expect(await statusOf(backend, 'order-1')).toBe('FAILED');
      const [first = 0, second = 0, third = 0] = failures;
      expect(failures).toHaveLength(3);
      // After 2 and 4 seconds, and the look of the wake-up function.
      expect(second - first).toBeGreaterThanOrEqual(2000);
      expect(second - first).toBeLessThanOrEqual(3250);
      expect(third - second).toBeGreaterThanOrEqual(4000);
      expect(third - second).toBeLessThanOrEqual(5250);
    });

    it('does not hold the claim when nothing is left of its limit', async () => {
      world.deployWakeUp({ limit: 3 });
      const old = orders(world.backend({ wakeUp: false }), 100);
      for (let id = 0; id < 8; id++) await order(`old-${id}`);
      await world.pass(100_000);
      world.tick();
      await world.pass(3000);
      expect(old).toHaveLength(3);
      expect(world.lambda.underWay).toBe(0);
      // Who suspends now finds nobody, and starts one.
      const later = orders(world.backend(), 5);
      await order('new');
      expect(starts()).toBe(1);
      // That has a limit, too, and leaves when it has looked at what has been due for longer.
      await world.pass(3000);
      expect(later).toHaveLength(3);
      expect(world.lambda.underWay).toBe(0);
      await world.schedule(1);
      expect(later).toHaveLength(6);
    });

    it('hands over 500 runs that are due together in ticks of 150, each once', async () => {
      world.deployWakeUp({ limit: 150 });
      const backend = world.backend({ wakeUp: false });
      const effects = orders(backend, 100);
      for (let id = 0; id < 500; id += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, more) => order(`order-${id + more}`)));
      }
      await world.pass(100_000);
      const after: number[] = [];
      for (let tick = 0; tick < 4; tick++) {
        await world.schedule(1);
        after.push(effects.length);
      }
      expect(after).toEqual([150, 300, 450, 500]);
      expect(world.lambda.eventsOf('orders')).toHaveLength(500);
      expect(world.lambda.underWay).toBe(0);
      expect(world.lambda.thrown).toEqual([]);
    });
  });
});
