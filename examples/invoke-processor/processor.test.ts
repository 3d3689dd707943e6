import { describe, expect, it } from '@jest/globals';
import { handler } from './processor.ts';

describe('the processor', () => {
  it('counts, sums up and compares', async () => {
    const result = await handler({ operation: 'sum_and_average', values: [10, 20, 30, 40, 50] });
    expect(JSON.stringify(result)).toBe(
      '{"operation":"sum_and_average","count":5,"sum":150,"average":30,"max":50,"min":10}',
    );
  });

  it('works on one value, on negative ones, and on very many', async () => {
    const of = (values: number[]) => handler({ operation: 'sum_and_average', values });
    expect(await of([-3])).toMatchObject({ count: 1, sum: -3, average: -3, max: -3, min: -3 });
    expect(await of([-1, -2])).toMatchObject({ sum: -3, average: -1.5, max: -1, min: -2 });
    expect(await of(Array(200_000).fill(1))).toMatchObject({ count: 200_000, sum: 200_000, max: 1, min: 1 });
  });

  it.each([
    [null, TypeError, `can't do undefined: operation must be "sum_and_average"`],
    [{ operation: 'median', values: [1] }, TypeError, `can't do "median"`],
    [{ operation: 'sum_and_average' }, TypeError, 'values must be an array of numbers, not undefined'],
    [{ operation: 'sum_and_average', values: [1, null] }, TypeError, 'values[1] must be a finite number, not null'],
    [{ operation: 'sum_and_average', values: [1e308, 1e308] }, RangeError, 'too large'],
  ])('refuses %j', async (event, type, message) => {
    const refused = handler(event);
    await expect(refused).rejects.toThrow(type);
    await expect(refused).rejects.toThrow(message);
  });
});
