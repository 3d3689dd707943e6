import { describe, expect, it } from '@jest/globals';
import { PENDING, startCallback, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { type MakeStore, worldOn, worlds } from './world.ts';

/** A store that fails, before or after it has done what it was asked, and writers that get in between. */
export function describeFaults(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('a checkpoint', () => {
    it('whose append was applied but not answered succeeds', async () => {
      const world = await make();
      const side = await world.invoked();
      world.store.fail('append', 'lost');
      await side.checkpoint(startStep('s'));
      await side.checkpoint(succeedStep('s'));
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'StepStarted', 'StepSucceeded']);
    });

    it('whose append failed is a 500, and may be sent again', async () => {
      const world = await make();
      const side = await world.invoked();
      world.store.fail('append', 'fails');
      await expect(side.checkpoint(startStep('s'))).rejects.toMatchObject({
        name: 'ServiceException',
        message: expect.stringMatching(/append could not reach the disk\. The same request may succeed later/),
        $metadata: { httpStatusCode: 500 },
      });
      await side.checkpoint(startStep('s'));
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'StepStarted']);
    });

    it('that failed with what was due in hand absorbs it the next time', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startWait('w', 1), startCallback('cb'));
      world.clock.advance(1000);
      await world.backend.callbacks.succeed(side.callbackId('cb'));
      world.store.fail('append', 'fails');
      await expect(side.checkpoint()).rejects.toThrow();
      await side.checkpoint();
      expect([side.status('w'), side.status('cb')]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    });

    it('that lost against a stop is stale', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const side = await world.invoked();
      world.store.before('append', async () => {
        await other.backend.executions.stop(side.arn);
      });
      await expect(side.checkpoint(startStep('s'))).rejects.toThrow(
        /^Invalid checkpoint token: the execution is STOPPED/,
      );
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'ExecutionStopped']);
    });

    it('that lost against its own repeat in another process has its answer', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const side = await world.invoked();
      const request = {
        DurableExecutionArn: side.arn,
        CheckpointToken: side.token ?? '',
        Updates: [startCallback('cb')],
        ClientToken: 'once',
      };
      let elsewhere: unknown;
      world.store.before('append', async () => {
        elsewhere = await other.backend.client.checkpoint(request);
      });
      expect(await world.backend.client.checkpoint(request)).toEqual(elsewhere);
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'CallbackStarted']);
    });

    it('may be repeated after a crash of the backend', async () => {
      const world = await make();
      const side = await world.invoked();
      const request = {
        DurableExecutionArn: side.arn,
        CheckpointToken: side.token ?? '',
        Updates: [startStep('s')],
        ClientToken: 'once',
      };
      const first = await world.backend.client.checkpoint(request);
      const restarted = worldOn(world.store, world.clock);
      expect(await restarted.backend.client.checkpoint(request)).toEqual(first);
    });
  });

  describe('a claim', () => {
    it('whose append was applied but not answered is invoked', async () => {
      const world = await make();
      const arn = await world.start();
      world.store.fail('append', 'lost');
      await world.runOut();
      expect(world.envelopes).toHaveLength(1);
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('that failed is made by the next tick', async () => {
      const world = await make();
      const arn = await world.start();
      world.store.fail('append', 'fails');
      await world.runOut();
      expect(world.reports).toHaveLength(1);
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('that lost against a stop invokes nothing', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const arn = await world.start();
      world.store.before('append', async () => {
        await other.backend.executions.stop(arn);
      });
      await world.runOut();
      expect(world.envelopes).toHaveLength(0);
    });

    it('of a process that dies before it invokes is made again after the lease', async () => {
      const world = await make({ leaseSeconds: 30 });
      const side = await world.invoked();
      const restarted = worldOn(world.store, world.clock, { leaseSeconds: 30 });
      restarted.handler = async () => succeeded('"after the crash"');
      await restarted.runOut();
      expect((await restarted.backend.executions.get(side.arn)).Result).toBe('"after the crash"');
    });
  });

  describe('the end of an invocation', () => {
    it.each(['fails', 'lost'] as const)('is recorded once, also when its append %s', async (kind) => {
      const world = await make();
      world.handler = async () => {
        world.store.fail('append', kind);
        return succeeded('1');
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    });

    it('is left to the lease when the store never takes it', async () => {
      const world = await make({ leaseSeconds: 30 });
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 1) world.store.fail('append', 'fails', 3);
        return succeeded('1');
      };
      const arn = await world.start();
      await world.runOut();
      expect(world.reports).toHaveLength(1);
      expect(world.envelopes).toHaveLength(2);
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('that lost against a stop is recorded after it', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      world.handler = async (side) => {
        world.store.before('append', async () => {
          await other.backend.executions.stop(side.arn);
        });
        return succeeded('1');
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionStopped', 'InvocationCompleted']);
      expect(other.statusChanges.map(({ detail }) => detail.status)).toEqual(['STOPPED']);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING']);
    });
  });

  describe('a start', () => {
    it('whose answer was lost has made one execution', async () => {
      const world = await make();
      world.store.fail('create', 'lost');
      const answer = await world.service.start({ functionName: 'orders', name: 'order-7' });
      expect(answer.created).toBe(true);
      expect(await world.store.list({ limit: 9 })).toHaveLength(1);
      expect(world.statusChanges).toHaveLength(1);
    });

    it('that the store refuses twice is a 500', async () => {
      const world = await make();
      world.store.fail('create', 'fails', 2);
      await expect(world.start()).rejects.toMatchObject({ name: 'ServiceException' });
      expect(world.statusChanges).toHaveLength(0);
    });
  });

  describe('a callback', () => {
    it('whose settling was applied but not answered succeeds', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startCallback('cb'));
      world.store.fail('settle', 'lost');
      await world.backend.callbacks.succeed(side.callbackId('cb'), '1');
      await side.checkpoint();
      expect(side.operations.get('cb')?.CallbackDetails?.Result).toBe('1');
    });

    it('that somebody else settled, while the answer was lost, is over', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startCallback('cb'));
      const runId = side.arn.split('/').at(-1) ?? '';
      world.store.before('settle', async () => {
        await world.store.settle(runId, 'cb', { status: 'FAILED', error: {} }, world.clock.now());
      });
      world.store.fail('settle', 'lost');
      await expect(world.backend.callbacks.succeed(side.callbackId('cb'), '1')).rejects.toMatchObject({
        name: 'CallbackTimeoutException',
      });
    });

    it('completed between the claim and its timeout wins: the settled item decides', async () => {
      const world = await make();
      let id = '';
      world.handler = async (side) => {
        if (side.status('cb') !== undefined) return succeeded(`"${side.status('cb')}"`);
        await side.checkpoint(startCallback('cb', 5));
        id = side.callbackId('cb');
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      const runId = arn.split('/').at(-1) ?? '';
      world.clock.advance(5000);
      world.store.before('settle', async () => {
        // Came in time, arrived in the same millisecond.
        await world.store.settle(runId, 'cb', { status: 'SUCCEEDED' }, world.clock.now());
      });
      await world.settle();
      expect(id).not.toBe('');
      expect((await world.backend.executions.get(arn)).Result).toBe('"SUCCEEDED"');
    });

    it('completed by a process that dies at once is found by the next tick', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.status('cb') === 'SUCCEEDED') return succeeded();
        await side.checkpoint(startCallback('cb'));
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      await world.store.settle(arn.split('/').at(-1) ?? '', 'cb', { status: 'SUCCEEDED' }, world.clock.now());
      await world.settle();
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });
  });

  it('a clock that is set back moves no event before the one ahead of it', async () => {
    const world = await make();
    const side = await world.invoked();
    await side.checkpoint(startStep('a'));
    world.clock.jump(-3_600_000);
    await side.checkpoint(startStep('b'));
    const { Events } = await world.backend.executions.history(side.arn);
    const times = Events.map(({ EventTimestamp }) => EventTimestamp.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
}
