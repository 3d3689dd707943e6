import { describe, expect, it } from '@jest/globals';
import { decodeCallbackId, encodeCallbackId } from '@middy-durable/protocol';
import { PENDING, startCallback, startStep, succeeded } from './function-side.ts';
import { type MakeStore, type World, type WorldOptions, worlds } from './world.ts';

const OVER = {
  name: 'CallbackTimeoutException',
  message: 'The callback is either timed out or already completed',
  $metadata: { httpStatusCode: 400 },
};

/** Completing callbacks from outside, in and out of time. */
export function describeCallbacks(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  /** A run that waits for the callback `cb` and then succeeds with how it ended. */
  async function waiting(
    timeout?: number,
    heartbeat?: number,
    options?: WorldOptions,
  ): Promise<{ world: World; arn: string; id: string }> {
    let id = '';
    const world = await make(options);
    world.handler = async (side) => {
      const { Status, CallbackDetails: details } = side.operations.get('cb') ?? {};
      if (Status === undefined) {
        await side.checkpoint(startCallback('cb', timeout, heartbeat));
        id = side.callbackId('cb');
      }
      if (Status === undefined || Status === 'STARTED') return PENDING;
      return succeeded(JSON.stringify([Status, details?.Result ?? details?.Error]));
    };
    const arn = await world.start();
    await world.settle();
    return { world, arn, id };
  }
  const outcome = async (world: World, arn: string): Promise<unknown> =>
    JSON.parse((await world.backend.executions.get(arn)).Result ?? 'null');

  describe('callbacks', () => {
    it('hand their result on unchanged and wake the run', async () => {
      const { world, arn, id } = await waiting();
      expect(await world.store.nextDue()).toBe(world.clock.now() + 31_622_400_000);
      await world.backend.callbacks.succeed(id, ' not json ');
      await world.settle();
      expect(await outcome(world, arn)).toEqual(['SUCCEEDED', ' not json ']);
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'CallbackStarted',
        'InvocationCompleted',
        'CallbackSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      expect(world.envelopes[1]?.UpdatedOperationIds).toEqual(['cb']);
    });

    it('succeed with nothing, fail with an error, fail with nothing', async () => {
      const nothing = await waiting();
      await nothing.world.backend.callbacks.succeed(nothing.id);
      await nothing.world.settle();
      expect(await outcome(nothing.world, nothing.arn)).toEqual(['SUCCEEDED', null]);
      const failed = await waiting();
      await failed.world.backend.callbacks.fail(failed.id, { ErrorType: 'No', ErrorMessage: 'denied' });
      await failed.world.settle();
      expect(await outcome(failed.world, failed.arn)).toEqual(['FAILED', { ErrorType: 'No', ErrorMessage: 'denied' }]);
      const bare = await waiting();
      await bare.world.backend.callbacks.fail(bare.id);
      await bare.world.settle();
      expect(await outcome(bare.world, bare.arn)).toEqual(['FAILED', {}]);
    });

    it('take the first of many completions', async () => {
      const { world, arn, id } = await waiting(60);
      const { callbacks } = world.backend;
      const results = await Promise.allSettled([
        callbacks.succeed(id, '1'),
        callbacks.fail(id),
        callbacks.succeed(id, '2'),
      ]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(callbacks.succeed(id)).rejects.toMatchObject(OVER);
      await expect(callbacks.heartbeat(id)).rejects.toMatchObject(OVER);
      await world.settle();
      expect(await world.status(arn)).toBe('SUCCEEDED');
      await expect(callbacks.fail(id)).rejects.toMatchObject(OVER);
    });

    it('say why they are over', async () => {
      const completed = await waiting();
      await completed.world.backend.callbacks.fail(completed.id);
      const { callbacks } = completed.world.backend;
      await expect(callbacks.succeed(completed.id)).rejects.toMatchObject({ ...OVER, reason: 'COMPLETED' });
      await expect(callbacks.heartbeat(completed.id)).rejects.toMatchObject({ reason: 'COMPLETED' });
      await completed.world.settle();
      await expect(callbacks.succeed(completed.id)).rejects.toMatchObject({ reason: 'COMPLETED' });
      const late = await waiting(60);
      late.world.clock.advance(60_000);
      await expect(late.world.backend.callbacks.fail(late.id)).rejects.toMatchObject({ ...OVER, reason: 'TIMED_OUT' });
      await late.world.settle();
      await expect(late.world.backend.callbacks.heartbeat(late.id)).rejects.toMatchObject({ reason: 'TIMED_OUT' });
      const stopped = await waiting();
      await stopped.world.backend.executions.stop(stopped.arn);
      await expect(stopped.world.backend.callbacks.fail(stopped.id)).rejects.toMatchObject({
        reason: 'EXECUTION_ENDED',
      });
    });

    describe('of a named writer', () => {
      const ann = { writerId: 'ann' };

      it('may be completed again by the same, before the run has seen it, after, and after its end', async () => {
        const { world, arn, id } = await waiting(60);
        const { callbacks } = world.backend;
        await callbacks.succeed(id, '1', ann);
        await callbacks.succeed(id, '1', ann);
        // Not looked at before the timeout: what stands is the completion.
        world.clock.advance(60_000);
        await callbacks.succeed(id, 'other', ann);
        await world.settle();
        expect(await outcome(world, arn)).toEqual(['SUCCEEDED', '1']);
        await callbacks.succeed(id, '1', ann);
        expect((await world.history(arn)).filter((type) => type === 'CallbackSucceeded')).toHaveLength(1);
      });

      it('refuse the same writer when it says something else, and others when they say the same', async () => {
        const { world, arn, id } = await waiting();
        const { callbacks } = world.backend;
        const refused = { ...OVER, reason: 'COMPLETED' };
        await callbacks.succeed(id, '1', ann);
        for (let turns = 0; turns < 2; turns++) {
          await expect(callbacks.fail(id, {}, ann)).rejects.toMatchObject(refused);
          await expect(callbacks.succeed(id, '1', { writerId: 'bob' })).rejects.toMatchObject(refused);
          await expect(callbacks.succeed(id, '1')).rejects.toMatchObject(refused);
          await world.settle();
        }
        expect(await outcome(world, arn)).toEqual(['SUCCEEDED', '1']);
        const anonymous = await waiting();
        await anonymous.world.backend.callbacks.succeed(anonymous.id, '1');
        await expect(anonymous.world.backend.callbacks.succeed(anonymous.id, '1', ann)).rejects.toMatchObject(refused);
      });

      it('have one winner of two writers, who may repeat it', async () => {
        const { world, id } = await waiting();
        const writers = ['ann', 'bob'];
        const complete = (writerId: string) => world.backend.callbacks.fail(id, { ErrorType: writerId }, { writerId });
        const answers = await Promise.allSettled([...writers, ...writers].map(complete));
        const won = answers[0]?.status === 'fulfilled' ? 'ann' : 'bob';
        for (const [index, { status }] of answers.entries()) {
          expect(status).toBe([...writers, ...writers][index] === won ? 'fulfilled' : 'rejected');
        }
      });

      it('take no completion after their time, be the writer who it may', async () => {
        const { world, arn, id } = await waiting(60);
        world.clock.advance(60_000);
        await expect(world.backend.callbacks.succeed(id, '1', ann)).rejects.toMatchObject({ reason: 'TIMED_OUT' });
        await world.settle();
        await expect(world.backend.callbacks.succeed(id, '1', ann)).rejects.toMatchObject({ reason: 'TIMED_OUT' });
        expect(await outcome(world, arn)).toEqual(['TIMED_OUT', expect.anything()]);
        const short = await waiting(undefined, undefined, { executionTimeout: 60 });
        short.world.clock.advance(60_000);
        for (let turns = 0; turns < 2; turns++) {
          await expect(short.world.backend.callbacks.succeed(short.id, '1', ann)).rejects.toMatchObject({
            reason: 'EXECUTION_ENDED',
          });
          await short.world.settle();
        }
        expect(await short.world.status(short.arn)).toBe('TIMED_OUT');
      });

      it('survive a lost answer of the store', async () => {
        const { world, arn, id } = await waiting();
        world.store.fail('settle', 'lost');
        await world.backend.callbacks.succeed(id, undefined, ann);
        await world.settle();
        expect(await outcome(world, arn)).toEqual(['SUCCEEDED', null]);
      });

      it('refuse a name that is none', async () => {
        const { world, id } = await waiting();
        for (const writerId of ['', 'x'.repeat(129), 7]) {
          await expect(
            world.backend.callbacks.succeed(id, '1', { writerId: writerId as string }),
          ).rejects.toMatchObject({ name: 'ValidationException' });
        }
      });
    });

    it('may be completed before their invocation has answered', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.status('cb') === 'SUCCEEDED') return succeeded('"late"');
        await side.checkpoint(startCallback('cb'));
        await world.backend.callbacks.succeed(side.callbackId('cb'), '1');
        if (side.envelope.DurableExecutionArn.includes('/poll/')) {
          await side.checkpoint();
          return succeeded(`"${side.status('cb')}"`);
        }
        return PENDING;
      };
      const [poll, suspend] = [await world.start({ name: 'poll' }), await world.start({ name: 'suspend' })];
      await world.settle();
      expect(await outcome(world, poll)).toBe('SUCCEEDED');
      expect(await outcome(world, suspend)).toBe('late');
      expect(world.envelopes).toHaveLength(3);
    });

    it('time out, and never early', async () => {
      const { world, arn, id } = await waiting(60);
      world.clock.advance(59_999);
      await world.settle();
      expect(await world.status(arn)).toBe('RUNNING');
      world.clock.advance(1);
      await world.settle();
      expect(await outcome(world, arn)).toEqual([
        'TIMED_OUT',
        { ErrorMessage: 'Callback timed out', ErrorType: 'Callback.Timeout' },
      ]);
      await expect(world.backend.callbacks.succeed(id)).rejects.toMatchObject(OVER);
    });

    it('refuse who comes after the timeout, also when nothing has looked since', async () => {
      const { world, arn, id } = await waiting(60);
      world.clock.advance(60_000);
      await expect(world.backend.callbacks.succeed(id, '1')).rejects.toMatchObject(OVER);
      await world.settle();
      expect(await outcome(world, arn)).toEqual(['TIMED_OUT', expect.anything()]);
    });

    it('time out without a heartbeat, and live on with one', async () => {
      const { world, arn, id } = await waiting(100, 10);
      for (let beat = 0; beat < 3; beat++) {
        world.clock.advance(9000);
        await world.backend.callbacks.heartbeat(id);
        await world.settle();
      }
      world.clock.advance(9999);
      await world.settle();
      expect(await world.status(arn)).toBe('RUNNING');
      expect(world.envelopes).toHaveLength(1);
      world.clock.advance(1);
      await expect(world.backend.callbacks.heartbeat(id)).rejects.toMatchObject(OVER);
      await world.settle();
      expect(await outcome(world, arn)).toEqual([
        'TIMED_OUT',
        { ErrorMessage: 'Callback timed out on heartbeat', ErrorType: 'Callback.Heartbeat' },
      ]);
    });

    it('live on with a heartbeat that comes while somebody is about to time them out', async () => {
      const { world, arn, id } = await waiting(100, 10);
      const runId = arn.split('/').at(-1) ?? '';
      world.clock.advance(10_000);
      world.store.before('settle', async () => {
        // In time, but seen by nobody yet.
        await world.store.heartbeat(runId, 'cb', world.clock.now() - 1);
      });
      await world.settle();
      expect(await world.status(arn)).toBe('RUNNING');
      expect(await world.store.nextDue()).toBe(world.clock.now() + 9999);
      world.store.before('settle', async () => {
        await world.store.heartbeat(runId, 'cb', world.clock.now() + 9999);
      });
      world.clock.advance(9999);
      await world.backend.callbacks.succeed(id, '1');
      await world.settle();
      expect(await outcome(world, arn)).toEqual(['SUCCEEDED', '1']);
    });

    it('end at their timeout, however often the heart beats', async () => {
      const { world, arn, id } = await waiting(25, 10);
      for (let beat = 0; beat < 2; beat++) {
        world.clock.advance(9000);
        await world.backend.callbacks.heartbeat(id);
      }
      world.clock.advance(7000);
      await world.settle();
      expect(await outcome(world, arn)).toEqual([
        'TIMED_OUT',
        expect.objectContaining({ ErrorType: 'Callback.Timeout' }),
      ]);
    });

    it('have no timeout with 0, and take a heartbeat that nobody asked for', async () => {
      const { world, arn, id } = await waiting(0, 0);
      world.clock.advance(100_000_000);
      await world.backend.callbacks.heartbeat(id);
      await world.settle();
      expect(await world.status(arn)).toBe('RUNNING');
      await world.backend.callbacks.succeed(id);
      await world.settle();
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('time out under the eyes of a running invocation', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startCallback('cb', 5));
      world.clock.advance(5000);
      await side.checkpoint();
      expect(side.status('cb')).toBe('TIMED_OUT');
    });

    it('end in the order in which they were completed', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startCallback('a'), startCallback('b'));
      await world.backend.callbacks.succeed(side.callbackId('b'));
      world.clock.advance(1);
      await world.backend.callbacks.succeed(side.callbackId('a'));
      const { NewExecutionState } = await side.checkpoint();
      expect(NewExecutionState.Operations?.map(({ Id }) => Id)).toEqual(['b', 'a']);
    });

    it('are closed with their execution', async () => {
      const { world, arn, id } = await waiting();
      await world.backend.executions.stop(arn);
      await expect(world.backend.callbacks.succeed(id)).rejects.toMatchObject(OVER);
      await expect(world.backend.callbacks.heartbeat(id)).rejects.toMatchObject(OVER);
      expect((await world.history(arn)).at(-1)).toBe('ExecutionStopped');
    });

    it('are closed when the execution’s time is over', async () => {
      const { world, id } = await waiting(undefined, undefined, { executionTimeout: 60 });
      world.clock.advance(60_000);
      await expect(world.backend.callbacks.succeed(id)).rejects.toMatchObject(OVER);
    });

    it('can’t be completed by guessing', async () => {
      const { world, id } = await waiting();
      const address = decodeCallbackId(id);
      const invalid = { name: 'InvalidParameterValueException', message: 'Invalid callback id' };
      const guesses = [
        'nonsense',
        encodeCallbackId(address, 'guess'),
        encodeCallbackId({ ...address, operationId: 'x' }, ''),
      ];
      for (const guess of guesses) {
        await expect(world.backend.callbacks.succeed(guess)).rejects.toMatchObject(invalid);
        await expect(world.backend.callbacks.heartbeat(guess)).rejects.toMatchObject(invalid);
      }
      const elsewhere = encodeCallbackId({ ...address, runId: 'none' }, 'guess');
      await expect(world.backend.callbacks.fail(elsewhere)).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
      await expect(world.backend.callbacks.fail('')).rejects.toMatchObject({ name: 'ValidationException' });
      await world.backend.callbacks.succeed(id);
    });

    it('refuse what is too large', async () => {
      const { world, id } = await waiting();
      const big = 'x'.repeat(1024 * 1024 + 1);
      await expect(world.backend.callbacks.succeed(id, big)).rejects.toThrow(
        'CALLBACK payload size must be less than or equal to 1048576 bytes.',
      );
      await expect(world.backend.callbacks.fail(id, { ErrorData: big })).rejects.toThrow(/^Error object size/);
      await world.backend.callbacks.succeed(id, big.slice(1));
    });

    it('cost no request of a run that has none', async () => {
      const world = await make();
      const side = await world.invoked();
      world.store.calls.clear();
      await side.checkpoint(startStep('a'));
      expect(Object.fromEntries(world.store.calls)).toEqual({ append: 1 });
    });
  });
}
