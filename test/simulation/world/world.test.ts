import { describe, expect, it } from '@jest/globals';
import { Random } from '../random.ts';
import { ConnectionLost, remoteCall, storeCall } from './calls.ts';
import { FaultPlan } from './fault-plan.ts';
import { Trace } from './trace.ts';
import { World } from './world.ts';

function quietWorld(): World {
  return new World(1, new Trace(0), new FaultPlan(new Random(1), 0, 0));
}

async function finish(world: World): Promise<void> {
  while ((await world.step()) || (await world.pass()));
}

describe('World', () => {
  it('fires timers in order of their time, and lets time pass only then', async () => {
    const world = quietWorld();
    const process = world.spawn('test');
    const began = world.now;
    const fired: [string, number][] = [];
    process.clock().schedule(() => fired.push(['late', world.now - began]), 5000);
    process.clock().schedule(() => fired.push(['early', world.now - began]), 20);
    process.clock().schedule(() => fired.push(['never', 0]), 30)();
    await finish(world);
    expect(fired).toEqual([
      ['early', 20],
      ['late', 5000],
    ]);
  });

  it('runs a turn of the event loop after all microtasks', async () => {
    const world = quietWorld();
    const process = world.spawn('test');
    const order: string[] = [];
    process.runtime().nextTurn(() => order.push('turn'));
    void (async () => {
      for (let tick = 0; tick < 10; tick++) await null;
      globalThis.process.nextTick(() => order.push('tick'));
      order.push('microtask');
    })();
    await world.quiet();
    expect(order).toEqual(['microtask', 'tick', 'turn']);
  });

  it('drops timers and turns of the dead, and never answers them', async () => {
    const world = quietWorld();
    const process = world.spawn('test');
    let answered = 0;
    void storeCall(process, 'call', async () => 1).then(() => answered++);
    process.clock().schedule(() => answered++, 10);
    process.runtime().nextTurn(() => answered++);
    process.kill('test');
    await finish(world);
    expect(answered).toBe(0);
    expect(world.timersOf(process)).toBe(0);
  });

  it('holds a frozen process back until it wakes', async () => {
    const world = quietWorld();
    const process = world.spawn('test');
    const began = world.now;
    const at = storeCall(process, 'call', async () => world.now - began);
    process.freeze(7000);
    await finish(world);
    expect(await at).toBe(7000);
  });

  it('tells a caller that the process it has called died', async () => {
    const world = quietWorld();
    const [caller, callee] = [world.spawn('caller'), world.spawn('callee')];
    const call = remoteCall(caller, callee, 'call', () => new Promise<never>(() => {}));
    const outcome = call.catch((error: unknown) => error);
    await world.step();
    callee.kill('test');
    await finish(world);
    expect(await outcome).toBeInstanceOf(ConnectionLost);
  });
});

describe('FaultPlan', () => {
  it('stops when its budget is used up', () => {
    const plan = new FaultPlan(new Random(1), 2, 1);
    expect([plan.strike(['crash']), plan.strike(['zombie']), plan.strike(['crash'])]).toEqual([
      'crash',
      'zombie',
      undefined,
    ]);
    expect(plan.over).toBe(true);
    expect([...plan.counts]).toEqual([
      ['crash', 1],
      ['zombie', 1],
    ]);
  });
});

it('Trace hashes every line and keeps the newest', () => {
  const [one, other] = [new Trace(2), new Trace(2)];
  for (let line = 0; line < 10; line++) {
    one.add(`line ${line}`);
    other.add(`line ${line}`);
  }
  expect(one.tail).toEqual(['line 8', 'line 9']);
  expect(one.hash).toBe(other.hash);
  other.add('more');
  expect(one.hash).not.toBe(other.hash);
});
