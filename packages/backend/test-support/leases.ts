import { describe, expect, it } from '@jest/globals';
import { PENDING, startStep, startWait, succeeded } from './function-side.ts';
import { mortalStore } from './mortal-store.ts';
import { type WatchedStore, watchedStore } from './watched-store.ts';
import { type MakeStore, type World, worldOn, worlds } from './world.ts';

const TIMES = { leaseSeconds: 100, livenessSeconds: 9 };

/** Lets promises pass, and what the store is asked meanwhile, until it is asked nothing any more. */
async function turns(store: WatchedStore): Promise<void> {
  for (let quiet = 0; quiet < 50; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (store.underWay > 0) quiet = 0;
  }
}

/** Leases that are shorter than an invocation may be: renewed while its process lives. */
export function describeLeases(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  /** Lets time pass as it does, a second at once. */
  const pass = async (world: World, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      world.clock.advance(1000);
      await turns(world.store);
    }
  };
  const hanging = (world: World): ((output: unknown) => void)[] => {
    const release: ((output: unknown) => void)[] = [];
    world.handler = () => new Promise((resolve) => release.push(resolve));
    return release;
  };

  describe('a lease', () => {
    it('is renewed while the process lives, and nobody takes the invocation over', async () => {
      const world = await make(TIMES);
      const other = worldOn(world.store, world.clock, TIMES);
      const release = hanging(world);
      const arn = await world.start();
      await world.service.tick();
      expect(await world.store.nextDue()).toBe(world.clock.now() + 9000);
      for (let step = 0; step < 10; step++) {
        await pass(world, 6);
        await other.service.tick();
      }
      release[0]?.(succeeded('"long"'));
      await world.service.idle();
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"long"' });
      expect([world.envelopes.length, other.envelopes.length]).toEqual([1, 0]);
      expect(world.clock.timers).toBe(0);
      expect(world.reports).toEqual([]);
    });

    it('ends soon after its process has died', async () => {
      const world = await make(TIMES);
      const mortal = mortalStore(world.store, 0, 'before');
      const dying = worldOn(watchedStore(mortal), world.clock, TIMES);
      hanging(dying);
      const arn = await dying.start();
      await dying.service.tick();
      await pass(world, 4);
      mortal.die();
      world.handler = async () => succeeded('"again"');
      // Renewed after 3 seconds, so it lives until 12.
      await pass(world, 7);
      await world.settle();
      expect(world.envelopes).toHaveLength(0);
      await pass(world, 1);
      await world.runOut();
      expect((await world.backend.executions.get(arn)).Result).toBe('"again"');
      const { Events } = await world.backend.executions.history(arn);
      expect(Events[1]?.InvocationCompletedDetails?.Error?.Payload).toEqual({
        ErrorType: 'Sandbox.Timedout',
        ErrorMessage: expect.stringMatching(/ Nothing was heard for 9\.00 seconds of the process .* counts as dead$/),
      });
    });

    it('is renewed by every checkpoint', async () => {
      const world = await make(TIMES);
      const side = await world.invoked();
      world.clock.jump(8000);
      await side.checkpoint(startStep('s'));
      expect(await world.store.nextDue()).toBe(world.clock.now() + 9000);
      expect((await world.store.list({ limit: 1 }))[0]?.leaseUntil).toBe(world.clock.now() + 9000);
    });

    it('is never renewed past the time that an invocation may take', async () => {
      const world = await make(TIMES);
      let reason: unknown;
      world.handler = (_side, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return new Promise(() => {});
      };
      const arn = await world.start();
      await world.service.tick();
      await pass(world, 98);
      expect(await world.store.nextDue()).toBe(world.clock.now() + 2000);
      await pass(world, 2);
      await world.service.idle();
      expect(String(reason)).toMatch(/Task timed out after 100\.00 seconds$/);
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'InvocationCompleted']);
      await world.service.close();
    });

    it('survives a renewal that fails, and one that loses against a checkpoint', async () => {
      const world = await make(TIMES);
      const release = hanging(world);
      await world.start();
      await world.service.tick();
      world.store.fail('reschedule', 'fails');
      await pass(world, 3);
      expect(world.reports).toHaveLength(1);
      await pass(world, 3);
      expect(await world.store.nextDue()).toBe(world.clock.now() + 9000);
      release[0]?.(succeeded());
      await world.service.idle();
    });

    it('is left alone once another invocation has begun', async () => {
      const world = await make(TIMES);
      const other = worldOn(world.store, world.clock, { ...TIMES, livenessSeconds: 50 });
      const release = hanging(world);
      const release2 = hanging(other);
      const arn = await world.start();
      await world.service.tick();
      world.clock.jump(10_000);
      await other.service.tick();
      world.clock.jump(1000);
      await other.service.tick();
      expect(other.envelopes).toHaveLength(1);
      const lease = (await world.store.list({ limit: 1 }))[0]?.leaseUntil;
      await pass(world, 1);
      expect((await world.store.list({ limit: 1 }))[0]?.leaseUntil).toBe(lease);
      release[0]?.(succeeded('"late"'));
      release2[0]?.(succeeded('"current"'));
      await Promise.all([world.service.idle(), other.service.idle()]);
      expect((await world.backend.executions.get(arn)).Result).toBe('"current"');
    });

    it('does not hide what became due before it was renewed', async () => {
      const world = await make({ ...TIMES, functions: { bills: {} } });
      const side = await world.invoked();
      await side.checkpoint({
        Id: 'call',
        Type: 'CHAINED_INVOKE',
        Action: 'START',
        ChainedInvokeOptions: { FunctionName: 'bills' },
      });
      const due = await world.store.nextDue();
      await pass(world, 3);
      expect(await world.store.nextDue()).toBe(due);
    });

    it('has no timer where it is as long as an invocation may be', async () => {
      const world = await make({ leaseSeconds: 9, livenessSeconds: 9 });
      world.handler = async (side) => {
        if (side.status('w') === 'SUCCEEDED') return succeeded();
        await side.checkpoint(startWait('w', 1));
        expect(world.clock.timers).toBe(1);
        return PENDING;
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });
  });
}
