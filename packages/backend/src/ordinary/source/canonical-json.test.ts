import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, jsonText } from './canonical-json.ts';

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('canonicalJson', () => {
  it('does not depend on the order of members', () => {
    fc.assert(fc.property(json, (value) => expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))));
  });

  it('keeps the whole value', () => {
    fc.assert(fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(value)));
  });

  it('tells the order of items apart', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it('writes one text for one value', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  });

  it('takes __proto__ as a name like any other', () => {
    const harmless = JSON.parse('{"__proto__":{"admin":true},"a":1}');
    expect(canonicalJson(harmless)).toBe('{"__proto__":{"admin":true},"a":1}');
    expect(canonicalJson(harmless)).not.toBe(canonicalJson({ a: 1 }));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('jsonText', () => {
  it('writes what JSON can hold, and leaves out undefined members', () => {
    const value = { when: new Date(0), none: undefined, list: [Object.create(null), -1.5, 'x', true, null] };
    expect(jsonText(value, 'it')).toBe('{"when":"1970-01-01T00:00:00.000Z","list":[{},-1.5,"x",true,null]}');
  });

  const circle: Record<string, unknown> = {};
  circle.self = circle;
  it.each([
    ['undefined', undefined, 'not undefined'],
    ['toJSON without a value', { toJSON: () => undefined }, 'not undefined'],
    ['a function', () => 1, 'a function'],
    ['a symbol', [Symbol('s')], 'a symbol'],
    ['a bigint', { a: { b: 1n } }, 'a bigint'],
    ['NaN', [Number.NaN], 'NaN'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, 'Infinity'],
    ['a Map', { a: new Map() }, 'kind Map'],
    ['a promise', Promise.resolve(1), 'kind Promise'],
    ['bytes', new Uint8Array(1), 'kind Uint8Array'],
    ['an error', [new Error('x')], 'kind Error'],
    ['a circle', circle, 'circular'],
  ])('refuses %s', (_title, value, part) => {
    expect(() => jsonText(value, 'what option input returns')).toThrow(TypeError);
    expect(() => jsonText(value, 'what option input returns')).toThrow(
      'what option input returns must be a value of JSON',
    );
    expect(() => jsonText(value, 'what option input returns')).toThrow(part);
  });
});
