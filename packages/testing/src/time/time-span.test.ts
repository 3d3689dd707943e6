import { describe, expect, it } from '@jest/globals';
import { spanMilliseconds } from './time-span.ts';

describe('spanMilliseconds', () => {
  it('adds the members up', () => {
    expect(spanMilliseconds({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }, 'advance')).toBe(
      93_784_005,
    );
    expect(spanMilliseconds({ minutes: 1.1 }, 'advance')).toBe(66_000);
    expect(spanMilliseconds({ seconds: 0, days: undefined }, 'advance')).toBe(0);
  });

  it('refuses what is no span', () => {
    for (const span of [{}, null, undefined, 5, 'soon', { weeks: 1 }]) {
      expect(() => spanMilliseconds(span as never, 'advance')).toThrow('advance: pass days, hours');
    }
    for (const days of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(() => spanMilliseconds({ days } as never, 'advance')).toThrow(`advance: days is ${days}`);
    }
  });
});
