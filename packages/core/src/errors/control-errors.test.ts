import { describe, expect, it } from '@jest/globals';
import {
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
  ContextUsageError,
  NonDeterministicExecutionError,
  operationMismatch,
  SerdesFailedError,
  StepError,
  toErrorObject,
} from '../errors.ts';

describe('operationMismatch', () => {
  it.each([
    ['type', '2-1', 'WAIT', 'STEP', 'Operation type mismatch for step "2-1". Expected type "WAIT", but got "STEP".'],
    ['name', '1', undefined, 'pay', 'Operation name mismatch for step "1". Expected name "undefined", but got "pay".'],
    [
      'subtype',
      '3',
      'Map',
      'Parallel',
      'Operation subtype mismatch for step "3". Expected subtype "Map", but got "Parallel".',
    ],
  ] as const)('names the %s', (property, rawId, expected, actual, sentence) => {
    const error = operationMismatch(property, rawId, expected, actual);
    expect(error).toBeInstanceOf(NonDeterministicExecutionError);
    expect(toErrorObject(error)).toEqual({
      ErrorType: 'NonDeterministicExecutionError',
      ErrorMessage: `[Unrecoverable Execution] Non-deterministic execution detected: ${sentence} This indicates non-deterministic control flow in your workflow code.`,
    });
  });
});

describe('ContextUsageError', () => {
  it('is stored as a plain Error that names both contexts', () => {
    expect(toErrorObject(new ContextUsageError('wait', '2', 'root'))).toEqual({
      ErrorType: 'Error',
      ErrorMessage:
        'Context usage error in "wait": You are using a parent or sibling context instead of the current child context. Expected context ID: "2", but got: "root". When inside runInChildContext(), you must use the child context parameter, not the parent context.',
    });
  });
});

describe('checkpoint errors', () => {
  it.each([
    [CheckpointUnrecoverableExecutionError, 'CheckpointUnrecoverableExecutionError', '[Unrecoverable Execution] '],
    [CheckpointUnrecoverableInvocationError, 'CheckpointUnrecoverableInvocationError', '[Unrecoverable Invocation] '],
  ])('%p keeps what failed', (Class, name, prefix) => {
    const cause = new Error('no such key');
    expect(new Class(cause)).toMatchObject({ name, message: `${prefix}Checkpoint failed: no such key`, cause });
    expect(new Class('text').message).toBe(`${prefix}Checkpoint failed: text`);
  });
});

describe('SerdesFailedError', () => {
  it('names the operation, its id and the problem, and can be the cause of a StepError', () => {
    const cause = new TypeError('no BigInt');
    const error = new SerdesFailedError('Serialization', 'charge', '2-1', cause);
    expect(error).toMatchObject({
      name: 'SerdesFailedError',
      message: 'Serialization failed for step "charge" (2-1): no BigInt',
      cause,
    });
    const step = StepError.fromErrorObject(toErrorObject(error));
    expect(step).toMatchObject({ name: 'StepError', message: error.message, cause: { name: 'SerdesFailedError' } });
  });

  it('leaves out a name that is not there', () => {
    expect(new SerdesFailedError('Deserialization', undefined, '1', 'bad').message).toBe(
      'Deserialization failed for step (1): bad',
    );
  });
});
