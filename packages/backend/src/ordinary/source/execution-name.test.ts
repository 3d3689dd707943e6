import { describe, expect, it } from '@jest/globals';
import { ID_PATTERN, MAX_EXECUTION_NAME_LENGTH } from '@middy-durable/protocol';
import fc from 'fast-check';
import { fittingName, nameOf } from './execution-name.ts';

const HASH = /^[0-9a-f]{64}$/;

describe('fittingName', () => {
  it('keeps what fits the protocol', () => {
    for (const name of ['a', 'order-42_B', 'x'.repeat(64), 'f'.repeat(64)]) expect(fittingName(name)).toBe(name);
  });

  it('hashes what does not', () => {
    for (const name of ['x'.repeat(65), 'a b', 'order:42', 'ö', '"quoted"', 'a\n'])
      expect(fittingName(name)).toMatch(HASH);
    expect(fittingName('a b')).not.toBe(fittingName('a c'));
    expect(fittingName('a b')).toBe(fittingName('a b'));
  });

  it('always fits', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), (text) => {
        const name = fittingName(text);
        expect(ID_PATTERN.test(name) && name.length <= MAX_EXECUTION_NAME_LENGTH).toBe(true);
      }),
    );
  });
});

describe('nameOf', () => {
  it('is none for nothing, the part itself for one, a hash for several', () => {
    expect(nameOf(undefined)).toBeUndefined();
    expect(nameOf(['order-42'])).toBe('order-42');
    expect(nameOf(['a', 'b'])).toMatch(HASH);
  });

  it('tells parts apart, however they are cut', () => {
    const names = [['a', 'b'], ['ab'], ['a', 'b', ''], ['b', 'a'], ['a,b'], ['a","b']].map(nameOf);
    expect(new Set(names).size).toBe(names.length);
  });

  it('lets nobody spell the name of several parts', () => {
    const theirs = nameOf(['key', 'caller']) as string;
    expect(nameOf([theirs])).not.toBe(theirs);
  });
});
