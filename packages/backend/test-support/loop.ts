import { describe, expect, it } from '@jest/globals';
import { PENDING, startCallback, startWait, succeeded } from './function-side.ts';
import { item, newRun } from './store-fixtures.ts';
import { type MakeStore, type World, worldOn, worlds } from './world.ts';

/** Lets promises and a store's own turns of the event loop pass until `done`. No clock is involved. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await done()); turns++) {
    if (turns > 300_000) throw new Error('It never happens.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The loop itself: ticks, concurrency, sleeping and waking, ending. */
export function describeLoop(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const hanging = (world: World): (() => void)[] => {
    const release: (() => void)[] = [];
    world.handler = () => new Promise((resolve) => release.push(() => resolve(succeeded())));
    return release;
  };

  describe('tick', () => {
    it('starts every due run without waiting, and says when the next one is due', async () => {
      const world = await make({ leaseSeconds: 60 });
      const release = hanging(world);
      await world.start();
      await world.start();
      expect(await world.service.tick()).toBe(world.clock.now() + 60_000);
      expect(world.envelopes).toHaveLength(2);
      for (const one of release) one();
      await world.service.idle();
      expect(await world.service.tick()).toBeUndefined();
      expect(world.clock.timers).toBe(0);
    });

    it('keeps to its concurrency, and starts each run once', async () => {
      const world = await make({ concurrency: 2 });
      const release = hanging(world);
      for (let count = 0; count < 5; count++) await world.start();
      await Promise.all([world.service.tick(), world.service.tick()]);
      expect(world.envelopes).toHaveLength(2);
      release[0]?.();
      await until(async () => {
        await world.service.tick();
        return world.envelopes.length === 3;
      });
      await world.service.tick();
      expect(world.envelopes).toHaveLength(3);
      world.handler = async () => succeeded();
      for (const one of release) one();
      await world.settle();
      expect(world.envelopes).toHaveLength(5);
      expect(new Set(world.envelopes.map(({ DurableExecutionArn }) => DurableExecutionArn)).size).toBe(5);
    });

    it('looks again later at a callback whose heart beats', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startCallback('cb', 100, 10));
        await world.backend.callbacks.heartbeat(side.callbackId('cb'));
        return PENDING;
      };
      await world.start();
      await world.settle();
      const [{ runId } = { runId: '' }] = await world.store.list({ limit: 1 });
      world.clock.advance(9000);
      await world.store.heartbeat(runId, 'cb', world.clock.now());
      world.clock.advance(1000);
      expect(await world.service.tick()).toBe(world.clock.now() + 9000);
      expect(world.envelopes).toHaveLength(1);
    });

    it('does not let a run that can’t be read keep the others waiting', async () => {
      const world = await make({ concurrency: 1 });
      await world.store.create({ ...newRun('broken', { dueAt: 0 }), firstItem: item(1) });
      const arn = await world.start();
      await world.service.tick();
      await world.service.idle();
      expect(await world.status(arn)).toBe('SUCCEEDED');
      expect(world.reports).toEqual([expect.objectContaining({ message: expect.stringContaining('run broken') })]);
    });

    it('rejects when the store can’t be asked, and works again after it', async () => {
      const world = await make();
      await world.start();
      world.store.fail('due', 'fails');
      await expect(world.service.tick()).rejects.toThrow('due could not reach the disk.');
      await world.settle();
      expect(world.envelopes).toHaveLength(1);
    });
  });

  describe('two services on one store', () => {
    it('invoke each run once', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      for (let count = 0; count < 10; count++) await world.start();
      await Promise.all([world.service.tick(), other.service.tick()]);
      await Promise.all([world.service.idle(), other.service.idle()]);
      const all = [...world.envelopes, ...other.envelopes].map(({ DurableExecutionArn }) => DurableExecutionArn);
      expect(all).toHaveLength(10);
      expect(new Set(all).size).toBe(10);
    });

    it('leave an invocation alone that began while they were about to claim', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const release = hanging(other);
      const arn = await world.start();
      world.store.before('head', async () => {
        await other.service.tick();
      });
      await world.service.tick();
      expect(world.envelopes).toHaveLength(0);
      release[0]?.();
      await other.service.idle();
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('keep to a delay that began while they were about to claim', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock, { retries: { jitter: 'none', initialDelaySeconds: 100 } });
      other.handler = async (side) => {
        await side.checkpoint(startWait('w', 1));
        world.clock.jump(2000);
        throw new Error('bug');
      };
      await world.start();
      world.store.before('head', () => other.settle());
      await world.service.tick();
      expect([world.envelopes.length, other.envelopes.length]).toEqual([0, 1]);
      expect(await world.store.nextDue()).toBe(world.clock.now() + 100_000);
    });

    it('go on with each other’s runs', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const handler: World['handler'] = async (side) => {
        const count = side.envelope.InvocationCount ?? 0;
        if (count === 6) return succeeded('"done"');
        await side.checkpoint(startWait(`w${count}`, 1));
        return PENDING;
      };
      world.handler = handler;
      other.handler = handler;
      const arn = await world.start();
      for (let turn = 0; turn < 6; turn++) {
        const one = turn % 2 === 0 ? world : other;
        await one.settle();
        world.clock.advance(1000);
      }
      expect([world.envelopes.length, other.envelopes.length]).toEqual([3, 3]);
      expect((await other.backend.executions.get(arn)).Result).toBe('"done"');
      expect((await world.backend.executions.get(arn)).Result).toBe('"done"');
    });

    it('serve a function whose checkpoints go through another process', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const side = await world.invoked();
      const request = { DurableExecutionArn: side.arn, Updates: [startCallback('cb')] };
      const { CheckpointToken = '', NewExecutionState } = await other.backend.client.checkpoint({
        ...request,
        CheckpointToken: side.token ?? '',
      });
      const id = NewExecutionState.Operations?.[0]?.CallbackDetails?.CallbackId ?? '';
      await world.backend.callbacks.succeed(id, '1');
      side.token = CheckpointToken;
      await side.checkpoint();
      expect(side.status('cb')).toBe('SUCCEEDED');
    });
  });

  describe('run', () => {
    it('sleeps until something is due, wakes on local changes, and ends with its signal', async () => {
      const world = await make();
      const controller = new AbortController();
      let id = '';
      world.handler = async (side) => {
        if (side.status('cb') === 'SUCCEEDED') return succeeded();
        if (side.status('w') === undefined) await side.checkpoint(startWait('w', 5));
        else {
          await side.checkpoint(startCallback('cb'));
          id = side.callbackId('cb');
        }
        return PENDING;
      };
      const running = world.service.run({ signal: controller.signal, pollSeconds: 1_000_000 });
      const arn = await world.start();
      await until(() => world.envelopes.length === 1 && world.clock.timers === 1);
      world.clock.advance(5000);
      await until(() => id !== '' && world.clock.timers === 1);
      await world.backend.callbacks.succeed(id);
      await until(async () => (await world.status(arn)) === 'SUCCEEDED');
      controller.abort();
      await running;
      expect(world.envelopes).toHaveLength(3);
      expect(world.clock.timers).toBe(0);
    });

    it('sees the changes of other processes when it polls', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const controller = new AbortController();
      const running = world.service.run({ signal: controller.signal, pollSeconds: 2 });
      await until(() => world.clock.timers === 1);
      await other.start();
      world.clock.advance(2000);
      await until(() => world.envelopes.length === 1);
      controller.abort();
      await running;
      expect(other.envelopes).toHaveLength(0);
    });

    it('outlives a store that fails for a while', async () => {
      const world = await make();
      world.store.fail('due', 'fails');
      await world.start();
      const controller = new AbortController();
      const running = world.service.run({ signal: controller.signal });
      await until(() => world.clock.timers === 1);
      expect(world.reports).toHaveLength(1);
      world.clock.advance(1000);
      await until(() => world.envelopes.length === 1);
      controller.abort();
      await running;
    });

    it('takes the next runs when an invocation ends and all hands were busy', async () => {
      const world = await make({ concurrency: 1 });
      const release = hanging(world);
      const controller = new AbortController();
      for (let count = 0; count < 3; count++) await world.start();
      const running = world.service.run({ signal: controller.signal, pollSeconds: 1_000_000 });
      for (let count = 0; count < 3; count++) {
        await until(() => release.length === count + 1);
        release[count]?.();
      }
      await until(async () => (await world.store.list({ statuses: ['SUCCEEDED'], limit: 9 })).length === 3);
      controller.abort();
      await running;
      expect(world.clock.timers).toBe(0);
    });

    it('waits for what it started before it ends, and does nothing when it should not begin', async () => {
      const world = await make();
      const release = hanging(world);
      const controller = new AbortController();
      await world.start();
      let ended = false;
      const running = world.service.run({ signal: controller.signal }).then(() => {
        ended = true;
      });
      await until(() => release.length === 1);
      controller.abort();
      await world.service.tick();
      expect(ended).toBe(false);
      release[0]?.();
      await running;
      await world.start();
      await world.service.run({ signal: controller.signal });
      expect(world.envelopes).toHaveLength(1);
    });
  });

  describe('close', () => {
    it('aborts the running invocations, records how they end, and starts no more', async () => {
      const world = await make();
      world.handler = (_side, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      const arn = await world.start();
      await world.service.tick();
      await world.service.close();
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'InvocationCompleted']);
      expect(world.clock.timers).toBe(0);
      await world.start();
      world.clock.advance(10_000);
      await world.service.tick();
      expect(world.envelopes).toHaveLength(1);
    });

    it('ends run', async () => {
      const world = await make();
      const running = world.service.run({ signal: new AbortController().signal });
      await until(() => world.clock.timers === 1);
      await world.service.close();
      await running;
      expect(world.clock.timers).toBe(0);
    });
  });
}
