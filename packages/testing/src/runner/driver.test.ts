import { describe, expect, it } from '@jest/globals';
import type { Service } from '@middy-durable/backend';
import { type VirtualTime, virtualTime } from '../time/virtual-time.ts';
import { Driver } from './driver.ts';
import { Invoker } from './invoker.ts';

/** A driver over a service that only ticks, as the test says. */
function driverOver(tick: () => Promise<number | undefined>) {
  const time = virtualTime();
  const invoker = new Invoker({
    functionName: 'f',
    handler: async () => {},
    functions: {},
    time,
    client: () => ({}) as never,
  });
  return { time, driver: new Driver({ tick } as Service, invoker, time, 0) };
}

describe('Driver', () => {
  it('tells everybody who waits that the service fails, and goes on with the next goal', async () => {
    let broken = true;
    const { driver } = driverOver(async () => {
      if (broken) throw new Error('the store is gone');
      return undefined;
    });
    const goals = [1, 2].map(() => driver.pursue({ reached: async () => false }));
    for (const goal of goals) await expect(goal).rejects.toThrow('the store is gone');
    broken = false;
    await driver.pursue({ reached: async () => true });
  });

  it('does not spin on a run that the service can not take up', async () => {
    const { driver, time } = driverOver(async () => time.now());
    await expect(driver.pursue({ reached: async () => false })).rejects.toThrow('could not take it up');
  });

  it('does not wait for ever for nothing', async () => {
    const { driver } = driverOver(async () => undefined);
    await expect(driver.pursue({ reached: async () => false })).rejects.toThrow('Nothing will ever happen');
  });

  it('lets a goal that fails not disturb the others', async () => {
    const { driver, time } = driverOver(async () => undefined);
    const until = time.now() + 1000;
    const reached = driver.pursue({ until, reached: async () => time.now() === until });
    await expect(driver.pursue({ reached: async () => Promise.reject(new Error('never')) })).rejects.toThrow('never');
    await reached;
  });

  it('stops where the nearest goal is, though another one would go further', async () => {
    const { driver, time } = driverOver(async () => undefined);
    const start = time.now();
    const moments: number[] = [];
    const goal = async (ms: number) => {
      const until = start + ms;
      await driver.pursue({ until, reached: async () => time.now() >= until });
      moments.push(time.now() - start);
    };
    await Promise.all([goal(500), goal(200), goal(900)]);
    expect(moments).toEqual([200, 500, 900]);
  });

  it('is the surer that nothing is at work, the more a jump of time can spoil', async () => {
    const graces: number[] = [];
    const time: VirtualTime = {
      ...virtualTime(),
      now: () => 0,
      quiet: async () => {},
      advance: () => true,
      motion: 0,
      nextTimer: undefined,
      patience: async (grace) => {
        graces.push(grace);
        return Number.POSITIVE_INFINITY;
      },
    } as VirtualTime;
    const invoker = { working: true, deadline: 900_000 } as Invoker;
    for (const due of [10, 999, 1000, 899_999, 900_000]) {
      let moves = 0;
      const driver = new Driver({ tick: async () => due } as Service, invoker, time, 20);
      await driver.pursue({ reached: async (still) => still && ++moves > 1 });
    }
    // Before a goal is asked whether all is still, and before the jump.
    expect(graces.filter((_grace, index) => index % 3 === 1)).toEqual([20, 20, 100, 100, 1000]);
    expect(new Set(graces.filter((_grace, index) => index % 3 !== 1))).toEqual(new Set([20]));
  });
});
