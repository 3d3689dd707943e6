import { describe, expect, it } from '@jest/globals';
import { Ticks } from './ticks.ts';

describe('ticks', () => {
  it('come after all microtasks, and for all marks of one moment at once', async () => {
    const ticks = new Ticks();
    const first = ticks.mark();
    await undefined;
    const second = ticks.mark();
    for (let turn = 0; turn < 10; turn++) await undefined;
    expect([first, second].map((mark) => ticks.passedSince(mark))).toEqual([false, false]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([first, second].map((mark) => ticks.passedSince(mark))).toEqual([true, true]);
  });

  it('count for later marks only when another one has come', async () => {
    const ticks = new Ticks();
    ticks.mark();
    await new Promise((resolve) => setImmediate(resolve));
    const later = ticks.mark();
    expect(ticks.passedSince(later)).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ticks.passedSince(later)).toBe(true);
  });
});
