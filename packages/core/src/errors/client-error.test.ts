import { describe, expect, it } from '@jest/globals';
import {
  DurableExecutionClientError,
  DurableExecutionClientErrorScope,
  isDurableExecutionClientError,
} from './client-error.ts';

describe('DurableExecutionClientError', () => {
  it('ends the invocation, unless told otherwise', () => {
    const cause = new Error('reset');
    const error = new DurableExecutionClientError('no answer', { cause });
    expect(error).toMatchObject({
      name: 'DurableExecutionClientError',
      message: 'no answer',
      scope: 'INVOCATION',
      cause,
    });
    expect(error.isDurableExecutionClientError).toBe(true);
    const scope = DurableExecutionClientErrorScope.EXECUTION;
    expect(new DurableExecutionClientError('gone', { scope }).scope).toBe('EXECUTION');
    expect(new DurableExecutionClientError('gone', { scope: undefined }).scope).toBe('INVOCATION');
  });
});

describe('isDurableExecutionClientError', () => {
  const marked = (marks: object) => Object.assign(new Error('x'), marks);
  it.each([
    [new DurableExecutionClientError('x'), true],
    [marked({ isDurableExecutionClientError: true, scope: 'EXECUTION' }), true],
    [marked({ isDurableExecutionClientError: true, scope: 'INVOCATION' }), true],
    [marked({ isDurableExecutionClientError: true, scope: 'OTHER' }), false],
    [marked({ isDurableExecutionClientError: 'true', scope: 'EXECUTION' }), false],
    [marked({ scope: 'EXECUTION' }), false],
    [{ isDurableExecutionClientError: true, scope: 'EXECUTION' }, false],
    [undefined, false],
    [null, false],
    ['text', false],
  ])('%p: %p', (error, expected) => {
    expect(isDurableExecutionClientError(error)).toBe(expected);
  });
});
