import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { defaultSerdes } from '../serdes.ts';
import { createExtendedSerdes } from './extended-serdes.ts';

const context = { entityId: '1', durableExecutionArn: 'arn:example' };
const serdes = createExtendedSerdes();
const write = (value: unknown) => serdes.serialize(value, context);
const read = (text: string | undefined) => serdes.deserialize(text, context);
const extended = (value: unknown) => JSON.stringify({ $extended: 1, value });

async function sent(value: unknown): Promise<unknown> {
  return read(await write(value));
}

describe('plain JSON', () => {
  it.each([
    [null],
    [0],
    [-1.5e300],
    ['é \ud800 "\n'],
    [true],
    [[]],
    [{}],
    [{ a: [1, { b: null }], $set: 1, $date: 'x' }],
    [[{ value: 1 }, [[]]]],
  ])('%p is stored as it is', async (value) => {
    expect(await write(value)).toBe(JSON.stringify(value));
    expect(await sent(value)).toEqual(value);
  });

  it('of the default serdes stays readable, also where it looks like a tag', async () => {
    for (const value of [{ at: { $date: 'x' } }, { $set: [1] }, [{ $unknown: 1 }, { $$date: 1 }]]) {
      expect(await read(await defaultSerdes.serialize(value, context))).toEqual(value);
    }
  });

  it('has no text for undefined', async () => {
    expect(await write(undefined)).toBeUndefined();
    expect(await read(undefined)).toBeUndefined();
  });

  it('takes what toJSON returns, once, and own members of other instances', async () => {
    class Money {
      readonly cents = 5;
      toJSON(key: string): unknown {
        return { cents: this.cents, key, toJSON: undefined };
      }
    }
    class Point {
      x = 1;
      #hidden = 2;
      get sum(): number {
        return this.x + this.#hidden;
      }
    }
    expect(await sent([{ price: new Money() }, new Money()])).toEqual([
      { price: { cents: 5, key: 'price', toJSON: undefined } },
      { cents: 5, key: '1', toJSON: undefined },
    ]);
    expect(await write({ point: new Point() })).toBe('{"point":{"x":1}}');
    const self = { a: 1, toJSON: (): unknown => ({ a: 2, toJSON: () => 3n }).toJSON() };
    expect(await sent({ self })).toEqual({ self: 3n });
    expect(await write([new Number(5), new String('x'), new Boolean(false)])).toBe('[5,"x",false]');
  });
});

describe('extended values', () => {
  it.each<[string, unknown, unknown]>([
    ['date', new Date(5), { $date: '1970-01-01T00:00:00.005Z' }],
    ['date before Christ', new Date(-1e14), { $date: '-001199-02-15T14:13:20.000Z' }],
    ['invalid date', new Date(Number.NaN), { $date: null }],
    ['bigint', -12n, { $bigint: '-12' }],
    ['NaN', Number.NaN, { $number: 'NaN' }],
    ['Infinity', Number.POSITIVE_INFINITY, { $number: 'Infinity' }],
    ['-Infinity', Number.NEGATIVE_INFINITY, { $number: '-Infinity' }],
    ['-0', -0, { $number: '-0' }],
    ['undefined in an object', { a: undefined }, { a: { $undefined: true } }],
    ['undefined in an array', [undefined], [{ $undefined: true }]],
    ['map', new Map<unknown, unknown>([[{ k: 1 }, 1n]]), { $map: [[{ k: 1 }, { $bigint: '1' }]] }],
    ['set', new Set([1, new Set()]), { $set: [1, { $set: [] }] }],
    ['bytes', new Uint8Array([1, 2, 255]), { $bytes: 'AQL/' }],
    ['part of a buffer', new Uint8Array([1, 2, 255]).subarray(1), { $bytes: 'Av8=' }],
    ['buffer', Buffer.from('hi'), { $buffer: 'aGk=' }],
    ['array buffer', new Uint8Array([7]).buffer, { $arraybuffer: 'Bw==' }],
    ['url', new URL('https://a.b/c?d#e'), { $url: 'https://a.b/c?d#e' }],
    ['object that looks like a tag', { $date: 'x' }, { $$date: 'x' }],
    ['object that looks like an escaped tag', [{ $$a: 1n }], [{ $$$a: { $bigint: '1' } }]],
    ['lone dollar', { $: 1n }, { $$: { $bigint: '1' } }],
    ['object that looks like an extended text', { $extended: 1, value: 2 }, { $extended: 1, value: 2 }],
    ['nearly a tag', { $date: 1, at: new Date(0) }, { $date: 1, at: { $date: '1970-01-01T00:00:00.000Z' } }],
  ])('%s', async (_name, value, stored) => {
    expect(await write(value)).toBe(extended(stored));
    const back = await sent(value);
    expect(isDeepStrictEqual(back, value)).toBe(true);
  });

  it('are what they were', async () => {
    const back = (await sent([Buffer.from('hi'), new Uint8Array(1), new ArrayBuffer(2), new URL('a:b')])) as unknown[];
    expect(Buffer.isBuffer(back[0])).toBe(true);
    expect(Buffer.isBuffer(back[1])).toBe(false);
    expect((back[2] as ArrayBuffer).byteLength).toBe(2);
    expect(back[3]).toBeInstanceOf(URL);
  });

  it('fill the holes of an array with undefined', async () => {
    const holes = [1];
    holes[2] = 3;
    expect(await sent(holes)).toStrictEqual([1, undefined, 3]);
  });

  it('are written twice where they are shared', async () => {
    const shared = { n: 1n };
    const back = (await sent([shared, shared])) as unknown[];
    expect(back).toEqual([shared, shared]);
    expect(back[0]).not.toBe(back[1]);
  });
});

describe('errors', () => {
  it('keep name, message, cause and own data', async () => {
    class PaymentError extends Error {
      override readonly name = 'PaymentError';
      readonly code = 402;
      readonly at = new Date(0);
    }
    const error = new PaymentError('declined', { cause: new RangeError('limit', { cause: 'text' }) });
    const back = (await sent({ error })) as { error: PaymentError };
    expect(back.error).toBeInstanceOf(Error);
    expect({ ...back.error }).toEqual({ code: 402, at: new Date(0) });
    expect(back.error.name).toBe('PaymentError');
    expect(back.error.message).toBe('declined');
    expect(String(back.error)).toBe('PaymentError: declined');
    expect(back.error.cause).toBeInstanceOf(RangeError);
    expect((back.error.cause as Error).cause).toBe('text');
    expect(Object.keys(back.error)).toEqual(['code', 'at']);
  });

  it.each([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, Error])(
    'come back as %p',
    async (Type) => {
      const back = await sent(new Type('broken'));
      expect(Object.getPrototypeOf(back)).toBe(Type.prototype);
      expect(isDeepStrictEqual(Object.keys(back as object), [])).toBe(true);
      expect(Object.hasOwn(back as object, 'cause')).toBe(false);
    },
  );

  it('keep what an AggregateError gathered', async () => {
    const back = (await sent(new AggregateError([new TypeError('a'), 2n], 'both'))) as AggregateError;
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.name).toBe('AggregateError');
    expect(back.errors[0]).toBeInstanceOf(TypeError);
    expect(back.errors[1]).toBe(2n);
    const own = Object.assign(new Error('invalid'), { errors: ['a'] });
    expect((await sent(own)) as object).toMatchObject({ errors: ['a'] });
    expect(await sent(own)).not.toBeInstanceOf(AggregateError);
  });

  it('show no stack trace unless it was asked for', async () => {
    const error = new TypeError('broken');
    expect(await write(error)).toBe(extended({ $error: { name: 'TypeError', message: 'broken' } }));
    expect(((await sent(error)) as Error).stack).toBe('TypeError: broken');
    const full = createExtendedSerdes({ includeStack: true });
    const back = await full.deserialize<Error>(await full.serialize(error, context), context);
    expect(back?.stack).toBe(error.stack);
  });
});

describe('what would be lost', () => {
  const ring: { list: unknown[] } = { list: [] };
  ring.list.push({ ring });
  const chain = new Error('a');
  chain.cause = new Error('b', { cause: chain });

  it.each<[string, unknown, string]>([
    ['function', { a: [{ b: () => 1 }] }, '$.a[0].b is a function'],
    ['symbol', [Symbol('s')], '$[0] is a symbol'],
    ['promise', { user: Promise.resolve() }, '$.user is a Promise'],
    ['regular expression', /x/, '$ is a RegExp'],
    ['other view', { m: new Float64Array(2) }, '$.m is a Float64Array'],
    ['shared memory', new SharedArrayBuffer(1), '$ is a SharedArrayBuffer'],
    ['weak collection', [new WeakMap()], '$[0] is a WeakMap'],
    ['iterator', [new Map().keys()], '$[0] is a Map Iterator'],
    ['circle', { ring }, '$.ring.list[0].ring is one of the objects that hold it, a circle'],
    ['circle of maps', ((map) => map.set('self', map))(new Map<string, unknown>()), '$[0] is one of the objects'],
    ['circle of causes', chain, '$.cause.cause is one of the objects that hold it, a circle'],
    ['huge number', 10n ** 10_000n, '$ is a BigInt of more than 10000 digits'],
  ])('%s is refused with its place', async (_name, value, problem) => {
    const message = `The value can't be stored: ${problem}`;
    await expect(write(value)).rejects.toThrow(TypeError);
    await expect(write(value)).rejects.toThrow(message);
    await expect(write(value)).rejects.toThrow(/; leave it out, or return plain data in its place$/);
  });

  it('is named shortly', async () => {
    const value = { ['x'.repeat(5000)]: { last: () => 1 } };
    const error = (await write(value).catch((thrown) => thrown)) as Error;
    expect(error.message).toMatch(/^The value can't be stored: \$\.\.\.x+\.last is a function/);
    expect(error.message.length).toBeLessThan(400);
  });

  it("passes on what the value's own code throws", async () => {
    const own = new RangeError('not now');
    const value = {
      get broken(): never {
        throw own;
      },
    };
    await expect(write(value)).rejects.toBe(own);
  });
});

describe('limits', () => {
  const nested = (depth: number, inner: unknown = 1n): unknown => (depth === 0 ? inner : [nested(depth - 1, inner)]);

  it('hold for writing and reading alike', async () => {
    for (const maxDepth of [1, 2, 7, 1000]) {
      const strict = createExtendedSerdes({ maxDepth });
      const text = await strict.serialize(nested(maxDepth), context);
      expect(await strict.deserialize(text, context)).toEqual(nested(maxDepth));
      const deeper = nested(maxDepth + 1);
      const message = `The value is nested deeper than ${maxDepth} objects: flatten it, or raise option maxDepth`;
      await expect(strict.serialize(deeper, context)).rejects.toThrow(new RangeError(message));
      for (const tooDeep of [extended(nested(maxDepth + 1, 1)), JSON.stringify(nested(maxDepth + 1, 1))]) {
        await expect(strict.deserialize(tooDeep, context)).rejects.toThrow(new RangeError(message));
      }
    }
  });

  it('count maps, sets and errors as objects', async () => {
    const strict = createExtendedSerdes({ maxDepth: 2 });
    for (const value of [
      new Map([[new Set([1]), 2]]),
      new Set([[1]]),
      new Error('a', { cause: new Error('b') }),
      Object.assign(new Error('a'), { data: { b: 1 } }),
      new AggregateError([1]),
    ]) {
      const text = await strict.serialize(value, context);
      await expect(strict.deserialize(text, context)).resolves.toEqual(value);
      await expect(strict.serialize([value], context)).rejects.toThrow(/deeper than 2/);
      await expect(createExtendedSerdes({ maxDepth: 1 }).deserialize(text, context)).rejects.toThrow(/deeper than 1/);
    }
  });

  it('stand against text that is only deep', async () => {
    await expect(read('['.repeat(1_000_000) + ']'.repeat(1_000_000))).rejects.toThrow(/deeper than 100 objects/);
  });

  it('of bytes hold for what is stored', async () => {
    const text = extended([1n].map((id) => ({ $bigint: String(id) })));
    const exact = createExtendedSerdes({ maxBytes: text.length });
    expect(await exact.deserialize(await exact.serialize([1n], context), context)).toEqual([1n]);
    const message = `The value takes ${text.length} bytes and the limit is ${text.length - 1}: store less, or raise option maxBytes`;
    const less = createExtendedSerdes({ maxBytes: text.length - 1 });
    await expect(less.serialize([1n], context)).rejects.toThrow(new RangeError(message));
    await expect(less.deserialize(text, context)).rejects.toThrow(new RangeError(message));
    await expect(createExtendedSerdes({ maxBytes: 3 }).serialize('é', context)).rejects.toThrow(/takes 4 bytes/);
  });

  it('stop a small value that would be written at great length', async () => {
    let bomb: unknown[] = [];
    for (let doubled = 0; doubled < 60; doubled++) bomb = [bomb, bomb];
    const small = createExtendedSerdes({ maxBytes: 10_000 });
    await expect(small.serialize(bomb, context)).rejects.toThrow(
      'The value takes more bytes than are allowed and the limit is 10000: store less, or raise option maxBytes',
    );
  });

  it('let nested tags through that fit', async () => {
    let value: unknown = 'x'.repeat(1000);
    for (let depth = 0; depth < 50; depth++) value = new Set([value]);
    const serdes50 = createExtendedSerdes({ maxBytes: 2000 });
    await expect(serdes50.serialize(value, context)).resolves.toHaveLength(
      1000 + 2 + 50 * '{"$set":[]}'.length + '{"$extended":1,"value":}'.length,
    );
  });

  it.each([
    [{ maxDepth: 0 }, 'option maxDepth must be a whole number from 1 to 1000; got 0'],
    [{ maxDepth: 1001 }, 'option maxDepth must be'],
    [{ maxDepth: 1.5 }, 'got 1.5'],
    [{ maxDepth: '5' as never }, 'got "5"'],
    [{ maxBytes: -1 }, 'option maxBytes must be a whole number from 1 to 9007199254740991; got -1'],
    [{ maxBytes: Number.NaN }, 'option maxBytes'],
  ])('%p is refused', (options, message) => {
    expect(() => createExtendedSerdes(options)).toThrow(RangeError);
    expect(() => createExtendedSerdes(options)).toThrow(message);
  });

  it('explicit undefined means the default', async () => {
    const options = { maxDepth: undefined, maxBytes: undefined, includeStack: undefined };
    await expect(createExtendedSerdes(options).serialize(nested(100, 1), context)).resolves.toBe(
      JSON.stringify(nested(100, 1)),
    );
    await expect(createExtendedSerdes(options).serialize(nested(101, 1), context)).rejects.toThrow(/deeper than 100/);
  });
});
