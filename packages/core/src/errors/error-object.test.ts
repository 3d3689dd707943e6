import { describe, expect, it } from '@jest/globals';
import { MAX_ERROR_BYTES } from '@middy-durable/protocol';
import { ContextUsageError, fromErrorObject, StepError, toErrorObject } from '../errors.ts';

describe('toErrorObject', () => {
  class Declined extends Error {
    override name = 'Declined';
  }
  class Unnamed extends Error {}
  const bare = Object.create(null) as object;

  it.each([
    [new Declined('limit'), { ErrorType: 'Declined', ErrorMessage: 'limit' }],
    [new Unnamed('x'), { ErrorType: 'Error', ErrorMessage: 'x' }],
    [new Error(''), { ErrorType: 'Error', ErrorMessage: '' }],
    [
      { name: 'Remote', message: 'down' },
      { ErrorType: 'Remote', ErrorMessage: 'down' },
    ],
    [new StepError('s', undefined, 'd'), { ErrorType: 'StepError', ErrorMessage: 's', ErrorData: 'd' }],
    [new DOMException('gone', 'AbortError'), { ErrorType: 'AbortError', ErrorMessage: 'gone' }],
    [new ContextUsageError('step', '1', undefined), { ErrorType: 'Error', ErrorMessage: expect.any(String) }],
    // What was thrown is no error: its text is kept, and it has no type.
    ['out of stock', { ErrorMessage: 'out of stock' }],
    ['', { ErrorMessage: '' }],
    [5, { ErrorMessage: '5' }],
    [5n, { ErrorMessage: '5' }],
    [false, { ErrorMessage: 'false' }],
    [null, { ErrorMessage: 'Unknown error' }],
    [undefined, { ErrorMessage: 'Unknown error' }],
    [{ code: 7 }, { ErrorMessage: '{"code":7}' }],
    [{ message: 'only text' }, { ErrorMessage: 'only text' }],
    [bare, { ErrorMessage: '{}' }],
    // Members of an error that are not what they should be.
    [{ name: 5, message: 'm' }, { ErrorMessage: 'm' }],
    [Object.assign(new Error('m'), { name: '' }), { ErrorMessage: 'm' }],
    [
      { name: 'E', message: { code: 7 } },
      { ErrorType: 'E', ErrorMessage: '{"code":7}' },
    ],
    [
      { name: 'E', message: null },
      { ErrorType: 'E', ErrorMessage: 'Unknown error' },
    ],
  ])('%p', (thrown, expected) => {
    expect(toErrorObject(thrown)).toEqual(expected);
  });

  it('survives an error that throws when looked at', () => {
    const hostile = {
      get message(): never {
        throw new Error('no');
      },
    };
    expect(toErrorObject(hostile)).toEqual({ ErrorMessage: 'Unknown error' });
  });

  it.each([
    [new Error('x'.repeat(3_000_000))],
    [new StepError('x'.repeat(3_000_000), undefined, 'y'.repeat(3_000_000))],
    ['x'.repeat(3_000_000)],
  ])('cuts what is too large to store', (thrown) => {
    const { ErrorMessage = '', ErrorData = '' } = toErrorObject(thrown);
    expect(ErrorMessage).toMatch(/^x{500000,}\.\.\. \[cut: 3000000 bytes in all\]$/);
    expect(ErrorMessage.length + ErrorData.length).toBeLessThanOrEqual(MAX_ERROR_BYTES);
  });
});

describe('fromErrorObject', () => {
  it('is the error of the record', () => {
    expect(fromErrorObject({ ErrorType: 'InvokeError', ErrorMessage: 'm' })).toMatchObject({ name: 'InvokeError' });
  });

  it('is a StepError where the record has none', () => {
    expect(fromErrorObject(undefined)).toMatchObject({ name: 'StepError', message: 'Unknown error' });
  });

  it('is the same live and replayed', () => {
    const live = fromErrorObject(toErrorObject(new RangeError('limit')));
    const replayed = fromErrorObject(JSON.parse(JSON.stringify(toErrorObject(new RangeError('limit')))));
    expect({ ...live, message: live.message, cause: { ...live.cause } }).toEqual({
      ...replayed,
      message: replayed.message,
      cause: { ...replayed.cause },
    });
    expect(live.cause?.name).toBe('RangeError');
  });
});
