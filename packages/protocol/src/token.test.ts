import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { thrownBy } from '../test-support/run.ts';
import { encodeCallbackId } from './callback-id.ts';
import { isStaleToken } from './errors.ts';
import { BASE64_PATTERN } from './limits.ts';
import { decodeCheckpointToken, encodeCheckpointToken } from './token.ts';

const tokens = fc.record({
  runId: fc.string({ unit: 'grapheme', maxLength: 64 }),
  invocationId: fc.string({ unit: 'grapheme', maxLength: 64 }),
  sequence: fc.maxSafeNat(),
});

describe('a checkpoint token', () => {
  it('comes back as it was, in the alphabet and length of the wire', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        fc.pre(encodable(token));
        const text = encodeCheckpointToken(token);
        expect(text).toMatch(BASE64_PATTERN);
        expect(text.length).toBeLessThanOrEqual(2048);
        expect(decodeCheckpointToken(text)).toEqual(token);
      }),
    );
  });

  it('of another sequence, invocation or run is another text', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        fc.pre(encodable(a) && encodable(b));
        const same = a.runId === b.runId && a.invocationId === b.invocationId && a.sequence === b.sequence;
        expect(encodeCheckpointToken(a) === encodeCheckpointToken(b)).toBe(same);
      }),
    );
  });

  it('is not made when it does not fit the wire', () => {
    expect(() => encodeCheckpointToken({ runId: 'r'.repeat(2000), invocationId: 'i', sequence: 1 })).toThrow(
      /checkpoint token of run r+ has \d+ characters: use shorter ids/,
    );
  });

  const list = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64');
  const good = encodeCheckpointToken({ runId: 'run', invocationId: 'inv', sequence: 3 });
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['no base64', 'not base64!'],
    ['base64 of no JSON', 'dDA='],
    ['no list', Buffer.from('{"runId":"run"}').toString('base64')],
    ['another kind', list('callback', 'run', 'inv', 3)],
    ['too few members', list('checkpoint', 'run', 'inv')],
    ['too many members', list('checkpoint', 'run', 'inv', 3, 4)],
    ['no run', list('checkpoint', 1, 'inv', 3)],
    ['no invocation', list('checkpoint', 'run', null, 3)],
    ['a negative sequence', list('checkpoint', 'run', 'inv', -1)],
    ['a fraction', list('checkpoint', 'run', 'inv', 1.5)],
    ['a text for a number', list('checkpoint', 'run', 'inv', '3')],
    ['another spelling of the same list', Buffer.from('["checkpoint", "run","inv",3]').toString('base64')],
    ['base64 without its padding', good.replace(/=+$/, '')],
    ['more than the wire takes', list('checkpoint', 'r'.repeat(2000), 'inv', 3)],
    ['a callback id', encodeCallbackId({ runId: 'run', operationId: 'inv' }, '3')],
  ])('is stale for %s', (_, text) => {
    if (text === good) throw new Error('The case says nothing: it is the good token.');
    expect(isStaleToken(thrownBy(() => decodeCheckpointToken(text as string)))).toBe(true);
  });

  it('is stale for any garbage', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => btoa(encodeURI(json))),
        ),
        (text) => {
          expect(isStaleToken(thrownBy(() => decodeCheckpointToken(text)))).toBe(true);
        },
      ),
    );
  });

  it('is stale with any one character changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.constantFrom(...'AZaz09+/='), (index, character) => {
        fc.pre(good[index] !== character);
        const changed = good.slice(0, index) + character + good.slice(index + 1);
        try {
          // What still decodes says something else, and is spelled as we spell it.
          const token = decodeCheckpointToken(changed);
          expect(encodeCheckpointToken(token)).toBe(changed);
          expect(token).not.toEqual({ runId: 'run', invocationId: 'inv', sequence: 3 });
        } catch (error) {
          expect(isStaleToken(error)).toBe(true);
        }
      }),
    );
  });
});

function encodable({ runId, invocationId }: { runId: string; invocationId: string }): boolean {
  return Buffer.byteLength(runId + invocationId) < 1000;
}
