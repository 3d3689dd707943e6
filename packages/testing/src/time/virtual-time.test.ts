import { describe, expect, it } from '@jest/globals';
import { realPause, realTurn } from './real-time.ts';
import { virtualTime } from './virtual-time.ts';

const START = Date.UTC(2026, 0, 1);
const forLong = 2 ** 30;

/** Time whose list of resources the test holds. */
function watchedTime(options: { standstill?: number } = {}) {
  const resources = new Map<string, number>();
  const time = virtualTime({ standstill: forLong, ...options, activeResources: () => resources });
  return { resources, time };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  void promise.then(() => {
    pending = false;
  });
  for (let turns = 0; turns < 10; turns++) await realTurn();
  return pending;
}

describe('the clock', () => {
  it('starts at the first of January 2026, or where it is told to', () => {
    expect(virtualTime().now()).toBe(START);
    expect(virtualTime({ startAt: new Date(5) }).now()).toBe(5);
    expect(virtualTime({ startAt: 7 }).now()).toBe(7);
    expect(() => virtualTime({ startAt: 'never' })).toThrow(RangeError);
    expect(() => virtualTime({ standstill: -1 })).toThrow('standstill: -1');
  });

  it('goes from timer to timer', () => {
    const time = virtualTime();
    const fired: string[] = [];
    time.schedule(() => fired.push('b'), 2000);
    time.schedule(() => fired.push('a'), 1000);
    time.schedule(() => fired.push('never'), Number.POSITIVE_INFINITY);
    time.schedule(() => fired.push('c'), 2000);
    const cancel = time.schedule(() => fired.push('cancelled'), 1500);
    cancel();
    expect(time.nextTimer).toBe(START + 1000);
    expect([time.advance(), time.advance(), time.advance(), time.advance()]).toEqual([true, true, true, false]);
    expect(fired).toEqual(['a', 'b', 'c']);
    expect(time.now()).toBe(START + 2000);
    expect(time.nextTimer).toBeUndefined();
    cancel();
  });

  it('stops at the limit, and never goes back', () => {
    const time = virtualTime();
    time.schedule(() => {}, 1000);
    expect(time.advance(START + 999)).toBe(false);
    expect(time.now()).toBe(START + 999);
    expect(time.advance(START + 1000)).toBe(true);
    expect(time.advance(START)).toBe(false);
    expect(time.now()).toBe(START + 1000);
  });

  it('runs a timer that is overdue at the moment that it is', () => {
    const time = virtualTime();
    time.advance(START + 50);
    time.schedule(() => {}, -10);
    time.advance();
    expect(time.now()).toBe(START + 50);
  });

  it('gives ids by its seed', () => {
    const ids = (seed?: string) => {
      const time = virtualTime({ seed });
      return [time.randomId(), time.randomId()];
    };
    expect(ids('a')).toEqual(ids('a'));
    expect(ids('a')).not.toEqual(ids('b'));
    expect(new Set([...ids('a'), ...ids('b')]).size).toBe(4);
    expect(ids()[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('quiet', () => {
  it('waits for the turns that the engine asked for', async () => {
    const time = virtualTime();
    const turns: number[] = [];
    time.nextTurn(() => {
      turns.push(1);
      time.nextTurn(() => turns.push(2));
    });
    await time.quiet();
    expect(turns).toEqual([1, 2]);
  });

  it('begins anew with what moves a turn later', async () => {
    const time = virtualTime();
    const order: string[] = [];
    const quiet = time.quiet().then(() => order.push('quiet'));
    await realTurn();
    await realTurn();
    order.push('moved');
    time.moved();
    await quiet;
    expect(order).toEqual(['moved', 'quiet']);
  });

  it('waits for calls under way, failed ones too', async () => {
    const time = virtualTime();
    let answer = () => {};
    const call = time.during(
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
    );
    const quiet = time.quiet();
    expect(await isPending(quiet)).toBe(true);
    answer();
    await call;
    await quiet;
    await expect(time.during(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await time.quiet();
  });

  it('counts what moves', () => {
    const time = virtualTime();
    time.schedule(() => {}, 1);
    time.advance();
    expect(time.motion).toBe(0);
    time.moved();
    expect(time.motion).toBe(1);
  });
});

describe('patience', () => {
  it('has no need of itself when nothing is active and no grace is asked for', async () => {
    expect(await watchedTime().time.patience(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits for the grace of hidden work', async () => {
    const { time } = watchedTime();
    time.moved();
    expect(await isPending(time.patience(forLong))).toBe(true);
    time.moved();
  });

  it('adds up the stretches of a long grace, between timers of others', async () => {
    const { time, resources } = watchedTime();
    let flickering = true;
    const flicker = async () => {
      for (let times = 0; flickering && times < 20; times++) {
        await realPause(120);
        resources.set('Timeout', 1);
        await realPause(10);
        resources.set('Timeout', 0);
      }
    };
    const flickered = flicker().then(() => 'not before they stopped');
    expect(await Promise.race([time.patience(300), flickered])).toBe(Number.POSITIVE_INFINITY);
    flickering = false;
    await flickered;
  });

  it('waits until resources are gone that were not there before', async () => {
    const { time, resources } = watchedTime();
    resources.set('TCPSocketWrap', 1);
    const waiting = time.patience(0);
    expect(await isPending(waiting)).toBe(true);
    resources.delete('TCPSocketWrap');
    expect(await waiting).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes what is active at the baseline for background, as long as it lasts', async () => {
    const { time, resources } = watchedTime();
    resources.set('Timeout', 1);
    time.forgetResources();
    expect(await time.patience(0)).toBe(Number.POSITIVE_INFINITY);
    resources.set('Timeout', 0);
    expect(await time.patience(0)).toBe(Number.POSITIVE_INFINITY);
    resources.set('Timeout', 1);
    expect(await isPending(time.patience(0))).toBe(true);
    time.moved();
  });

  it('ends when something moves', async () => {
    const { time, resources } = watchedTime();
    resources.set('Timeout', 1);
    const waiting = time.patience(0);
    time.moved();
    expect(await waiting).toBeUndefined();
  });

  it('lets time go as fast as real time past the standstill', async () => {
    const { time, resources } = watchedTime({ standstill: 0 });
    resources.set('TCPSocketWrap', 1);
    const first = (await time.patience(0)) as number;
    expect(first).toBeGreaterThanOrEqual(1);
    expect(first).toBeLessThan(forLong);
    expect(Number.isInteger(first)).toBe(true);
  });
});
