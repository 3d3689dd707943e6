import { describe, expect, it } from '@jest/globals';
import {
  type AnySerdes,
  defaultSerdes,
  deserializeWith,
  fromJson,
  passThroughSerdes,
  type Serdes,
  type SerdesConfig,
  serializeWith,
  toJson,
} from './serdes.ts';

const context = { entityId: '1', durableExecutionArn: 'arn:example' };

describe('toJson', () => {
  it.each([
    [undefined, undefined],
    [null, 'null'],
    ['', '""'],
    [{ a: undefined, b: [1, null] }, '{"b":[1,null]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [() => 1, undefined],
    [Symbol('s'), undefined],
  ])('%p', (value, text) => {
    expect(toJson(value)).toBe(text);
  });

  it('says what to do about a BigInt', () => {
    expect(() => toJson({ id: 5n })).toThrow(TypeError);
    expect(() => toJson({ id: 5n })).toThrow(
      /^The value can't be stored as JSON: .*BigInt.*; return plain data \(a BigInt as a string, no circular references\) or give the operation a serdes$/,
    );
  });

  it('says what to do about a circle, in one line', () => {
    const ring: { inner: { ring?: unknown } } = { inner: {} };
    ring.inner.ring = ring;
    expect(() => toJson(ring)).toThrow(/^The value can't be stored as JSON: .*circular[^\n]*$/);
  });

  it("passes on what the value's own code throws", () => {
    const own = new RangeError('not now');
    const value = {
      toJSON() {
        throw own;
      },
    };
    expect(() => toJson(value)).toThrow(own);
  });
});

describe('fromJson', () => {
  it('reads what toJson writes; no text is no value', () => {
    expect(fromJson('{"a":[1,"x",null]}')).toEqual({ a: [1, 'x', null] });
    expect(fromJson('null')).toBeNull();
    expect(fromJson(undefined)).toBeUndefined();
  });

  it('refuses what is no JSON', () => {
    expect(() => fromJson('')).toThrow(SyntaxError);
    expect(() => fromJson('{')).toThrow(SyntaxError);
  });

  it('pollutes no prototype', () => {
    const value = fromJson('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });
});

describe('defaultSerdes', () => {
  it('answers with promises and rejects, never throws', async () => {
    await expect(defaultSerdes.serialize({ a: 1 }, context)).resolves.toBe('{"a":1}');
    await expect(defaultSerdes.deserialize('{"a":1}', context)).resolves.toEqual({ a: 1 });
    await expect(defaultSerdes.serialize(5n, context)).rejects.toThrow(TypeError);
    await expect(defaultSerdes.deserialize('{', context)).rejects.toThrow(SyntaxError);
  });

  it('fits every type', async () => {
    const typed: Serdes<{ total: number }> = defaultSerdes;
    const config: SerdesConfig = { defaultSerdes, defaultCallbackDeserializer: typed };
    const any: AnySerdes = typed;
    expect(config.defaultSerdes).toBe(any);
    expect((await typed.deserialize('{"total":3}', context))?.total).toBe(3);
  });
});

describe('passThroughSerdes', () => {
  it('leaves the text alone', async () => {
    await expect(passThroughSerdes.serialize('{"a"', context)).resolves.toBe('{"a"');
    await expect(passThroughSerdes.deserialize('{"a"', context)).resolves.toBe('{"a"');
    await expect(passThroughSerdes.deserialize(undefined, context)).resolves.toBeUndefined();
  });
});

describe('serializeWith and deserializeWith', () => {
  it('need no promise for the built-in ones', () => {
    expect(serializeWith(defaultSerdes, { a: 1 }, context)).toBe('{"a":1}');
    expect(deserializeWith(defaultSerdes, '{"a":1}', context)).toEqual({ a: 1 });
    expect(deserializeWith(passThroughSerdes, '{"a":1}', context)).toBe('{"a":1}');
    expect(() => serializeWith(defaultSerdes, 5n, context)).toThrow(TypeError);
  });

  it("hand a user's serdes the context and take what it returns, promise or not", async () => {
    const seen: unknown[] = [];
    const upper: Serdes<string> = {
      async serialize(value, at) {
        seen.push(at);
        return value?.toUpperCase();
      },
      deserialize: ((data: string, at: unknown) => {
        seen.push(at);
        return data.toLowerCase();
      }) as never,
    };
    await expect(serializeWith(upper, 'x', context)).resolves.toBe('X');
    expect(deserializeWith(upper, 'X', context)).toBe('x');
    expect(seen).toEqual([context, context]);
  });
});
