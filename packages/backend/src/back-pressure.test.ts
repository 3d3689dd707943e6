import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../test-support/virtual-clock.ts';
import { BackPressure } from './back-pressure.ts';

describe('BackPressure', () => {
  it('pauses for longer and longer until something succeeds', () => {
    const clock = new VirtualClock();
    const pressure = new BackPressure(clock);
    const pauses = Array.from({ length: 7 }, () => {
      pressure.refused();
      const pause = (pressure.pausedUntil ?? 0) - clock.now();
      clock.advance(pause);
      return pause;
    });
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(pressure.pausedUntil).toBeUndefined();
    pressure.succeeded();
    pressure.refused();
    expect(pressure.pausedUntil).toBe(clock.now() + 1000);
  });

  it('counts refusals once that come together', () => {
    const clock = new VirtualClock();
    const pressure = new BackPressure(clock);
    for (let count = 0; count < 5; count++) pressure.refused();
    expect(pressure.pausedUntil).toBe(clock.now() + 1000);
  });

  it('knows a refusal by what the error says of itself', () => {
    const pressure = new BackPressure(new VirtualClock());
    expect(pressure.isRefusal(Object.assign(new Error('busy'), { retryable: true }))).toBe(true);
    for (const error of [new Error('broken'), undefined, 'text', { retryable: 'yes' }]) {
      expect(pressure.isRefusal(error)).toBe(false);
    }
  });
});
