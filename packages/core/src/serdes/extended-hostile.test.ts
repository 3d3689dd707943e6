import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createExtendedSerdes } from './extended-serdes.ts';

const context = { entityId: '1', durableExecutionArn: 'arn:example' };
const serdes = createExtendedSerdes();
const read = (text: string) => serdes.deserialize(text, context);
const readValue = (value: unknown) => read(JSON.stringify({ $extended: 1, value }));
/** JSON.stringify would lose an own `__proto__` of a literal. */
const withProto = (json: string) => read(`{"$extended":1,"value":${json}}`);

const TAGS = [
  '$undefined',
  '$number',
  '$bigint',
  '$date',
  '$map',
  '$set',
  '$bytes',
  '$buffer',
  '$arraybuffer',
  '$url',
  '$error',
];

describe('what does not belong to the format', () => {
  it.each<[unknown]>([
    [{ $regexp: 'x' }],
    [{ $constructor: 'x' }],
    [{ $__proto__: {} }],
    [{ $undefined: 1 }],
    [{ $number: '5' }],
    [{ $number: 5 }],
    [{ $bigint: '0x10' }],
    [{ $bigint: '' }],
    [{ $bigint: 5 }],
    [{ $bigint: '1'.repeat(10_001) }],
    [{ $date: 'soon' }],
    [{ $date: '2026-01-31' }],
    [{ $date: 0 }],
    [{ $map: {} }],
    [{ $map: [[1]] }],
    [{ $map: [1] }],
    [{ $set: { length: 1 } }],
    [{ $bytes: 'not base64!' }],
    [{ $bytes: [1] }],
    [{ $buffer: 'A' }],
    [{ $arraybuffer: 'A===' }],
    [{ $url: 'no url' }],
    [{ $url: null }],
    [{ $error: 'x' }],
    [{ $error: [] }],
    [{ $error: { name: 'Error' } }],
    [{ $error: { name: 1, message: '' } }],
    [{ $error: { name: 'E', message: 'm', data: [] } }],
  ])('%p is refused', async (value) => {
    await expect(readValue({ inner: [value] })).rejects.toThrow(TypeError);
    await expect(readValue({ inner: [value] })).rejects.toThrow(
      /^The payload holds \{"\$\w+":.*\}, which stands for no value$/,
    );
  });

  it.each([
    ['{"$extended":2,"value":1}'],
    ['{"$extended":"1","value":1}'],
    ['{"$extended":1}'],
    ['{"$extended":1,"valu":1}'],
    ['{"$extended":1,"value":1,"more":2}'],
    ['{"$extended":1,"value":1,"__proto__":2}'],
  ])('%p is refused', async (text) => {
    await expect(read(text)).rejects.toThrow(
      'The payload begins as the extended format but is not {"$extended":1,"value":...}: another version wrote it; deploy that one to read it',
    );
  });

  it.each([[''], ['{'], ['undefined'], ['{"a":1}x']])('%p is no JSON', async (text) => {
    await expect(read(text)).rejects.toThrow(SyntaxError);
  });
});

describe('prototypes', () => {
  it.each([
    ['{"__proto__":{"polluted":1}}'],
    ['{"$__proto__":{"polluted":1}}'],
    ['{"$$__proto__":{"polluted":1}}'],
    ['{"constructor":{"prototype":{"polluted":1}}}'],
    ['{"a":{"__proto__":{"$set":[{"__proto__":{"polluted":1}}]}}}'],
    ['{"$map":[["__proto__",{"polluted":1}]]}'],
    ['{"$error":{"name":"__proto__","message":"m","data":{"__proto__":{"polluted":1},"constructor":{"polluted":1}}}}'],
    ['{"$error":{"name":"constructor","message":"m","__proto__":{"polluted":1}}}'],
    ['{"$error":{"name":"toString","message":"m","cause":{"__proto__":{"polluted":1}}}}'],
  ])('%p reaches none', async (json) => {
    const before = fingerprint();
    const value = await withProto(json).catch((error) => error);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(fingerprint()).toBe(before);
    expect((value as { polluted?: number }).polluted).toBeUndefined();
  });

  it('an own __proto__ stays an own member, with its tags read', async () => {
    const value = (await withProto('{"a":1,"__proto__":{"$set":[1]}}')) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual(new Set([1]));
    expect(await serdes.serialize(value, context)).toBe('{"$extended":1,"value":{"a":1,"__proto__":{"$set":[1]}}}');
  });

  it("data of an error can't stand in for its message or stack", async () => {
    const data = { message: 'evil', stack: 'evil', name: 'Evil', cause: 'evil', code: 1 };
    const error = (await readValue({ $error: { name: 'TypeError', message: 'm', data } })) as Error;
    expect([error.name, error.message, error.stack, error.cause]).toEqual([
      'TypeError',
      'm',
      'TypeError: m',
      undefined,
    ]);
    expect({ ...error }).toEqual({ code: 1 });
  });
});

/** Everything that a value may consist of, with names that invite trouble. */
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '$', '$$', '$extended', '$$extended', 'value', 'then', ...TAGS),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt(),
    fc.constantFrom(undefined, null, true, -0, Number.NaN),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.webUrl().map((url) => new URL(url)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
}));

describe('for every value', () => {
  it('what is read is what was written', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const text = await serdes.serialize(value, context);
        const back = await serdes.deserialize(text, context);
        expect(isDeepStrictEqual(back, value)).toBe(true);
        expect(await serdes.serialize(back, context)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('plain JSON stays plain JSON', async () => {
    // Twice through JSON: it does not keep -0. Names of tags are in the other tests.
    const plain = fc
      .json()
      .filter((text) => !text.includes('"$'))
      .map((text) => JSON.parse(JSON.stringify(JSON.parse(text))));
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        expect(await serdes.serialize(value, context)).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('for every text', () => {
  it('reading ends with a value or an error that says why, and harms nothing', async () => {
    const payload = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(key, fc.constantFrom('name', 'message', 'data', 'errors', 'cause', 'stack')),
          tie('value'),
          {
            maxKeys: 4,
          },
        ),
        fc.tuple(fc.constantFrom(...TAGS, '$other'), tie('value')).map(([tag, inner]) => ({ [tag]: inner })),
        fc.record({
          $error: fc.record({ name: fc.string(), message: fc.string(), data: tie('value'), errors: tie('value') }),
        }),
      ),
    })).value;
    const before = fingerprint();
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(payload, async (value) => {
        const outcome = await readValue(value).then(
          (back) => ({ back }),
          (error: unknown) => ({ error }),
        );
        if ('error' in outcome) expect(String(outcome.error)).toMatch(/^TypeError: The payload holds /);
        else valid++;
        expect(fingerprint()).toBe(before);
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(0);
  });
});

/** What all objects inherit. */
function fingerprint(): string {
  const prototypes = [Object, Array, Map, Set, Error, TypeError, Date, Function].map(
    ({ prototype }) => prototype as object,
  );
  return prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join('\n');
}
