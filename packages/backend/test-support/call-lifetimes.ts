import { describe, expect, it } from '@jest/globals';
import { caller, callOf, divided, executionsOf, startCall } from './calls.ts';
import { PENDING, startWait, succeeded } from './function-side.ts';
import { type Handler, type MakeStore, type World, worldOn, worlds } from './world.ts';

const BILLS = { functions: { bills: {} } };

/** When what a chained invoke calls is started, and what becomes of it when its caller suspends, crashes or ends. */
export function describeCallLifetimes(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  /** A world whose `bills` does what `target` does, called by `orders`. */
  const calling = async (target: Handler): Promise<World> => make({ ...BILLS, handler: divided(caller(), target) });

  describe('what a chained invoke calls', () => {
    it('is started while its caller works on, and its outcome comes with the next checkpoint', async () => {
      const world = await calling(async () => succeeded('1'));
      const seen: unknown[] = [];
      const target = world.handler;
      world.handler = divided(async (side) => {
        await side.checkpoint(startCall('call', {}));
        await world.service.tick();
        for (let turns = 0; side.status('call') === 'STARTED' && turns < 10_000; turns++) {
          await new Promise((resolve) => setImmediate(resolve));
          await side.checkpoint();
        }
        seen.push(side.status('call'));
        return succeeded();
      }, target);
      await world.start();
      await world.runOut();
      expect(seen).toEqual(['SUCCEEDED']);
    });

    it('is due no more once it was started', async () => {
      const world = await make(BILLS);
      const side = await world.invoked();
      const lease = await world.store.nextDue();
      await side.checkpoint(startCall('call', {}));
      expect(await world.store.nextDue()).toBe(world.clock.now());
      world.handler = () => new Promise(() => {});
      await world.service.tick();
      expect(await world.store.nextDue()).toBe(lease);
      expect(await executionsOf(world, 'bills')).toHaveLength(1);
    });

    it('does not wait for the retry of its caller that crashed', async () => {
      const world = await make({ ...BILLS, retries: { initialDelaySeconds: 1000, jitter: 'none' } });
      const at: number[] = [];
      world.handler = divided(
        async (side) => {
          if (side.status('call') === undefined) await side.checkpoint(startCall('call', {}));
          throw new Error('bug');
        },
        async () => {
          at.push(world.clock.now());
          return succeeded();
        },
      );
      await world.start();
      const before = world.clock.now();
      await world.settle();
      expect(at).toEqual([before]);
    });

    it('runs on when its caller has ended, and tells nobody', async () => {
      const world = await calling(async (side) => {
        if (side.status('w') === 'SUCCEEDED') return succeeded('1');
        await side.checkpoint(startWait('w', 100));
        return PENDING;
      });
      const arn = await world.start();
      await world.settle();
      await world.backend.executions.stop(arn);
      await world.runOut();
      const [called = ''] = await executionsOf(world, 'bills');
      expect([await world.status(arn), await world.status(called)]).toEqual(['STOPPED', 'SUCCEEDED']);
      expect((await world.history(arn)).at(-1)).toBe('ExecutionStopped');
      expect(await world.store.nextDue()).toBeUndefined();
    });

    it.each<[string, (world: World) => Handler]>([
      [
        'returned',
        () => async (side) => {
          await side.checkpoint(startCall('call', {}));
          return succeeded();
        },
      ],
      [
        'ended by its checkpoint',
        () => async (side) => {
          await side.checkpoint(startCall('call', {}), { Id: 'end', Type: 'EXECUTION', Action: 'SUCCEED' });
          return succeeded();
        },
      ],
      [
        'was stopped',
        (world) => async (side) => {
          await side.checkpoint(startCall('call', {}));
          await world.backend.executions.stop(side.arn);
          return PENDING;
        },
      ],
    ])('is started also when its caller %s at once', async (_, makeCaller) => {
      const world = await make(BILLS);
      world.handler = divided(makeCaller(world), async () => succeeded('1'));
      await world.start();
      await world.runOut();
      const called = await executionsOf(world, 'bills');
      expect(called).toHaveLength(1);
      expect(await world.status(called[0] ?? '')).toBe('SUCCEEDED');
      expect(await world.store.nextDue()).toBeUndefined();
    });

    it('is started by another process when the first one dies right after the checkpoint', async () => {
      const world = await make({ ...BILLS, leaseSeconds: 30 });
      const side = await world.invoked();
      await side.checkpoint(startCall('call', { payload: '7' }));
      const restarted = worldOn(world.store, world.clock, { leaseSeconds: 30 });
      restarted.handler = divided(caller(), async ({ envelope }) =>
        succeeded(envelope.InitialExecutionState.Operations[0]?.ExecutionDetails?.InputPayload),
      );
      await restarted.runOut();
      expect(await callOf(restarted, side.arn)).toEqual(['SUCCEEDED', { Result: '7' }]);
    });
  });
}
