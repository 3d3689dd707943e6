import { describe, expect, it } from '@jest/globals';
import type { Service } from '@middy-durable/backend';
import { virtualTime } from '../time/virtual-time.ts';
import { Driver } from './driver.ts';
import { Invoker } from './invoker.ts';

/** A driver over a service that only ticks, as the test says. */
function driverOver(tick: () => Promise<number | undefined>) {
  const time = virtualTime();
  const invoker = new Invoker({ handler: async () => {}, time, client: () => ({}) as never });
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
});
