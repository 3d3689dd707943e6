import { describe, expect, it } from '@jest/globals';
import type { DurableExecutionInvocationOutput } from '@middy-durable/protocol';
import {
  type FunctionSide,
  PENDING,
  startCallback,
  startStep,
  startWait,
  succeeded,
  succeedStep,
} from './function-side.ts';
import { answered, begin, failed, pendingAnswer } from './ordinary-invocations.ts';
import { type Handler, type MakeStore, type World, worldOn, worlds } from './world.ts';

/** What code answers that calls `found` where operation `id` is on record. */
function misfit(side: FunctionSide, id: string, found = 'STEP "bill" (Step)'): DurableExecutionInvocationOutput {
  const record = side.operations.get(id);
  return {
    Status: 'FAILED',
    Error: { ErrorType: 'NonDeterministicExecutionError', ErrorMessage: `${id} is not what it was` },
    NonDeterminism: {
      CodeVersion: side.code ?? '',
      OperationId: id,
      ...(record && { Expected: `${record.Type} "${record.Name}"` }),
      Found: found,
    },
  };
}

/** Code that charges and waits an hour, and then does not fit what `charge` is on record. */
function code(version: string, then: (side: FunctionSide) => unknown = (side) => misfit(side, 'charge')): Handler {
  return async (side) => {
    side.code = version;
    if (side.status('charge') !== undefined) return then(side);
    await side.checkpoint(startStep('charge'), succeedStep('charge'), startWait('pause', 3600));
    return PENDING;
  };
}

/** Code that is changed while executions are in flight. */
export function describeCodeChanges(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const blockedOf = async (world: World, arn: string) => (await world.backend.executions.get(arn)).Blocked;
  /** An execution that old code began; its wait is over. */
  async function begun(world: World): Promise<string> {
    world.handler = code('old');
    const arn = await world.start();
    await world.settle();
    world.clock.advance(3_600_000);
    return arn;
  }

  describe('code that does not fit the record', () => {
    it('fails the execution when it made the record itself', async () => {
      const world = await make();
      const arn = await begun(world);
      await world.settle();
      expect(await world.backend.executions.get(arn)).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'NonDeterministicExecutionError' },
      });
    });

    it('fails only the invocation when other code made it: the execution is listed as blocked', async () => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new');
      await world.settle();
      const blocked = {
        OperationId: 'charge',
        Expected: 'STEP "charge"',
        Found: 'STEP "bill" (Step)',
        Since: new Date(world.clock.now()),
        Invocations: 1,
      };
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'RUNNING', Blocked: blocked });
      const { DurableExecutions } = await world.backend.executions.list({ statuses: ['RUNNING'] });
      expect(DurableExecutions.map(({ Blocked }) => Blocked)).toEqual([blocked]);
      // Another process knows it from the log.
      expect(await blockedOf(worldOn(world.store, world.clock), arn)).toEqual(blocked);
      expect((await world.history(arn)).slice(-2)).toEqual(['WaitSucceeded', 'InvocationCompleted']);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING']);
      await expect(world.backend.executions.redrive(arn)).rejects.toThrow(/Deploy code that fits/);
    });

    it('is tried again at longer and longer intervals, up to an hour, until the execution times out', async () => {
      const world = await make();
      world.handler = code('old');
      const arn = await world.start({ executionTimeout: 100_000 });
      await world.settle();
      world.clock.advance(3_600_000);
      world.handler = code('new');
      const moments: number[] = [];
      for (let tries = 0; tries < 15; tries++) {
        await world.settle();
        moments.push(world.clock.now());
        world.clock.advanceTo((await world.store.nextDue()) ?? 0);
      }
      const pauses = moments.slice(1).map((moment, index) => (moment - (moments[index] ?? 0)) / 1000);
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
      const { Since, Invocations } = (await blockedOf(world, arn)) ?? {};
      expect([Since?.getTime(), Invocations]).toEqual([moments[0], 15]);
      await world.runOut();
      const ended = await world.backend.executions.get(arn);
      expect([ended.Status, ended.Blocked]).toEqual(['TIMED_OUT', undefined]);
      expect((ended.EndTimestamp?.getTime() ?? 0) - ended.StartTimestamp.getTime()).toBe(100_000_000);
    });

    it.each([
      ['newer code that fits', code('newer', () => succeeded('1'))],
      ['the old code', code('old', () => succeeded('1'))],
      ['code that does not say what it is', async () => succeeded('1')],
    ])('heals with %s', async (_, fitting) => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new');
      await world.settle();
      expect(await blockedOf(world, arn)).toBeDefined();
      world.handler = fitting;
      await world.runOut();
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '1' });
    });

    it('is blocked no more once an invocation got on, and still is after one that crashed', async () => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new');
      await world.settle();
      world.handler = async () => {
        throw new Error('out of memory');
      };
      world.clock.advance(1000);
      await world.settle();
      expect(await blockedOf(world, arn)).toMatchObject({ Invocations: 1 });
      world.handler = code('newer', async (side) => {
        await side.checkpoint(startCallback('cb'));
        return PENDING;
      });
      world.clock.advance(10_000);
      await world.settle();
      expect(await world.status(arn)).toBe('RUNNING');
      expect(await blockedOf(world, arn)).toBeUndefined();
      expect((await world.backend.executions.list()).DurableExecutions[0]?.Blocked).toBeUndefined();
    });

    it('crashes no more in a row for having been blocked in between', async () => {
      const world = await make({ retries: { jitter: 'none', maxAttempts: 3 } });
      const arn = await begun(world);
      const crash: Handler = async () => {
        throw new Error('bad day');
      };
      for (const handler of [crash, crash, code('new'), code('new'), code('new'), crash, crash]) {
        world.handler = handler;
        await world.settle();
        world.clock.advanceTo((await world.store.nextDue()) ?? 0);
      }
      expect(await world.status(arn)).toBe('RUNNING');
      world.handler = crash;
      await world.settle();
      expect(await world.status(arn)).toBe('FAILED');
    });

    it('is judged by who made the very record: what it added itself it has to fit', async () => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new', async (side) => {
        await side.checkpoint(startStep('ship'), succeedStep('ship'));
        return misfit(side, 'charge');
      });
      await world.settle();
      expect(await blockedOf(world, arn)).toBeDefined();
      // The same code again: what it does not fit is still the old code's.
      world.handler = code('new');
      world.clock.advance(1000);
      await world.settle();
      expect(await blockedOf(world, arn)).toMatchObject({ OperationId: 'charge', Invocations: 2 });
      world.handler = code('new', (side) => misfit(side, 'ship'));
      world.clock.advance(2000);
      await world.settle();
      expect(await world.status(arn)).toBe('FAILED');
    });

    it('counts a record whose writer did not say what it is as other code’s', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startStep('charge'), startCallback('cb'));
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      world.handler = code('new');
      const { Events } = await world.backend.executions.history(arn);
      const callbackId = Events.at(2)?.CallbackStartedDetails?.CallbackId ?? '';
      await world.backend.callbacks.succeed(callbackId);
      await world.settle();
      expect(await blockedOf(world, arn)).toMatchObject({ OperationId: 'charge' });
    });

    it('of a finished context is judged by who finished it', async () => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new', async (side) => {
        const context = { Id: 'report', Type: 'CONTEXT', SubType: 'RunInChildContext' } as const;
        await side.checkpoint({ ...context, Action: 'START' }, { ...context, Action: 'SUCCEED' }, startWait('w', 60));
        return PENDING;
      });
      await world.settle();
      const tooMuch: Handler = code('newer', (side) => {
        const { NonDeterminism, ...output } = misfit(side, 'report') as { NonDeterminism: object } & Record<
          string,
          unknown
        >;
        return { ...output, NonDeterminism: { ...NonDeterminism, Expected: undefined } };
      });
      world.handler = tooMuch;
      world.clock.advance(61_000);
      await world.settle();
      const blocked = await blockedOf(world, arn);
      expect(blocked).toMatchObject({ OperationId: 'report', Found: 'STEP "bill" (Step)' });
      expect(blocked).not.toHaveProperty('Expected');
    });

    it('still fails the execution when its report is none', async () => {
      const world = await make();
      const arn = await begun(world);
      world.handler = code('new', (side) => ({ ...misfit(side, 'charge'), NonDeterminism: { OperationId: 7 } }));
      await world.settle();
      expect(await world.status(arn)).toBe('FAILED');
    });

    it('of an ordinary event answers like an execution that goes on', async () => {
      const world = await make();
      const first = await begin(world);
      first.code = 'old';
      await first.checkpoint(startStep('charge'), succeedStep('charge'), startWait('pause', 60));
      await first.close(PENDING);
      world.clock.advance(60_000);
      const second = await begin(world);
      second.code = 'new';
      expect(await second.close(misfit(second, 'charge'), { error: new Error('misfit') })).toEqual(
        pendingAnswer(first.arn),
      );
      expect(await blockedOf(world, first.arn)).toMatchObject({ Invocations: 1 });
      // The source's own retry comes before the loop's.
      const third = await begin(world);
      third.code = 'newer';
      expect(await third.close(succeeded('"done"'))).toBe('done');
      expect(await answered(world)).toBe('done');
    });

    it('keeps what is known of the code when a failed execution is gone on with', async () => {
      const world = await make();
      world.handler = code('old', () => failed('bad'));
      const arn = await world.start();
      await world.settle();
      world.clock.advance(3_600_000);
      await world.settle();
      expect(await world.status(arn)).toBe('FAILED');
      world.handler = code('old');
      const { DurableExecutionArn: same } = await world.backend.executions.redrive(arn);
      await world.settle();
      expect(await world.status(same)).toBe('FAILED');
      world.handler = code('new');
      const { DurableExecutionArn: changed } = await world.backend.executions.redrive(same);
      await world.settle();
      expect(await blockedOf(world, changed)).toMatchObject({ OperationId: 'charge' });
    });

    it('records a change once, without a request of its own, and not for a request that changes nothing', async () => {
      const world = await make();
      const side = await world.invoked();
      const appends = (): number => world.store.calls.get('append') ?? 0;
      const before = appends();
      side.code = 'one';
      await side.checkpoint();
      await side.checkpoint(startStep('a'), succeedStep('a'));
      await side.checkpoint(startStep('b'), succeedStep('b'));
      side.code = 'two';
      await side.checkpoint(startStep('c'));
      expect(appends() - before).toBe(4);
      const changes: unknown[] = [];
      const runId = side.arn.split('/').at(-1) ?? '';
      for await (const { events } of world.store.read(runId)) {
        changes.push(
          ...events.filter(({ type }) => type === 'CodeChanged').map((event) => (event as { code: string }).code),
        );
      }
      expect(changes).toEqual(['one', 'two']);
    });

    it('refuses a name of code that is none', async () => {
      const world = await make();
      const side = await world.invoked();
      side.code = 'x'.repeat(129);
      await expect(side.checkpoint(startStep('a'))).rejects.toMatchObject({ name: 'ValidationException' });
      side.code = 'a\nb';
      await expect(side.checkpoint(startStep('a'))).rejects.toThrow(/'codeVersion'/);
      side.code = 'fine';
      await side.checkpoint(startStep('a'));
    });
  });
}
