import { describe, expect, it } from '@jest/globals';
import { isStaleToken, ServiceException, staleToken } from '@middy-durable/protocol';
import { packFailure, unpackFailure } from './transport-failure.ts';

const travel = (error: unknown): Error => unpackFailure(JSON.parse(JSON.stringify(packFailure(error))));

describe("a transport's error that travels between processes", () => {
  it('keeps what the engines tell errors apart by', () => {
    expect(isStaleToken(travel(staleToken('superseded')))).toBe(true);
    const error = travel(new ServiceException('try again'));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'ServiceException',
      message: 'try again',
      $fault: 'server',
      $metadata: { httpStatusCode: 500 },
    });
  });

  it('adds nothing to an ordinary error', () => {
    const error = travel(new TypeError('fetch failed'));
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(Object.keys(error)).toEqual(['name']);
  });

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [{ name: 5, $metadata: null }, '[object Object]'],
  ])('makes an error of %j', (thrown, message) => {
    expect(travel(thrown)).toMatchObject({ name: 'Error', message });
  });
});
