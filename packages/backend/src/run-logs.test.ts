import { describe, expect, it } from '@jest/globals';
import { type FunctionSide, startStep, startWait, succeeded } from '../test-support/function-side.ts';
import { item, newRun, RUNNING } from '../test-support/store-fixtures.ts';
import { VirtualClock } from '../test-support/virtual-clock.ts';
import { watchedStore } from '../test-support/watched-store.ts';
import { worldOn } from '../test-support/world.ts';
import { memoryStore } from './memory-store.ts';
import { RunLogs } from './run-logs.ts';
import { VersionConflict } from './store.ts';

describe('RunLogs', () => {
  it('keeps no more logs than asked for, and works the same without any', async () => {
    const world = worldOn(watchedStore(memoryStore()), new VirtualClock(), { cachedRuns: 3 });
    world.handler = async (side) => {
      if (side.status('w') !== undefined) return succeeded();
      await side.checkpoint(startWait('w', 60));
      return { Status: 'PENDING' };
    };
    for (let count = 0; count < 20; count++) await world.start();
    await world.settle();
    expect(world.backend.engine.runs.size).toBe(3);
    const bare = worldOn(world.store, world.clock, { cachedRuns: 0, handler: world.handler });
    await bare.runOut();
    expect(bare.envelopes).toHaveLength(20);
    expect(bare.backend.engine.runs.size).toBe(0);
  });

  it('keeps nothing of executions that have ended, or never were', async () => {
    const world = worldOn(watchedStore(memoryStore()), new VirtualClock());
    const arns: string[] = [];
    for (let count = 0; count < 20; count++) arns.push(await world.start());
    await world.runOut();
    for (const arn of arns) await world.backend.executions.get(arn);
    await world.backend.engine.runs.exclusively('none', async (log) => expect(log).toBeUndefined());
    expect(world.backend.engine.runs.size).toBe(0);
  });

  it('works on a log as it is while others wait for it, even above the limit', async () => {
    const world = worldOn(watchedStore(memoryStore()), new VirtualClock(), { cachedRuns: 0, concurrency: 5 });
    const sides: FunctionSide[] = [];
    world.handler = (side) => {
      sides.push(side);
      return new Promise(() => {});
    };
    await world.start();
    await world.start();
    await world.service.tick();
    await Promise.all(sides.map((side) => side.checkpoint(startStep('s'))));
    expect(sides.map((side) => side.status('s'))).toEqual(['STARTED', 'STARTED']);
  });

  it('hands on the head that it has loaded a log by, but none that was read earlier, or before somebody appended', async () => {
    const store = watchedStore(memoryStore());
    const { runs } = worldOn(store, new VirtualClock()).backend.engine;
    const headOf = (runId: string) => runs.exclusively(runId, async (_log, head) => head);
    await store.create(newRun('a', { dueAt: 5 }));
    expect(await headOf('a')).toEqual(await store.head('a'));
    expect(await headOf('a')).toBeUndefined();
    await store.create(newRun('b'));
    const { read } = store;
    store.read = async function* (...args) {
      store.read = read;
      await store.append('b', item(2), RUNNING);
      yield* read(...args);
    };
    expect(await headOf('b')).toBeUndefined();
    expect(await runs.exclusively('b', async (log) => log?.sequence)).toBe(2);
  });

  it('names a log that is damaged', async () => {
    const store = memoryStore();
    await store.create({ ...newRun('a'), firstItem: item(1) });
    const world = worldOn(watchedStore(store), new VirtualClock());
    const arn = (await store.head('a'))?.arn ?? '';
    await expect(world.backend.executions.get(arn)).rejects.toThrow(
      /The log of run a does not begin with its start: it is damaged/,
    );
  });

  it('does not use a state again that a damaged item has left half done', async () => {
    const store = watchedStore(memoryStore());
    const world = worldOn(store, new VirtualClock());
    const side = await world.invoked();
    const runId = side.arn.split('/').at(-1) ?? '';
    const impossible = { type: 'StepSucceeded', at: 1, id: 'nobody' } as const;
    await store.append(runId, item(3, { events: [{ type: 'StepStarted', at: 1, id: 'x' }, impossible] }), RUNNING);
    for (let count = 0; count < 2; count++) {
      await expect(world.backend.executions.get(side.arn)).rejects.toThrow(/nobody.*damaged/s);
    }
  });

  it('gives up on a store that refuses without end', async () => {
    const store = memoryStore();
    await store.create(newRun('a'));
    const clock = new VirtualClock();
    const runs = new RunLogs({ store, clock, limit: 9, onEnd: () => {} });
    const refused = runs.exclusively('a', async () => {
      throw new VersionConflict('a', 2);
    });
    await expect(refused).rejects.toThrow(/Run a could not be written: 100 times another writer was first/);
  });
});
