import { describe, expect, it } from '@jest/globals';
import { type ErrorObject, ResourceNotFoundException } from '@middy-durable/protocol';
import { PENDING, startCallback, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { type MakeStore, type World, worlds } from './world.ts';

/** Invocations that throw, die, hang, or come back too late. */
export function describeInvocationFailures(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const failing = (error: unknown) => async (): Promise<never> => {
    throw error;
  };
  async function invocationErrors(world: World, arn: string): Promise<(ErrorObject | undefined)[]> {
    const { Events } = await world.backend.executions.history(arn, { maxItems: 1000 });
    return Events.flatMap(({ InvocationCompletedDetails: details }) => (details ? [details.Error?.Payload] : []));
  }

  describe('a failed invocation', () => {
    it('leaves the operations as they are and is followed by another one', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 1) {
          await side.checkpoint(startStep('s'));
          throw Object.assign(new Error('killed'), { name: 'Runtime.ExitError' });
        }
        expect(side.operations.get('s')).toMatchObject({ Status: 'STARTED', StepDetails: { Attempt: 0 } });
        await side.checkpoint(succeedStep('s', '1'));
        return succeeded('1');
      };
      const arn = await world.start();
      const began = world.clock.now();
      await world.settle();
      expect(world.clock.now()).toBe(began);
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'InvocationCompleted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      const tokens = world.envelopes.map(({ CheckpointToken }) => CheckpointToken);
      expect(new Set(tokens).size).toBe(2);
    });

    it.each(['Runtime.ExitError', 'Sandbox.Crashed', 'Extension.Crash'])(
      'of kind %s is retried three times at once, and then ends the execution',
      async (errorType) => {
        const world = await make({ handler: failing({ errorType, errorMessage: 'gone' }) });
        const arn = await world.start();
        const began = world.clock.now();
        await world.runOut();
        expect(world.clock.now()).toBe(began);
        const error = { ErrorType: errorType, ErrorMessage: 'gone' };
        expect(await invocationErrors(world, arn)).toEqual([error, error, error, error]);
        expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'FAILED', Error: error });
        expect((await world.history(arn)).at(-1)).toBe('ExecutionFailed');
      },
    );

    it.each([
      ['TypeError', new TypeError('bug')],
      ['Sandbox.Timedout', { errorType: 'Sandbox.Timedout', errorMessage: 'slow' }],
    ])('of any other kind (%s) is retried with growing delays, and not for ever', async (_, error) => {
      const world = await make({ handler: failing(error), retries: { jitter: 'none', maxDelaySeconds: 60 } });
      const arn = await world.start();
      const delays: number[] = [];
      for (let last = world.clock.now(); ; last = world.clock.now()) {
        await world.settle();
        const next = await world.store.nextDue();
        if (next === undefined) break;
        delays.push((next - last) / 1000);
        world.clock.advanceTo(next);
      }
      expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
      expect(await invocationErrors(world, arn)).toHaveLength(10);
      expect(await world.status(arn)).toBe('FAILED');
    });

    it('counts in a row only', async () => {
      const world = await make({ retries: { immediate: 1 } });
      world.handler = async (side) => {
        const count = side.envelope.InvocationCount ?? 0;
        if (count % 2 === 1) throw { errorType: 'Runtime.ExitError' };
        if (count === 6) return succeeded();
        await side.checkpoint(startWait(`w${count}`, 1));
        return PENDING;
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.status(arn)).toBe('SUCCEEDED');
      expect(world.envelopes).toHaveLength(6);
    });

    it('ends the execution at once when there is no such function', async () => {
      const world = await make({ handler: failing(new ResourceNotFoundException('Function not found: orders')) });
      const arn = await world.start();
      await world.runOut();
      expect(await world.backend.executions.get(arn)).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'ResourceNotFoundException', ErrorMessage: 'Function not found: orders' },
      });
      expect(world.envelopes).toHaveLength(1);
    });

    it('waits for its retry while timers end, but not when somebody outside acts', async () => {
      const world = await make({ retries: { jitter: 'none', initialDelaySeconds: 100 } });
      let id = '';
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 1) {
          await side.checkpoint(startWait('w', 1), startCallback('cb'));
          id = side.callbackId('cb');
        }
        throw new Error('bug');
      };
      await world.start();
      await world.settle();
      world.clock.advance(50_000);
      await world.settle();
      expect(world.envelopes).toHaveLength(1);
      await world.backend.callbacks.succeed(id);
      await world.settle();
      expect(world.envelopes).toHaveLength(2);
      expect(world.envelopes[1]?.UpdatedOperationIds).toEqual(['w', 'cb']);
    });

    it('is recorded after the end of the execution, and nothing else', async () => {
      const world = await make();
      world.handler = async (side) => {
        await world.backend.executions.stop(side.arn);
        throw new Error('bug');
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionStopped', 'InvocationCompleted']);
      expect(await world.status(arn)).toBe('STOPPED');
    });

    it('never outlives the execution’s time', async () => {
      const world = await make({
        handler: failing(new Error('bug')),
        executionTimeout: 10,
        retries: { jitter: 'none', maxAttempts: 1000 },
      });
      const arn = await world.start();
      const began = world.clock.now();
      await world.runOut();
      expect(world.clock.now() - began).toBe(10_000);
      expect(await world.status(arn)).toBe('TIMED_OUT');
    });
  });

  describe('an invocation without an answer', () => {
    it('is aborted and counts as timed out when its lease is over', async () => {
      const world = await make({ leaseSeconds: 30 });
      let signal: AbortSignal | undefined;
      world.handler = async (side, context) => {
        if (side.envelope.InvocationCount === 2) return succeeded();
        signal = context.signal;
        return new Promise(() => {});
      };
      const arn = await world.start();
      await world.service.tick();
      expect(signal?.aborted).toBe(false);
      world.clock.advance(30_000);
      expect(signal?.aborted).toBe(true);
      await world.service.idle();
      await world.runOut();
      expect((await invocationErrors(world, arn))[0]).toEqual({
        ErrorType: 'Sandbox.Timedout',
        ErrorMessage: expect.stringMatching(/^2026-01-01T00:00:30\.000Z \S+ Task timed out after 30\.00 seconds$/),
      });
      expect(await world.status(arn)).toBe('SUCCEEDED');
      expect(world.clock.timers).toBe(0);
    });

    it('is followed by another one when the process that ran it is gone', async () => {
      const world = await make({ leaseSeconds: 30 });
      const side = await world.invoked();
      await side.checkpoint(startStep('s'));
      world.handler = async () => succeeded();
      // The dead process never hears of time again: no timer of its own ends the invocation.
      world.clock.jump(29_999);
      await world.service.tick();
      expect(world.envelopes).toHaveLength(1);
      world.clock.jump(1);
      await world.service.tick();
      world.clock.jump(1000);
      await world.service.tick();
      expect(world.envelopes).toHaveLength(2);
      expect((await invocationErrors(world, side.arn))[0]?.ErrorType).toBe('Sandbox.Timedout');
    });

    it('can’t write any more once another one has begun, and its output is ignored', async () => {
      const world = await make({ leaseSeconds: 30, concurrency: 5 });
      const release: ((output: unknown) => void)[] = [];
      world.handler = async (side) => {
        zombies.push(side);
        return new Promise((resolve) => release.push(resolve));
      };
      const zombies: Parameters<World['handler']>[0][] = [];
      const arn = await world.start();
      await world.service.tick();
      world.clock.jump(30_000);
      await world.service.tick();
      world.clock.jump(1000);
      await world.service.tick();
      expect(zombies).toHaveLength(2);
      const [zombie, current] = zombies;
      await expect(zombie?.checkpoint(startStep('z'))).rejects.toThrow(
        'Invalid checkpoint token: a newer invocation has begun',
      );
      release[0]?.(succeeded('zombie'));
      await current?.checkpoint(startStep('s'));
      release[1]?.(succeeded('current'));
      await world.service.idle();
      expect((await world.backend.executions.get(arn)).Result).toBe('current');
      expect((await world.history(arn)).filter((type) => type === 'InvocationCompleted')).toHaveLength(2);
    });

    it('may go on writing after its lease, as long as no other one has begun', async () => {
      const world = await make({ leaseSeconds: 30 });
      const side = await world.invoked();
      world.clock.jump(31_000);
      await side.checkpoint(startStep('s'));
      expect(await world.history(side.arn)).toContain('StepStarted');
    });
  });
}
