import { describe, expect, it } from '@jest/globals';
import { PENDING, startCallback, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { mortalStore } from './mortal-store.ts';
import { answered, begin, deliver, failed, Inline, message, pendingAnswer } from './ordinary-invocations.ts';
import { watchedStore } from './watched-store.ts';
import { type MakeStore, worldOn, worlds } from './world.ts';

const STORED = { onRedelivery: 'stored' } as const;
const RESUMED = { onRedelivery: 'resume' } as const;

/** The same event again: it attaches to the run that has its name, goes on with it, or resumes it. */
export function describeRedeliveries(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('an event that comes again', () => {
    it('waits for nothing while its run is executed elsewhere', async () => {
      const world = await make();
      const side = await begin(world);
      const other = worldOn(world.store, world.clock);
      expect(await answered(other)).toEqual(pendingAnswer(side.arn));
      await side.checkpoint(startStep('s'), succeedStep('s'));
      expect(await side.close(succeeded('1'))).toBe(1);
      expect(world.store.calls.get('append')).toBe(2);
    });

    it('gets the stored result, in whatever process', async () => {
      const world = await make();
      const side = await begin(world);
      await side.close(succeeded('{"total":7}'));
      expect(await answered(world)).toEqual({ total: 7 });
      expect(await answered(worldOn(world.store, world.clock))).toEqual({ total: 7 });
      expect(await world.history(side.arn)).toHaveLength(3);
    });

    it('is refused when it means something else', async () => {
      const world = await make();
      const { arn } = await begin(world);
      await expect(deliver(world, { event: message('eight') })).rejects.toMatchObject({
        name: 'DurableExecutionAlreadyStartedException',
        message: expect.stringContaining(`Execution already started: ${arn}. The name is taken`),
        $metadata: { httpStatusCode: 409 },
      });
    });

    it('supersedes the invocation whose very request it repeats', async () => {
      const world = await make();
      const dead = await begin(world, { requestId: 'one' });
      await dead.checkpoint(startStep('s'), succeedStep('s', '1'));
      const other = worldOn(world.store, world.clock);
      const side = await begin(other, { requestId: 'one' });
      expect(side.envelope.InvocationCount).toBe(2);
      expect(side.status('s')).toBe('SUCCEEDED');
      await expect(dead.checkpoint(startStep('t'))).rejects.toThrow(/^Invalid checkpoint token: a newer invocation/);
      expect(await dead.close(succeeded('"zombie"'), { value: 'zombie' })).toEqual(pendingAnswer(side.arn));
      expect(await side.close(succeeded('"second"'))).toBe('second');
      expect(await dead.close(succeeded('"zombie"'), { value: 'zombie' })).toBe('second');
    });

    it('goes on where the lease of the run is over', async () => {
      const world = await make();
      const dead = await begin(world, { remainingMs: 5000 });
      await dead.checkpoint(startStep('s'), succeedStep('s', '1'));
      world.clock.jump(8000);
      const side = await begin(worldOn(world.store, world.clock));
      expect(side.status('s')).toBe('SUCCEEDED');
      await side.close(succeeded('2'));
      expect(await world.history(side.arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      const { Events } = await world.backend.executions.history(side.arn);
      expect(Events[3]?.InvocationCompletedDetails?.Error?.Payload?.ErrorType).toBe('Sandbox.Timedout');
    });

    it('gets the pending response while its run waits', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint(startWait('w', 60), startCallback('cb'));
      await side.close(PENDING);
      const appends = world.store.calls.get('append');
      expect(await answered(world)).toEqual(pendingAnswer(side.arn));
      expect(world.store.calls.get('append')).toBe(appends);
    });

    it('goes on with a run whose timer is over', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startWait('w', 60));
      await first.close(PENDING);
      world.clock.advance(60_000);
      const side = await begin(world);
      expect(side.status('w')).toBe('SUCCEEDED');
      expect(side.envelope.UpdatedOperationIds).toEqual(['w']);
      expect(await side.close(succeeded('1'))).toBe(1);
      await world.settle();
      expect(world.envelopes).toHaveLength(0);
    });

    it('goes on with a run whose callback is settled', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startCallback('cb'));
      await first.close(PENDING);
      await world.backend.callbacks.succeed(first.callbackId('cb'), '"yes"');
      const side = await begin(worldOn(world.store, world.clock));
      expect(side.operations.get('cb')?.CallbackDetails?.Result).toBe('"yes"');
      expect(await side.close(succeeded('1'))).toBe(1);
    });

    it('goes on with an abandoned run at once', async () => {
      const world = await make();
      const first = await begin(world);
      await first.inline.abandon(new Error('The store is away.'));
      const side = await begin(world);
      expect(side.arn).toBe(first.arn);
      expect(await side.close(succeeded('1'))).toBe(1);
    });

    it('times a run out whose time is over', async () => {
      const world = await make();
      const options = { executionTimeout: 60, ...STORED };
      const side = await begin(world, { options });
      world.clock.jump(60_000);
      await expect(deliver(world, { options })).rejects.toThrow('Execution timed out after 60 seconds.');
      expect(await world.status(side.arn)).toBe('TIMED_OUT');
    });
  });

  describe('a failed run', () => {
    it('is told again where the source does not retry', async () => {
      const world = await make();
      const side = await begin(world, { options: STORED });
      await expect(side.close(failed('no stock'))).rejects.toThrow('no stock');
      const again = deliver(worldOn(world.store, world.clock), { options: STORED });
      await expect(again).rejects.toMatchObject({ name: 'OrderError', message: 'no stock' });
      expect(await world.store.list({ limit: 9 })).toHaveLength(1);
    });

    it('is resumed by a new run of its name with what was completed', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startStep('a'), succeedStep('a', '"once"'));
      await first.checkpoint(startStep('b'), { Id: 'b', Type: 'STEP', Action: 'FAIL', Error: { ErrorType: 'E' } });
      world.clock.advance(1000);
      await expect(first.close(failed('no stock'))).rejects.toThrow();
      world.clock.advance(60_000);
      const startedAt = world.clock.now();
      const second = await begin(worldOn(world.store, world.clock));
      expect(second.arn).not.toBe(first.arn);
      expect([second.status('a'), second.status('b')]).toEqual(['SUCCEEDED', undefined]);
      expect(second.operations.get('a')?.StepDetails?.Result).toBe('"once"');
      await second.checkpoint(startStep('b'), succeedStep('b', '2'));
      expect(await second.close(succeeded('3'))).toBe(3);
      expect(await answered(world)).toBe(3);
      const { DurableExecutions } = await world.backend.executions.list();
      expect(DurableExecutions.map(({ Status }) => Status)).toEqual(['SUCCEEDED', 'FAILED']);
      expect(new Set(DurableExecutions.map((one) => one.DurableExecutionName)).size).toBe(1);
      expect(DurableExecutions[0]?.StartTimestamp.getTime()).toBe(startedAt);
      expect(await world.history(second.arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      expect(await world.history(first.arn)).toHaveLength(7);
    });

    it('is resumed as often as it fails, and tells each start and end', async () => {
      const world = await make();
      for (let delivery = 1; delivery <= 4; delivery++) {
        const side = await begin(world);
        await side.checkpoint(startStep(`s${delivery}`), succeedStep(`s${delivery}`));
        expect([...side.operations.keys()].filter((id) => id.startsWith('s'))).toHaveLength(delivery);
        await expect(side.close(failed(`delivery ${delivery}`))).rejects.toThrow(`delivery ${delivery}`);
      }
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(
        Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? 'RUNNING' : 'FAILED')),
      );
      expect(await world.store.list({ limit: 9 })).toHaveLength(4);
    });

    it('is resumed although a middleware answered for it, where the source retries', async () => {
      const world = await make();
      const first = await begin(world, { options: RESUMED });
      await first.close(failed('no stock'), { value: { batchItemFailures: [] } });
      const second = await begin(world, { options: RESUMED });
      expect(second.arn).not.toBe(first.arn);
    });

    it.each(['stopped', 'timed out'])('is resumed when it was %s', async (end) => {
      const world = await make();
      const options = { executionTimeout: 60 };
      const first = await begin(world, { options });
      await first.checkpoint(startStep('a'), succeedStep('a', '1'));
      await first.checkpoint(startWait('w', 600), startCallback('cb'));
      await first.close(PENDING);
      if (end === 'stopped') await world.backend.executions.stop(first.arn);
      else world.clock.advance(60_000);
      const second = await begin(world, { options });
      expect([...second.operations.keys()].slice(1)).toEqual(['a']);
      // The old callback leads nowhere, and the new one is another.
      await expect(world.backend.callbacks.succeed(first.callbackId('cb'))).rejects.toMatchObject({
        name: 'CallbackTimeoutException',
      });
      await second.checkpoint(startWait('w', 6), startCallback('cb'));
      expect(second.callbackId('cb')).not.toBe(first.callbackId('cb'));
      await world.backend.callbacks.succeed(second.callbackId('cb'), '1');
      await second.close(PENDING);
      world.handler = async (side) => {
        const statuses = [side.status('w'), side.status('cb')];
        return statuses.includes('STARTED') ? PENDING : succeeded(JSON.stringify(statuses));
      };
      await world.runOut();
      expect(await answered(world, { options })).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    });

    it('goes on after an answer that came to it: nobody is asked twice', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startCallback('cb'));
      await world.backend.callbacks.succeed(first.callbackId('cb'), '"yes"');
      await first.checkpoint(startStep('s'));
      await expect(first.close(failed('late'))).rejects.toThrow();
      const second = await begin(world);
      expect(second.operations.get('cb')).toMatchObject({ Status: 'SUCCEEDED', CallbackDetails: { Result: '"yes"' } });
      expect(second.status('s')).toBeUndefined();
      expect(await world.store.outside(second.arn.split('/').at(-1) ?? '')).toEqual([]);
    });

    it('keeps the time of its log, also on a machine whose clock is behind', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startStep('a'), succeedStep('a'));
      await expect(first.close(failed('once'))).rejects.toThrow();
      world.clock.jump(-3_600_000);
      const second = await begin(world);
      await second.checkpoint(startStep('b'), succeedStep('b'));
      await second.close(succeeded('1'));
      const { Events } = await world.backend.executions.history(second.arn);
      const ends = Events.filter(({ EventType }) => EventType === 'StepSucceeded').map((one) => +one.EventTimestamp);
      expect(ends).toEqual([...ends].sort((a, b) => a - b));
    });
  });

  describe('two at once', () => {
    it.each([
      ['start', async () => {}],
      [
        'resume',
        async (world: Parameters<typeof begin>[0]) => (await begin(world)).close(failed('once')).catch(() => {}),
      ],
      ['recover', async (world: Parameters<typeof begin>[0]) => (await begin(world)).inline.abandon(new Error('once'))],
    ])('%s one run: one goes on with it, the others get the pending response', async (_, before) => {
      const world = await make();
      await before(world);
      const processes = [world, worldOn(world.store, world.clock), worldOn(world.store, world.clock)];
      const opened = await Promise.all([...processes, ...processes].map((one) => deliver(one)));
      const executed = opened.filter((one) => one instanceof Inline);
      expect(executed).toHaveLength(1);
      const [side] = executed;
      for (const one of opened) {
        if (!(one instanceof Inline)) expect(one.answer).toEqual(pendingAnswer(side?.arn ?? ''));
      }
      await side?.checkpoint(startStep('s'), succeedStep('s'));
      expect(await side?.close(succeeded('1'))).toBe(1);
      for (const one of processes) expect(await answered(one)).toBe(1);
    });

    it('answers with what the other made of it that was faster in between', async () => {
      const world = await make();
      await (await begin(world)).close(failed('once')).catch(() => {});
      const other = worldOn(world.store, world.clock);
      world.store.before('head', async () => {
        await (await begin(other)).close(succeeded('"other"'));
      });
      expect(await answered(worldOn(world.store, world.clock))).toBe('other');
    });

    it('lets the loop and a delivery not both go on', async () => {
      const world = await make();
      const first = await begin(world);
      await first.checkpoint(startWait('w', 1));
      await first.close(PENDING);
      world.clock.advance(1000);
      const other = worldOn(world.store, world.clock);
      world.store.before('append', async () => {
        await other.settle();
      });
      // The loop was faster, and its handler has answered.
      expect(await answered(world)).toBeUndefined();
      expect(other.envelopes).toHaveLength(1);
    });

    it('is one run on machines whose clocks are an hour apart', async () => {
      const world = await make();
      const slow = await begin(world, { remainingMs: 5000 });
      await slow.checkpoint(startStep('s'), succeedStep('s', '1'));
      world.clock.jump(3_600_000);
      const fast = await begin(worldOn(world.store, world.clock));
      world.clock.jump(-3_600_000);
      await expect(slow.checkpoint(startStep('t'))).rejects.toThrow(/^Invalid checkpoint token/);
      expect(await slow.close(succeeded('"slow"'))).toEqual(pendingAnswer(fast.arn));
      expect(await fast.close(succeeded('"fast"'))).toBe('fast');
    });
  });

  it('two events of one name in one request are no repetition: the second one attaches', async () => {
    const world = await make();
    const first = await begin(world, { requestId: 'one' });
    expect(await answered(world, { requestId: 'one' })).toEqual(pendingAnswer(first.arn));
    expect(await first.close(succeeded('1'))).toBe(1);
    expect(await answered(world, { requestId: 'one' })).toBe(1);
  });

  describe('the store', () => {
    it.each(['create', 'append'] as const)('may lose the answer of every %s', async (method) => {
      const world = await make();
      const lose = (...methods: string[]): void => {
        if (methods.includes(method)) world.store.fail(method, 'lost');
      };
      lose('create');
      const first = await begin(world, { requestId: 'one' });
      lose('append');
      await first.checkpoint(startStep('a'), succeedStep('a'));
      lose('create', 'append');
      const again = await begin(worldOn(world.store, world.clock), { requestId: 'one' });
      lose('append');
      await expect(again.close(failed('once'))).rejects.toThrow('once');
      lose('create');
      const second = await begin(world, { requestId: 'one' });
      expect(second.status('a')).toBe('SUCCEEDED');
      lose('append');
      expect(await second.close(succeeded('1'))).toBe(1);
      expect(await world.store.list({ limit: 9 })).toHaveLength(2);
    });

    it('may lose the answer of the very create that takes a name over', async () => {
      const world = await make();
      await (await begin(world)).close(failed('once')).catch(() => {});
      world.store.before('head', async () => world.store.fail('create', 'lost'));
      const second = await begin(worldOn(world.store, world.clock));
      expect(await second.close(succeeded('1'))).toBe(1);
      expect(await world.store.list({ limit: 9 })).toHaveLength(2);
    });

    it('that fails while a run is resumed is a 500, and changes nothing', async () => {
      const world = await make();
      await (await begin(world)).close(failed('once')).catch(() => {});
      world.store.fail('head', 'fails');
      await expect(deliver(worldOn(world.store, world.clock))).rejects.toMatchObject({ name: 'ServiceException' });
      expect(await world.store.list({ limit: 9 })).toHaveLength(1);
      await begin(world);
    });

    it.each(['before', 'after'] as const)('outlives a process that dies %s any of its calls', async (moment) => {
      let finished = false;
      for (let diesAt = 1; !finished; diesAt++) {
        const world = await make();
        const mortal = mortalStore(world.store, diesAt, moment);
        const dying = worldOn(watchedStore(mortal), world.clock);
        const work = async (): Promise<void> => {
          const first = await begin(dying, { requestId: 'one' });
          await first.checkpoint(startStep('a'), succeedStep('a', '1'));
          const again = await begin(worldOn(dying.store, world.clock), { requestId: 'one' });
          await again.close(failed('once')).catch(() => {});
          const second = await begin(dying, { requestId: 'two' });
          await second.checkpoint(startStep('b'), succeedStep('b', '2'));
          await second.close(succeeded('3'));
          finished = true;
        };
        await Promise.race([work(), mortal.death]);
        // Lambda repeats what died, then the queue delivers until it is answered.
        const fails = new Set<string>();
        for (let delivery = 0; ; delivery++) {
          expect(delivery).toBeLessThan(5);
          const opened = await deliver(world, { requestId: delivery === 0 ? 'one' : 'two' });
          if (!(opened instanceof Inline)) {
            if (opened.answer === 3) break;
            // Another request's lease lives: it ends with the invocation.
            world.clock.jump(60_000);
            continue;
          }
          if (opened.status('a') === undefined) await opened.checkpoint(startStep('a'), succeedStep('a', '1'));
          if (opened.status('b') === undefined) await opened.checkpoint(startStep('b'), succeedStep('b', '2'));
          fails.add(opened.arn);
          await opened.close(succeeded('3'));
        }
        const runs = await world.store.list({ limit: 9 });
        expect(runs.filter(({ status }) => status === 'RUNNING')).toEqual([]);
        expect(runs.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1);
        for (const { arn } of runs) {
          const events = await world.history(arn);
          expect(events.filter((type) => type === 'StepSucceeded').length).toBeLessThanOrEqual(2);
        }
      }
    });
  });
}
