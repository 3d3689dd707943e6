import { describe, expect, it } from '@jest/globals';
import type { ExecutionOperations } from '@middy-durable/protocol';
import { PENDING, startCallback, startStep, succeeded, succeedStep } from './function-side.ts';
import { mortalStore } from './mortal-store.ts';
import { begin, failed } from './ordinary-invocations.ts';
import { watchedStore } from './watched-store.ts';
import { type Handler, type MakeStore, type World, worldOn, worlds } from './world.ts';

/** Charges once, then ships as often as it is told to fail. */
function ships(failures: number): Handler {
  return async (side) => {
    if (side.status('charge') === undefined)
      await side.checkpoint(startStep('charge'), succeedStep('charge', '"paid"'));
    await side.checkpoint(startStep('ship'));
    if (failures-- > 0) {
      await side.checkpoint({ Id: 'ship', Type: 'STEP', Action: 'FAIL', Error: { ErrorType: 'NoTruck' } });
      return failed('no truck');
    }
    await side.checkpoint(succeedStep('ship', '"sent"'));
    return succeeded('"done"');
  };
}

/** Going on with an execution that has ended otherwise than well. */
export function describeRedrives(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const redriveOf = async (world: World, arn: string): Promise<string> =>
    (await world.backend.executions.redrive(arn)).DurableExecutionArn;

  describe('redrive', () => {
    it('goes on after what is completed, in a new execution of that name and input', async () => {
      const world = await make({ handler: ships(1) });
      const arn = await world.start({ name: 'order-7', input: '{"n":7}', executionTimeout: 60 });
      await world.runOut();
      const before = await world.backend.executions.get(arn);
      expect(before.Status).toBe('FAILED');
      world.clock.advance(3_600_000);
      const redriven = await world.backend.executions.redrive(arn);
      expect(redriven).toEqual({ DurableExecutionArn: expect.not.stringMatching(arn), created: true });
      const next = redriven.DurableExecutionArn;
      expect(await world.backend.executions.get(next)).toEqual({
        DurableExecutionArn: next,
        DurableExecutionName: 'order-7',
        FunctionArn: before.FunctionArn,
        Status: 'RUNNING',
        StartTimestamp: new Date(world.clock.now()),
        InputPayload: '{"n":7}',
        Version: '$LATEST',
      });
      await world.runOut();
      expect(await world.backend.executions.get(next)).toMatchObject({ Status: 'SUCCEEDED', Result: '"done"' });
      expect(world.envelopes[1]?.InitialExecutionState.Operations.map(({ Id }) => Id).slice(1)).toEqual(['charge']);
      expect(await world.backend.executions.get(arn)).toEqual(before);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual([
        'RUNNING',
        'FAILED',
        'RUNNING',
        'SUCCEEDED',
      ]);
    });

    it('takes executions that were stopped or ran out of time, and callbacks that were answered', async () => {
      const world = await make();
      const side = await world.invoked({ executionTimeout: 60 });
      await side.checkpoint(startCallback('yes'), startCallback('open'));
      await world.backend.callbacks.succeed(side.callbackId('yes'), '"yes"');
      await side.checkpoint();
      // Nobody has looked at the execution since its time was over.
      world.clock.jump(60_000);
      const second = await redriveOf(world, side.arn);
      expect(await world.status(side.arn)).toBe('TIMED_OUT');
      world.handler = async () => PENDING;
      await world.backend.executions.stop(second);
      const third = await redriveOf(world, second);
      const { Events } = await world.backend.executions.history(third);
      expect(Events.map(({ EventType, Id }) => `${EventType} ${Id}`).slice(1)).toEqual([
        'CallbackStarted yes',
        'CallbackSucceeded yes',
      ]);
    });

    it('refuses one that runs, one that has succeeded, and a version that is none', async () => {
      const world = await make({ handler: async () => succeeded('1') });
      const { executions } = world.backend;
      const arn = await world.start();
      const refusal = (message: RegExp) => ({
        name: 'InvalidParameterValueException',
        message: expect.stringMatching(message),
      });
      await expect(executions.redrive(arn)).rejects.toMatchObject(refusal(/it is running, and .* Stop it first\.$/));
      await world.runOut();
      await expect(executions.redrive(arn)).rejects.toMatchObject(refusal(/it has succeeded/));
      const stopped = await world.start();
      await executions.stop(stopped);
      await expect(executions.redrive(stopped, { qualifier: 'prod' })).rejects.toMatchObject(
        refusal(/Qualifier 'prod'/),
      );
      expect((await executions.list()).DurableExecutions).toHaveLength(2);
    });

    it('goes on on the version on which it started, or on the one that is asked for', async () => {
      const world = await make();
      const { executions } = world.backend;
      const versions: string[] = [];
      world.handler = async (_side, { qualifier }) => {
        versions.push(qualifier);
        return failed('bad');
      };
      const { DurableExecutionArn: arn } = await executions.start({ functionName: 'orders:7' });
      await world.runOut();
      const again = await redriveOf(world, arn);
      await world.runOut();
      const { DurableExecutionArn: newer } = await executions.redrive(again, { qualifier: '8' });
      await world.runOut();
      expect(versions).toEqual(['7', '7', '8']);
      expect((await executions.get(newer)).Version).toBe('8');
    });

    it.each([2, 5])('of %d at once one makes the execution, and all get the same', async (count) => {
      const world = await make({ handler: ships(1) });
      const arn = await world.start();
      await world.runOut();
      const others = Array.from({ length: count }, () => worldOn(world.store, world.clock));
      const answers = await Promise.all(others.map((other) => other.backend.executions.redrive(arn)));
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(answers.map(({ DurableExecutionArn }) => DurableExecutionArn)).size).toBe(1);
      await world.runOut();
      expect((await world.backend.executions.list()).DurableExecutions.map(({ Status }) => Status).sort()).toEqual([
        'FAILED',
        'SUCCEEDED',
      ]);
    });

    it('answers a repeat with the execution that has the name now', async () => {
      const world = await make({ handler: ships(2) });
      const first = await world.start();
      await world.runOut();
      const second = await redriveOf(world, first);
      await world.runOut();
      const third = await redriveOf(world, second);
      await world.runOut();
      for (const arn of [first, second]) {
        expect(await world.backend.executions.redrive(arn)).toEqual({ DurableExecutionArn: third, created: false });
      }
    });

    it('is one with what starts it again: an event finds it, and another input does not', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint(startStep('charge'), succeedStep('charge'));
      await expect(side.close(failed('bad'))).rejects.toThrow('bad');
      const next = await redriveOf(world, side.arn);
      const again = await begin(world);
      expect(again.arn).toBe(next);
      expect(again.status('charge')).toBe('SUCCEEDED');
      const arn = await world.start({ name: 'order-7', input: '1' });
      await world.backend.executions.stop(arn);
      const redriven = await redriveOf(world, arn);
      expect(await world.service.start({ functionName: 'orders', name: 'order-7', input: '1' })).toEqual({
        DurableExecutionArn: redriven,
        created: false,
      });
      await expect(world.start({ name: 'order-7', input: '2' })).rejects.toThrow(/^Execution already started/);
    });

    it.each(['before', 'after'] as const)(
      'makes one execution when the process dies %s a write or a read',
      async (moment) => {
        let finished = false;
        for (let diesAt = 1; !finished; diesAt++) {
          const world = await make({ handler: ships(1) });
          const arn = await world.start();
          await world.runOut();
          const mortal = mortalStore(world.store, diesAt, moment);
          const dying = worldOn(watchedStore(mortal), world.clock);
          const work = dying.backend.executions.redrive(arn).then(() => {
            finished = true;
          });
          await Promise.race([work, mortal.death]);
          await world.backend.executions.redrive(arn);
          await world.runOut();
          const { DurableExecutions } = await world.backend.executions.list();
          expect(DurableExecutions.map(({ Status }) => Status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
        }
      },
    );

    it('finds its own write when the answer was lost', async () => {
      const world = await make({ handler: ships(1) });
      const arn = await world.start();
      await world.runOut();
      world.store.fail('create', 'lost');
      const answer: Awaited<ReturnType<ExecutionOperations['redrive']>> = await world.backend.executions.redrive(arn);
      expect(answer.created).toBe(true);
      expect(await world.status(answer.DurableExecutionArn)).toBe('RUNNING');
    });
  });
}
