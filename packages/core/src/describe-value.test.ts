import { describe, expect, it } from '@jest/globals';
import { describeValue } from './describe-value.ts';

describe('describeValue', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  it.each([
    ['text', '"text"'],
    [5, '5'],
    [Number.NaN, 'null'],
    [5n, '5'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [{ seconds: 1 }, '{"seconds":1}'],
    [[1, 'a'], '[1,"a"]'],
    [function named() {}, 'function named'],
    [
      (
        () => () =>
          1
      )(),
      'function',
    ],
    [circular, 'an object'],
    [Object.assign(Object.create(null), { big: 1n }), 'an object'],
  ])('%p is shown as %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('survives a getter that throws', () => {
    const hostile = {
      get inside(): never {
        throw new Error('no');
      },
    };
    expect(describeValue(hostile)).toBe('an object');
  });

  it('does not run on', () => {
    expect(describeValue('x'.repeat(10_000))).toHaveLength(83);
  });
});
