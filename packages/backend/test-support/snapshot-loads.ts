import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../src/store.ts';
import {
  type FunctionSide,
  PENDING,
  startCallback,
  startStep,
  startWait,
  succeeded,
  succeedStep,
} from './function-side.ts';
import { type Handler, type MakeStore, type World, type WorldOptions, worldOn, worlds } from './world.ts';

/** A snapshot at every suspension, and no log that stays in memory: everything is loaded from them. */
const ALWAYS: WorldOptions = { snapshots: { items: 1, price: 0 }, cachedRuns: 0 };
/** Asks for no snapshot, whatever is there. */
const NEVER: WorldOptions = { snapshots: { items: Number.MAX_SAFE_INTEGER }, cachedRuns: 0 };

const runIdOf = (arn: string): string => arn.split('/').at(-1) ?? '';

/** A context with a step in it, finished; a step beside it; then a wait. Once for each invocation, `rounds` times. */
function rounds(count: number): Handler {
  return async (side) => {
    const round = side.envelope.InvocationCount ?? 0;
    if (round > count) return succeeded(`"${side.operations.size}"`);
    const [context, inner, outer] = [`c${round}`, `in${round}`, `out${round}`];
    await side.checkpoint({ Id: context, Type: 'CONTEXT', Action: 'START' });
    await side.checkpoint({ ...startStep(inner), ParentId: context }, succeedStep(inner, '"inside"'));
    await side.checkpoint({ Id: context, Type: 'CONTEXT', Action: 'SUCCEED', Payload: '"all"' });
    await side.checkpoint(startStep(outer), succeedStep(outer, '"outside"'), startWait(`w${round}`, 60));
    return PENDING;
  };
}

/** Loading a run from its snapshot and what came after, in place of its whole log. */
export function describeSnapshotLoads(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  /** An execution that waits for the second time, and the process that has run it so far. */
  async function suspended(options: WorldOptions = ALWAYS): Promise<{ world: World; arn: string; runId: string }> {
    const world = await make({ ...options, handler: rounds(4) });
    const arn = await world.start();
    await world.settle();
    world.clock.advance(60_000);
    await world.settle();
    return { world, arn, runId: runIdOf(arn) };
  }

  async function snapshotOf(world: World, runId: string): Promise<Snapshot> {
    const snapshot = await world.store.snapshot(runId);
    if (snapshot === undefined) throw new Error('There is no snapshot.');
    return snapshot;
  }

  /** Puts another text in the place of the newest snapshot, as of the newest item. */
  async function replaceSnapshot(world: World, runId: string, text: string): Promise<void> {
    const { sequence = 0 } = (await world.store.head(runId)) ?? {};
    await world.store.keepSnapshot(runId, { sequence, text });
    expect(await world.store.snapshot(runId)).toEqual({ sequence, text });
  }

  async function expectGoesOn(world: World, arn: string): Promise<void> {
    const other = worldOn(world.store, world.clock, { ...ALWAYS, handler: rounds(4) });
    await other.runOut();
    expect(other.reports).toEqual([]);
    expect(await other.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"13"' });
  }

  describe('a run with a snapshot', () => {
    it('is loaded from there, is what its whole log says, and ends as without', async () => {
      const { world, arn, runId } = await suspended();
      const { sequence } = await snapshotOf(world, runId);
      expect(await world.store.head(runId)).toMatchObject({ sequence });
      const loaded = worldOn(world.store, world.clock, ALWAYS);
      const whole = worldOn(world.store, world.clock, NEVER);
      world.store.readsAfter.length = 0;
      const visible = async ({ backend }: World): Promise<unknown> =>
        backend.engine.runs.exclusively(runId, async (log) => ({
          visible: log?.visible(),
          waiting: [...(log?.state.waiting ?? [])],
          lastItem: log?.lastItem,
          lastAt: log?.lastAt,
          deadline: log?.deadline,
        }));
      expect(await visible(loaded)).toEqual(await visible(whole));
      expect(world.store.readsAfter).toEqual([sequence - 1, 0]);
      await expectGoesOn(world, arn);
    });

    it('has its whole history', async () => {
      const [{ world, arn }, plain] = [await suspended(), await suspended(NEVER)];
      expect(await world.history(arn)).toEqual(await plain.world.history(plain.arn));
      expect(await plain.world.store.snapshot(plain.runId)).toBeUndefined();
    });

    it('is invoked with what an invocation is to see', async () => {
      const [{ world }, plain] = [await suspended(), await suspended(NEVER)];
      for (const { clock, settle } of [world, plain.world]) {
        clock.advance(60_000);
        await settle();
      }
      const ids = ({ envelopes }: World) =>
        envelopes.at(-1)?.InitialExecutionState.Operations.map(({ Id, Status }) => [Id.length > 9 ? '' : Id, Status]);
      expect(world.envelopes).toHaveLength(3);
      expect(ids(world)).toEqual(ids(plain.world));
    });

    it('goes on where somebody appended while it was kept', async () => {
      const { world, arn, runId } = await suspended();
      const { sequence } = await snapshotOf(world, runId);
      const other = worldOn(world.store, world.clock, { ...NEVER, handler: rounds(4) });
      world.clock.advance(60_000);
      world.store.before('keepSnapshot', async () => {
        world.clock.advance(60_000);
        await other.settle();
      });
      await world.settle();
      expect((await snapshotOf(world, runId)).sequence).toBeGreaterThan(sequence);
      expect((await world.store.head(runId))?.sequence).toBeGreaterThan((await snapshotOf(world, runId)).sequence);
      await expectGoesOn(world, arn);
    });

    it('keeps the newest when an older one comes late', async () => {
      const { world, arn, runId } = await suspended();
      const old = await snapshotOf(world, runId);
      world.clock.advance(60_000);
      await world.settle();
      const newest = await snapshotOf(world, runId);
      expect(newest.sequence).toBeGreaterThan(old.sequence);
      await world.store.keepSnapshot(runId, old);
      expect(await snapshotOf(world, runId)).toEqual(newest);
      await expectGoesOn(world, arn);
    });

    it.each(['fails', 'lost'] as const)('suspends all the same when keeping it %s', async (kind) => {
      const world = await make({ ...ALWAYS, handler: rounds(4) });
      const arn = await world.start();
      world.store.fail('keepSnapshot', kind, 2);
      await world.runOut();
      expect(world.reports).toEqual([]);
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"13"' });
    });

    it('is suspended before it is kept, so that a crash in between costs nothing', async () => {
      const world = await make({ ...ALWAYS, handler: rounds(4) });
      const arn = await world.start();
      const { promise: reached, resolve: reach } = Promise.withResolvers<string[]>();
      world.store.before('keepSnapshot', async () => {
        // The run's own queue waits for this write: another process tells what is in the log.
        reach(await worldOn(world.store, world.clock, NEVER).history(arn));
        // This process never gets on.
        await new Promise(() => {});
      });
      await world.service.tick();
      expect(await Promise.race([reached, world.service.idle()])).toEqual(
        expect.arrayContaining(['WaitStarted', 'InvocationCompleted']),
      );
      await expectGoesOn(world, arn);
    });

    it('is loaded from its log when the snapshot can not be read', async () => {
      const { world, arn } = await suspended();
      world.store.fail('snapshot', 'fails');
      await expectGoesOn(world, arn);
    });

    it.each([
      ['is no snapshot', () => 'junk'],
      ['is empty', () => ''],
      ['is cut off', ({ text }: Snapshot) => text.slice(0, -1)],
      ['was changed', ({ text }: Snapshot) => text.replace('outside', 'utsideo')],
      ['is of a version to come', ({ text }: Snapshot) => text.replace(/^1 /, '2 ')],
      ['is of another item', ({ text }: Snapshot) => text],
    ])('is loaded from its log when the snapshot %s', async (_what, damage) => {
      const { world, arn, runId } = await suspended();
      const kept = await snapshotOf(world, runId);
      const plain = worldOn(world.store, world.clock, { ...NEVER, handler: rounds(4) });
      world.clock.advance(60_000);
      await plain.settle();
      await replaceSnapshot(world, runId, damage(kept));
      await expectGoesOn(world, arn);
    });

    it('is loaded from its log when the snapshot goes further than that', async () => {
      const { world, arn, runId } = await suspended();
      const { sequence, text } = await snapshotOf(world, runId);
      await world.store.keepSnapshot(runId, { sequence: sequence + 50, text });
      await expectGoesOn(world, arn);
    });

    it('takes nothing from a snapshot but members of its own', async () => {
      const { world, arn, runId } = await suspended();
      const json = (await snapshotOf(world, runId)).text.split('\n')[1] ?? '';
      const evil = json
        .replace(/^\{/, '{"__proto__":{"polluted":true},')
        .replace('"state":{', '"state":{"__proto__":{"polluted":true},');
      // Forged so well that it is taken for ours, as of an item that is not.
      const { sequence } = await snapshotOf(world, runId);
      const forged = `1 ${createHash('sha256').update(evil).digest('hex')}\n${evil}`;
      const store = { ...world.store, snapshot: async () => ({ sequence, text: forged }) };
      const other = worldOn(store, world.clock, ALWAYS);
      world.store.readsAfter.length = 0;
      expect(await other.backend.executions.get(arn)).toMatchObject({ Status: 'RUNNING' });
      expect(world.store.readsAfter[0]).toBe(sequence - 1);
      expect(world.store.readsAfter).not.toContain(0);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    it('takes a callback that was open when it was kept, with its deadline, and refuses it when it is over', async () => {
      const world = await make(ALWAYS);
      const ids: string[] = [];
      world.handler = async (side: FunctionSide) => {
        if (side.envelope.InvocationCount === 1) {
          await side.checkpoint(startCallback('cb'), startCallback('late', 30), {
            Id: 'c',
            Type: 'CONTEXT',
            Action: 'START',
          });
          await side.checkpoint({ ...startCallback('in'), ParentId: 'c' });
          ids.push(side.callbackId('cb'), side.callbackId('late'), side.callbackId('in'));
        } else if (side.status('in') === 'SUCCEEDED') {
          await side.checkpoint({ Id: 'c', Type: 'CONTEXT', Action: 'SUCCEED' });
        }
        return side.status('cb') === undefined || side.status('late') === 'STARTED' ? PENDING : succeeded();
      };
      const arn = await world.start();
      await world.settle();
      const { backend } = worldOn(world.store, world.clock, ALWAYS);
      const [cb = '', late = '', inner = ''] = ids;
      await backend.callbacks.succeed(inner, '1');
      await world.settle();
      await backend.callbacks.heartbeat(cb);
      await backend.callbacks.succeed(cb, '2');
      await world.settle();
      // Its context has ended, so the snapshot knows little of it, but this.
      for (const id of [inner, cb]) {
        await expect(backend.callbacks.succeed(id, '3')).rejects.toMatchObject({ name: 'CallbackTimeoutException' });
      }
      await expect(backend.callbacks.succeed(`${inner.slice(0, -1)}x`, '3')).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
      });
      world.clock.advance(30_000);
      await world.settle();
      await expect(backend.callbacks.succeed(late, '3')).rejects.toMatchObject({ name: 'CallbackTimeoutException' });
      expect(await world.history(arn)).toEqual(expect.arrayContaining(['CallbackTimedOut', 'ExecutionSucceeded']));
    });

    it('starts and hears of what it calls, loaded from a snapshot each time', async () => {
      const world = await make({
        ...ALWAYS,
        functions: { bills: { durable: true }, mails: { durable: false, handler: async () => ({ sent: true }) } },
      });
      world.handler = async (side) => {
        if (side.arn.includes(':bills:')) return succeeded('"billed"');
        if (side.status('bill') === undefined) {
          await side.checkpoint(
            {
              Id: 'bill',
              Type: 'CHAINED_INVOKE',
              Action: 'START',
              Payload: '1',
              ChainedInvokeOptions: { FunctionName: 'bills' },
            },
            {
              Id: 'mail',
              Type: 'CHAINED_INVOKE',
              Action: 'START',
              Payload: '2',
              ChainedInvokeOptions: { FunctionName: 'mails' },
            },
          );
        }
        const results = ['bill', 'mail'].map((id) => side.operations.get(id)?.ChainedInvokeDetails?.Result);
        return results.includes(undefined) ? PENDING : succeeded(JSON.stringify(results));
      };
      const arn = await world.start();
      await world.runOut();
      expect((await world.backend.executions.get(arn)).Result).toBe(JSON.stringify(['"billed"', '{"sent":true}']));
    });

    it('has none while its log is short, or while one would cost more than it spares', async () => {
      const short = await suspended({ snapshots: { items: 1000, price: 0 } });
      const dear = await suspended({ snapshots: { items: 1, price: 1000 } });
      expect(short.world.store.calls.get('snapshot')).toBeUndefined();
      for (const { world, runId } of [short, dear]) {
        expect(world.store.calls.get('keepSnapshot')).toBeUndefined();
        expect(await world.store.snapshot(runId)).toBeUndefined();
      }
    });
  });
}
