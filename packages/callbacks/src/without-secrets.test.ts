import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { withoutSecrets } from './without-secrets.ts';

const SECRET = 'WyJjYWxs+/==';
const ENCODED = encodeURIComponent(SECRET);

/** All that anybody could print of it. */
function everythingOf(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true });
}

describe('an error without secrets', () => {
  it.each<[string, () => unknown]>([
    ['in its message', () => new TypeError(`no ${SECRET} ${ENCODED}`)],
    ['in its cause', () => new Error('no', { cause: new RangeError(SECRET) })],
    ['in a cause that is a text', () => new Error('no', { cause: SECRET })],
    ['in what failed together', () => new AggregateError([new Error(SECRET), SECRET], 'no')],
    ['in a member', () => Object.assign(new Error('no'), { url: ENCODED })],
    ['deep in a member', () => Object.assign(new Error('no'), { config: { headers: [new Map([['x', SECRET]])] } })],
    ['in a frozen one', () => Object.freeze(new Error(SECRET))],
    ['in a frozen cause', () => new Error('no', { cause: Object.freeze(new Error(SECRET)) })],
    ['in a member that stays', () => Object.defineProperty(new Error('no'), '$response', { value: { path: ENCODED } })],
    ['in what is no error', () => `no ${SECRET}`],
  ])('has none %s', (_where, make) => {
    expect(everythingOf(make())).toMatch(/WyJjYWxs/);
    const error = withoutSecrets(make(), [SECRET]);
    expect(error).toBeInstanceOf(Error);
    expect(everythingOf(error)).not.toMatch(/WyJjYWxs/);
    expect(error.message).toMatch(/^(no|\[secret\])/);
  });

  it('is the very same one where it can be, with all that was clean', () => {
    const members = { code: 550, answer: { lines: ['no such user'] }, $metadata: { httpStatusCode: 400 } };
    const thrown = Object.assign(new TypeError(`no ${SECRET}`, { cause: new Error('reset') }), members);
    const error = withoutSecrets(thrown, [SECRET]);
    expect(error).toBe(thrown);
    expect(error).toMatchObject({ ...members, name: 'TypeError', message: 'no [secret]', cause: { message: 'reset' } });
    expect(Object.keys(error)).toEqual(Object.keys(members));
  });

  it('is another one of the same name where it can not be', () => {
    const thrown = Object.freeze(Object.assign(new Error(SECRET), { name: 'Refused', $metadata: { attempts: 3 } }));
    const error = withoutSecrets(thrown, [SECRET]);
    expect(error).not.toBe(thrown);
    expect(error).toMatchObject({ name: 'Refused', message: '[secret]', $metadata: { attempts: 3 } });
  });

  it('leaves what an error merely points at as it was: it may be sent again', () => {
    const mail = { to: 'ann', text: `https://example.com?token=${ENCODED}` };
    const thrown = Object.assign(new Error('no'), { mail });
    expect(withoutSecrets(thrown, [SECRET])).toMatchObject({ mail: '[removed: it holds a secret]' });
    expect(mail.text).toContain(ENCODED);
  });

  it('may have causes that go round in circles', () => {
    const one = new Error(SECRET);
    one.cause = Object.freeze(new Error(`in turn ${SECRET}`, { cause: one }));
    expect(everythingOf(withoutSecrets(one, [SECRET]))).not.toContain(SECRET);
  });
});
