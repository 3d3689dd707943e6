import { describe, expect, it } from '@jest/globals';
import { derivedSeed, Random } from './random.ts';

describe('Random', () => {
  it('repeats itself for the same seed, and only for that', () => {
    const numbers = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.bits());
    };
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
    expect(new Set(numbers(7)).size).toBe(20);
  });

  it('keeps to its ranges and reaches both ends', () => {
    const random = new Random(1);
    const wholes = Array.from({ length: 500 }, () => random.whole(2, 5));
    expect(new Set(wholes)).toEqual(new Set([2, 3, 4, 5]));
    expect(Array.from({ length: 500 }, () => random.fraction()).every((part) => part >= 0 && part < 1)).toBe(true);
  });

  it('never picks what has no weight, and refuses to pick from nothing', () => {
    const random = new Random(3);
    const picks = Array.from({ length: 200 }, () =>
      random.weighted([
        { weight: 1, value: 'a' },
        { weight: 0, value: 'b' },
        { weight: 3, value: 'c' },
      ]),
    );
    expect(new Set(picks)).toEqual(new Set(['a', 'c']));
    expect(() => random.pick([])).toThrow('There is nothing to pick from.');
  });

  it('makes ids of the form of a UUID', () => {
    expect(new Random(5).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

it('derives another seed for every purpose', () => {
  expect(derivedSeed(1, 'program')).toBe(derivedSeed(1, 'program'));
  expect(derivedSeed(1, 'program')).not.toBe(derivedSeed(1, 'faults'));
  expect(derivedSeed(1, 'program')).not.toBe(derivedSeed(2, 'program'));
});
