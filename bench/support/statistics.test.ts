import { describe, expect, it } from '@jest/globals';
import { median, shown, slope } from './statistics.ts';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(3);
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('has nothing to say about no values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('slope', () => {
  it('is the growth from one value to the next', () => {
    expect(slope([10, 13, 16, 19])).toBeCloseTo(3);
    expect(slope([7, 7, 7])).toBe(0);
  });

  it('is not led by one outlier at the end as the difference of the ends is', () => {
    expect(slope([0, 0, 0, 0, 0, 0, 0, 0, 0, 90])).toBeLessThan(90 / 9);
  });

  it('needs two values', () => {
    expect(() => slope([1])).toThrow('1 values show no trend');
  });
});

describe('shown', () => {
  it('gives three digits, and all of a large number', () => {
    expect(shown(0.123456)).toBe('0.123');
    expect(shown(12.3456)).toBe('12.3');
    expect(shown(24_368.4)).toBe('24368');
    expect(shown(undefined)).toBe('');
  });
});
