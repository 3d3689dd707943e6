import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { thrownBy } from '../test-support/run.ts';
import { decodeCallbackId, encodeCallbackId } from './callback-id.ts';
import { BASE64_PATTERN } from './limits.ts';
import { encodeCheckpointToken } from './token.ts';

const ids = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/);

describe('a callback id', () => {
  it('leads back to its operation, in the alphabet and length of the wire', () => {
    fc.assert(
      fc.property(ids, ids, fc.uuid(), (runId, operationId, secret) => {
        const text = encodeCallbackId({ runId, operationId }, secret);
        expect(text).toMatch(BASE64_PATTERN);
        expect(text.length).toBeLessThanOrEqual(1024);
        expect(decodeCallbackId(text)).toEqual({ runId, operationId });
      }),
    );
  });

  it('differs with the secret', () => {
    const address = { runId: 'run', operationId: 'op' };
    expect(encodeCallbackId(address, 'one')).not.toBe(encodeCallbackId(address, 'two'));
  });

  it('is not made when it does not fit the wire', () => {
    expect(() => encodeCallbackId({ runId: 'r'.repeat(800), operationId: 'op' }, 'secret')).toThrow(
      /callback id of operation op in run r+ has \d+ characters: use shorter ids/,
    );
  });

  const list = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64');
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['undefined', undefined],
    ['no base64', 'approve-me'],
    ['no list', Buffer.from('"callback"').toString('base64')],
    ['no run', list('callback', 1, 'op', 'secret')],
    ['no operation', list('callback', 'run', null, 'secret')],
    ['no secret', list('callback', 'run', 'op')],
    ['too many members', list('callback', 'run', 'op', 'secret', 'more')],
    ['another spelling of the same list', Buffer.from('["callback", "run","op","secret"]').toString('base64')],
    ['more than the wire takes', list('callback', 'r'.repeat(1000), 'op', 'secret')],
    ['a checkpoint token', encodeCheckpointToken({ runId: 'run', invocationId: 'op', sequence: 1 })],
  ])('is refused for %s', (_, text) => {
    expect(thrownBy(() => decodeCallbackId(text as string))).toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Invalid callback id',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('is refused for any garbage', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(thrownBy(() => decodeCallbackId(text)).message).toBe('Invalid callback id');
      }),
    );
  });
});
