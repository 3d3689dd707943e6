import { describe, expect, it } from '@jest/globals';
import {
  CallbackTimeoutException,
  DurableExecutionAlreadyStartedException,
  DurableServiceError,
  InvalidParameterValueException,
  isStaleToken,
  ResourceNotFoundException,
  ServiceException,
  staleToken,
  ValidationException,
} from './errors.ts';

describe('errors', () => {
  it.each([
    [new InvalidParameterValueException('m'), 'InvalidParameterValueException', 400, 'client'],
    [new ValidationException('m'), 'ValidationException', 400, 'client'],
    [new CallbackTimeoutException('m'), 'CallbackTimeoutException', 400, 'client'],
    [new ResourceNotFoundException('m'), 'ResourceNotFoundException', 404, 'client'],
    [new DurableExecutionAlreadyStartedException('m'), 'DurableExecutionAlreadyStartedException', 409, 'client'],
    [new ServiceException('m', { cause: 1 }), 'ServiceException', 500, 'server'],
  ])('%s has the name and status of the service', (error, name, httpStatusCode, $fault) => {
    expect(error).toBeInstanceOf(DurableServiceError);
    expect(error).toMatchObject({ name, message: 'm', $fault, $metadata: { httpStatusCode } });
  });

  it('say by default what happened to a callback', () => {
    expect(new CallbackTimeoutException().message).toBe('The callback is either timed out or already completed');
  });
});

describe('the error of a stale token', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });

  it('is told by its name and the beginning of its message, in both spellings', () => {
    expect(staleToken().message).toBe('Invalid checkpoint token');
    expect(staleToken('used').message).toBe('Invalid checkpoint token: used');
    expect(isStaleToken(staleToken())).toBe(true);
    expect(isStaleToken(staleToken('used'))).toBe(true);
    expect(isStaleToken(named('InvalidParameterValueException', 'Invalid Checkpoint Token: used'))).toBe(true);
    expect(isStaleToken({ name: 'InvalidParameterValueException', message: 'Invalid checkpoint token' })).toBe(true);
  });

  it.each([
    undefined,
    null,
    'Invalid checkpoint token',
    {},
    named('ServiceException', 'Invalid checkpoint token'),
    named('InvalidParameterValueException', 'Invalid parent operation id.'),
    named('InvalidParameterValueException', 'An Invalid checkpoint token'),
    { name: 'InvalidParameterValueException', message: 5 },
  ])('is not %p', (error) => {
    expect(isStaleToken(error)).toBe(false);
  });
});
