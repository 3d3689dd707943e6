import { describe, expect, it } from '@jest/globals';
import { TimerQueue } from './timer-queue.ts';

describe('TimerQueue', () => {
  it('keeps timers in order of moment, then of setting', () => {
    const queue = new TimerQueue();
    const fired: string[] = [];
    for (const [name, at] of [
      ['c', 3],
      ['a', 1],
      ['d', 3],
      ['b', 2],
      ['e', 3],
    ] as const) {
      queue.add(at, () => fired.push(name));
    }
    expect(queue.nextAt).toBe(1);
    while (queue.size > 0) queue.take()?.();
    expect(fired).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(queue.take()).toBeUndefined();
  });

  it('takes back exactly the timer asked for, once', () => {
    const queue = new TimerQueue();
    const fired: number[] = [];
    const cancels = [0, 1, 2, 3].map((n) => queue.add(5, () => fired.push(n)));
    cancels[2]?.();
    cancels[2]?.();
    queue.take()?.();
    cancels[0]?.();
    while (queue.size > 0) queue.take()?.();
    expect(fired).toEqual([0, 1, 3]);
  });
});
