import { describe, expect, it } from '@jest/globals';
import { problemWith } from './values.ts';

describe('problemWith', () => {
  it.each([[[1]], [[0, -1.5, Number.MAX_VALUE]]])('finds nothing wrong with %j', (values) => {
    expect(problemWith(values)).toBeUndefined();
  });

  it.each([
    [undefined, 'values must be an array of numbers, not undefined'],
    [null, 'values must be an array of numbers, not null'],
    [7, 'values must be an array of numbers, not 7'],
    [{ length: 1, 0: 1 }, 'values must be an array of numbers, not object'],
    [[], 'values must hold at least one number'],
    [[1, Number.NaN], 'values[1] must be a finite number, not NaN'],
    [[Number.POSITIVE_INFINITY], 'values[0] must be a finite number, not Infinity'],
    [[1, 2, '3'], 'values[2] must be a finite number, not string'],
    [[null], 'values[0] must be a finite number, not null'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is no number
    [[1, , 3], 'values[1] must be a finite number, not undefined'],
  ])('%# says what is wrong', (values, problem) => {
    expect(problemWith(values)).toBe(problem);
  });
});
