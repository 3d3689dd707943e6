import { describe, expect, it } from '@jest/globals';
import { exitFailure, failureOf, InvocationError, timeoutFailure } from './invocation-error.ts';

describe('failureOf', () => {
  it('keeps name, message and stack of an error', () => {
    const error = new RangeError('too many');
    expect(failureOf(error)).toEqual({
      errorType: 'RangeError',
      errorMessage: 'too many',
      stackTrace: error.stack?.split('\n'),
    });
  });

  it('takes an error of another realm for one', () => {
    expect(failureOf({ name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at x' })).toEqual({
      errorType: 'TypeError',
      errorMessage: 'no',
      stackTrace: ['TypeError: no', '    at x'],
    });
  });

  it('gives back what an InvocationError was made of', () => {
    const failure = { errorType: 'Runtime.MarshalError', errorMessage: 'not JSON', stackTrace: [] };
    expect(failureOf(new InvocationError(failure))).toEqual(failure);
  });

  it('manages without a name or a stack', () => {
    const error = Object.assign(new Error('bare'), { name: '', stack: undefined });
    expect(failureOf(error)).toEqual({ errorType: 'Error', errorMessage: 'bare', stackTrace: [] });
  });

  it.each([
    [undefined, 'undefined', 'undefined'],
    [null, 'object', 'null'],
    [7, 'number', '7'],
    ['text', 'string', 'text'],
    [{ name: 'only a name' }, 'object', '[object Object]'],
  ])('describes %j, which is no error', (thrown, errorType, errorMessage) => {
    expect(failureOf(thrown)).toEqual({ errorType, errorMessage, stackTrace: [] });
  });
});

describe('InvocationError', () => {
  it("shows the handler's stack, and its own where there is none", () => {
    const withStack = new InvocationError({
      errorType: 'E',
      errorMessage: 'm',
      stackTrace: ['E: m', '    at handler'],
    });
    expect(withStack.stack).toBe('E: m\n    at handler');
    expect(withStack.name).toBe('E');
    expect(withStack.message).toBe('m');
    expect(new InvocationError({ errorType: 'E', errorMessage: 'm', stackTrace: [] }).stack).toContain('.test.ts');
  });
});

it.each([
  [1, null, 'RequestId: r Error: Runtime exited with error: exit status 1'],
  [null, 'SIGSEGV', 'RequestId: r Error: Runtime exited with error: signal: SIGSEGV'],
  [0, null, 'RequestId: r Error: Runtime exited without providing a reason'],
])('an exit with code %s and signal %s', (code, signal, errorMessage) => {
  expect(exitFailure('r', code, signal)).toEqual({ errorType: 'Runtime.ExitError', errorMessage, stackTrace: [] });
});

it('a timeout, in the words of Lambda', () => {
  expect(timeoutFailure('r', 3004, new Date(0)).errorMessage).toBe(
    '1970-01-01T00:00:00.000Z r Task timed out after 3.00 seconds',
  );
});
