import { describe, expect, it } from '@jest/globals';
import { errorFields, invocationError, timedOutError } from './invocation-error.ts';

describe('invocationError', () => {
  it('reads an Error', () => {
    const error = new RangeError('too far');
    expect(invocationError(error)).toEqual({
      ErrorType: 'RangeError',
      ErrorMessage: 'too far',
      StackTrace: expect.arrayContaining([expect.stringMatching(/^at .*invocation-error\.test/)]),
    });
  });

  it.each([
    [
      { errorType: 'Runtime.ExitError', errorMessage: 'gone', stackTrace: ['  at a'], errorData: 'more' },
      { ErrorType: 'Runtime.ExitError', ErrorMessage: 'gone', StackTrace: ['at a'], ErrorData: 'more' },
    ],
    [
      { errorType: 'E', trace: ['at b'] },
      { ErrorType: 'E', ErrorMessage: '', StackTrace: ['at b'] },
    ],
    [{ errorMessage: 'only words' }, { ErrorType: 'Unhandled', ErrorMessage: 'only words' }],
    [
      { ErrorType: 'E', ErrorMessage: 'm', ErrorData: 'd' },
      { ErrorType: 'E', ErrorMessage: 'm', ErrorData: 'd' },
    ],
    [
      { ErrorType: 7, stackTrace: 'text' },
      { ErrorType: 'Unhandled', ErrorMessage: '{"ErrorType":7,"stackTrace":"text"}' },
    ],
    ['text', { ErrorType: 'Unhandled', ErrorMessage: 'text' }],
    [undefined, { ErrorType: 'Unhandled', ErrorMessage: 'undefined' }],
  ])('reads %j', (reason, expected) => {
    expect(invocationError(reason)).toEqual(expected);
  });

  it('takes the name that an Error was given for the outside', () => {
    const error = Object.assign(new Error('killed'), { errorType: 'Runtime.ExitError', trace: ['at a'] });
    expect(invocationError(error)).toEqual({
      ErrorType: 'Runtime.ExitError',
      ErrorMessage: 'killed',
      StackTrace: ['at a'],
    });
  });

  it('reads what can’t be written as JSON', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(invocationError(circular)).toEqual({ ErrorType: 'Unhandled', ErrorMessage: '[object Object]' });
  });

  it('shortens what does not fit an error object', () => {
    const error = invocationError({ errorType: 'E', errorMessage: 'x'.repeat(2_000_000), trace: ['at a'] });
    expect(error.ErrorType).toBe('E');
    expect(error.ErrorMessage).toMatch(/^x{10000} \(shortened: the error was larger than 1048576 bytes\)$/);
    expect(error.StackTrace).toBeUndefined();
  });
});

describe('errorFields', () => {
  it('takes the fields of an error object and nothing else', () => {
    const given = { ErrorType: 'E', ErrorMessage: 7n, StackTrace: [1], other: 1n };
    expect(errorFields(given)).toEqual({ ErrorType: 'E', StackTrace: ['1'] });
    expect(errorFields({})).toEqual({});
  });
});

describe('timedOutError', () => {
  it('is worded as Lambda’s', () => {
    const invocation = { invocationId: 'i', requestId: 'r-1', startedAt: 1000, leaseUntil: 4500 };
    expect(timedOutError(invocation, 4500)).toEqual({
      ErrorType: 'Sandbox.Timedout',
      ErrorMessage: '1970-01-01T00:00:04.500Z r-1 Task timed out after 3.50 seconds',
    });
  });
});

it('tells an error of another realm, as Node makes them inside a test', async () => {
  const { runInNewContext } = await import('node:vm');
  const foreign = runInNewContext("Object.assign(new RangeError('no stock'), { code: 7 })");
  expect(foreign instanceof Error).toBe(false);
  expect(invocationError(foreign)).toMatchObject({ ErrorType: 'RangeError', ErrorMessage: 'no stock' });
});
