import { describe, expect, it } from '@jest/globals';
import { listed } from './text.ts';

describe('listed', () => {
  it.each([
    [[], 'nothing'],
    [['a'], 'a'],
    [['a', 'b'], 'a, b'],
    [['a', 'b', 'c', 'd'], 'a, b and 2 more'],
  ])('shows %j as %s', (names, text) => {
    expect(listed(names, 2)).toBe(text);
  });
});
