import { buildPreview as officialPreview } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildPreview, FieldMatchMode, type PreviewConfig, PreviewMode } from './preview.ts';

const { INCLUDE_ALL, EXCLUDE_ALL } = PreviewMode;
const { PATH, ANYWHERE } = FieldMatchMode;
const order = { id: 'o-7', user: { id: 3, email: 'a@b.c', home: { email: 'x' } }, email: 'y' };

describe('what is shown', () => {
  it.each<[string, PreviewConfig, unknown]>([
    ['all', { mode: INCLUDE_ALL }, order],
    ['nothing', { mode: EXCLUDE_ALL }, undefined],
    [
      'a name anywhere',
      { mode: EXCLUDE_ALL, include: [{ name: 'email' }] },
      { user: { email: 'a@b.c', home: { email: 'x' } }, email: 'y' },
    ],
    [
      'a name anywhere, with all below it',
      { mode: EXCLUDE_ALL, include: [{ name: 'user', match: ANYWHERE }] },
      { user: order.user },
    ],
    ['one path', { mode: EXCLUDE_ALL, include: [{ name: 'user.email', match: PATH }] }, { user: { email: 'a@b.c' } }],
    ['no subtree of a path', { mode: EXCLUDE_ALL, include: [{ name: 'user', match: PATH }] }, undefined],
    ['no dots anywhere', { mode: EXCLUDE_ALL, include: [{ name: 'user.email' }] }, undefined],
    ['all but a subtree', { mode: INCLUDE_ALL, exclude: [{ name: 'user' }] }, { id: 'o-7', email: 'y' }],
    [
      'all but a path',
      { mode: INCLUDE_ALL, exclude: [{ name: 'user.home', match: PATH }] },
      { ...order, user: { id: 3, email: 'a@b.c' } },
    ],
    [
      'a masked subtree, in any mode',
      { mode: EXCLUDE_ALL, mask: [{ name: 'user.home', match: PATH }] },
      { user: { home: '***' } },
    ],
    [
      'masks over includes',
      { mode: INCLUDE_ALL, include: [{ name: 'email' }], mask: [{ name: 'email' }], maskString: '' },
      { id: 'o-7', user: { id: 3, email: '', home: { email: '' } }, email: '' },
    ],
    [
      'excludes over masks and includes',
      { mode: EXCLUDE_ALL, include: [{ name: 'user' }], mask: [{ name: 'email' }], exclude: [{ name: 'user' }] },
      { email: '***' },
    ],
  ])('%s', (_name, config, preview) => {
    expect(buildPreview(order, config)).toEqual(preview);
  });

  it.each<[unknown, unknown]>([
    [null, undefined],
    ['text', undefined],
    [[1, 2], undefined],
    [{}, undefined],
    [{ a: undefined, f: () => 1, s: Symbol('s') }, undefined],
    [
      { a: null, b: false, c: 0, d: '' },
      { a: null, b: false, c: 0, d: '' },
    ],
    [
      { at: new Date(0), id: 5n },
      { at: '1970-01-01T00:00:00.000Z', id: '5' },
    ],
    [[{ a: 1, c: 3 }, { a: 2 }], { a: 2, c: 3 }],
    [{ lines: [{ a: 1 }, 'x', [{ b: 2 }]], tags: ['x'] }, { lines: { a: 1, b: 2 } }],
    [[{ user: 'ann' }, { user: { email: 'x' } }], { user: { email: 'x' } }],
    [[{ user: { email: 'x' } }, { user: 'ann' }], { user: 'ann' }],
    [{ 'a.b': 1, c: 2 }, { c: 2 }],
    [{ bytes: new Uint8Array(3), n: 1 }, { n: 1 }],
  ])('of %p: %p', (value, preview) => {
    expect(buildPreview(value, { mode: INCLUDE_ALL })).toEqual(preview);
  });

  it('masks whatever stands there', () => {
    const value = { a: null, b: undefined, c: [1], d: {}, e: () => 1 };
    const mask = Object.keys(value).map((name) => ({ name }));
    expect(buildPreview(value, { mode: EXCLUDE_ALL, mask })).toEqual({
      a: '***',
      b: '***',
      c: '***',
      d: '***',
      e: '***',
    });
  });
});

describe('the cap', () => {
  it('stops at the first field that exceeds it', () => {
    const value = { a: 1, long: 'x'.repeat(100), b: 2 };
    expect(buildPreview(value, { mode: INCLUDE_ALL, maxPreviewBytes: 50 })).toEqual({ a: 1 });
    expect(buildPreview(value, { mode: INCLUDE_ALL, maxPreviewBytes: 0 })).toBeUndefined();
  });

  it('is 4096 bytes when nothing else is said', () => {
    const preview = buildPreview({ a: 'x'.repeat(4000), b: 'x'.repeat(4000) }, { mode: INCLUDE_ALL });
    expect(Object.keys(preview as object)).toEqual(['a']);
    const none = { mode: INCLUDE_ALL, maxPreviewBytes: undefined, maskString: undefined };
    expect(buildPreview({ a: 'x'.repeat(4090) }, none)).toBeUndefined();
  });

  it('counts bytes and never lets more through', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), json), fc.nat(200), (value, maxPreviewBytes) => {
        const preview = buildPreview(value, { mode: INCLUDE_ALL, maxPreviewBytes });
        expect(preview ? Buffer.byteLength(JSON.stringify(preview)) : 0).toBeLessThanOrEqual(maxPreviewBytes);
      }),
    );
  });

  it('of flat values is where the official SDK has it', () => {
    const flat = fc.dictionary(fc.stringMatching(/^[a-zé]{1,4}$/), fc.oneof(fc.nat(), fc.string({ maxLength: 5 })));
    fc.assert(
      fc.property(flat, fc.nat(80), (value, maxPreviewBytes) => {
        const config = { mode: INCLUDE_ALL, maxPreviewBytes };
        expect(buildPreview(value, config)).toEqual(officialPreview(value, config as never));
      }),
    );
  });
});

it('shows the same as the official SDK', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', '__proto__', 'constructor', 'prototype');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, fc.integer(), fc.string(), fc.constant(null), tie('object'), tie('array')),
    array: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  }));
  const fields = fc.array(fc.record({ name, match: fc.constantFrom('ANYWHERE', 'PATH') as fc.Arbitrary<'PATH'> }), {
    maxLength: 2,
  });
  const config = fc.record({
    mode: fc.constantFrom(INCLUDE_ALL, EXCLUDE_ALL),
    include: fields,
    exclude: fields,
    mask: fields,
    maxPreviewBytes: fc.constant(100_000),
  });
  fc.assert(
    fc.property(value, config, (some, options) => {
      expect(buildPreview(some, options)).toEqual(officialPreview(some, options as never));
    }),
    { numRuns: 500 },
  );
});

describe('safety', () => {
  it('takes no name that reaches a prototype', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"prototype":2,"a":{"__proto__":3}}',
    );
    const preview = buildPreview({ ...hostile, ok: 1 }, { mode: INCLUDE_ALL, mask: [{ name: '__proto__' }] });
    expect(preview).toEqual({ ok: 1 });
    expect(Object.getPrototypeOf(preview)).toBe(Object.prototype);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('shows members whose names objects have anyway', () => {
    expect(buildPreview({ toString: { a: 1 }, valueOf: 2 }, { mode: INCLUDE_ALL })).toEqual({
      toString: { a: 1 },
      valueOf: 2,
    });
  });

  it('ends on circles and on depth', () => {
    const ring: Record<string, unknown> = { a: 1 };
    ring.one = ring;
    ring.two = { ring };
    expect(buildPreview(ring, { mode: INCLUDE_ALL })).toEqual({ a: 1 });
    let deep: Record<string, unknown> = { a: 1 };
    for (let depth = 0; depth < 20_000; depth++) deep = { deep, at: depth };
    expect(buildPreview(deep, { mode: EXCLUDE_ALL, include: [{ name: 'a' }] })).toBeUndefined();
  });

  it.each([[undefined], [{}], [{ mode: 'ALL' }]])('refuses %p as options', (config) => {
    expect(() => buildPreview({}, config as never)).toThrow(
      /^buildPreview: option mode must be one of INCLUDE_ALL, EXCLUDE_ALL; got /,
    );
  });
});
