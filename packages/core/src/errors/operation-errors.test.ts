import { describe, expect, it } from '@jest/globals';
import {
  BatchCompletionError,
  CallbackError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  ChildContextError,
  causeFromErrorObject,
  DurableOperationError,
  InvokeError,
  PromiseCombinatorError,
  StepError,
  StepInterruptedError,
  WaitForConditionError,
} from '../errors.ts';

const stored = [
  ['StepError', StepError, 'Step failed'],
  ['CallbackError', CallbackError, 'Callback failed'],
  ['CallbackExternalError', CallbackExternalError, 'Callback failed'],
  ['CallbackTimeoutError', CallbackTimeoutError, 'Callback timed out'],
  ['CallbackSubmitterError', CallbackSubmitterError, 'Callback submitter failed'],
  ['InvokeError', InvokeError, 'Invoke failed'],
  ['ChildContextError', ChildContextError, 'Child context failed'],
  ['PromiseCombinatorError', PromiseCombinatorError, 'Promise combinator failed'],
  ['WaitForConditionError', WaitForConditionError, 'Wait for condition failed'],
] as const;

describe.each(stored)('%s', (type, Class, message) => {
  it('has its name, type and default message', () => {
    const error = new Class();
    expect(error).toMatchObject({ name: type, errorType: type, message });
    expect(error).toBeInstanceOf(DurableOperationError);
    expect(error).toBeInstanceOf(Error);
    expect(new Class('').message).toBe(message);
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(Object.hasOwn(error, 'errorData')).toBe(false);
  });

  it('comes back from its record', () => {
    const cause = new RangeError('limit');
    const record = new Class('no luck', cause, '{"code":1}').toErrorObject();
    const StackTrace = ['Caused by: RangeError: limit'];
    expect(record).toEqual({ ErrorType: type, ErrorMessage: 'no luck', ErrorData: '{"code":1}', StackTrace });
    const error = DurableOperationError.fromErrorObject(record);
    expect(error.constructor).toBe(Class);
    expect(error).toMatchObject({ name: type, message: 'no luck', errorData: '{"code":1}' });
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'limit', stack: 'RangeError: limit' });
  });

  it('without stored causes is its own cause, as the official SDK has it, and is not stored as one', () => {
    const error = DurableOperationError.fromErrorObject({ ErrorType: type, ErrorMessage: 'no luck' });
    expect(error.cause).toMatchObject({ name: type, message: 'no luck' });
    expect(error.toErrorObject()).toEqual({ ErrorType: type, ErrorMessage: 'no luck' });
    expect(DurableOperationError.fromErrorObject({ ErrorType: type }).message).toBe(message);
  });

  it('keeps its type in a subclass of the user, under the name of that', () => {
    class Own extends Class {}
    expect(new Own('x')).toMatchObject({ name: 'Own', errorType: type });
  });
});

describe('callback errors', () => {
  it('are all CallbackErrors', () => {
    for (const Class of [CallbackExternalError, CallbackTimeoutError, CallbackSubmitterError]) {
      expect(new Class()).toBeInstanceOf(CallbackError);
    }
  });
});

describe('fromErrorObject', () => {
  it("stands a StepError for a user's own error", () => {
    const error = DurableOperationError.fromErrorObject({ ErrorType: 'CardDeclined', ErrorMessage: 'limit' });
    expect(error.constructor).toBe(StepError);
    expect(error.message).toBe('limit');
    expect(error.cause).toMatchObject({ name: 'CardDeclined', message: 'limit', stack: 'CardDeclined: limit' });
  });

  it('makes do with an empty record', () => {
    const error = DurableOperationError.fromErrorObject({});
    expect(error).toMatchObject({ name: 'StepError', message: 'Unknown error' });
    expect(error.cause).toMatchObject({ name: 'Error', message: '', stack: 'Error: ' });
    expect(error.errorData).toBeUndefined();
    expect(error.stackTrace).toBeUndefined();
  });

  it.each([['constructor'], ['__proto__'], ['toString'], ['DurableOperationError'], ['BatchCompletionError'], ['']])(
    'takes the type %j for a user error',
    (ErrorType) => {
      const error = DurableOperationError.fromErrorObject({ ErrorType, ErrorMessage: 'm' });
      expect(error.constructor).toBe(StepError);
      expect(error.cause?.name).toBe(ErrorType || 'Error');
    },
  );

  it('keeps a stored stack trace', () => {
    const error = DurableOperationError.fromErrorObject({ ErrorType: 'E', StackTrace: ['E: m', '    at a'] });
    expect(error.stackTrace).toEqual(['E: m', '    at a']);
    expect(error.cause?.stack).toBe('E: m\n    at a');
    expect(causeFromErrorObject({ ErrorType: 'E', ErrorMessage: 'm', StackTrace: [] }).stack).toBe('E: m');
  });
});

describe('BatchCompletionError', () => {
  it('says why the batch ended', () => {
    const error = new BatchCompletionError('CUSTOM_COMPLETION_FAILED', '', new Error('c'), 'data');
    expect(error).toMatchObject({
      name: 'BatchCompletionError',
      errorType: 'BatchCompletionError',
      completionReason: 'CUSTOM_COMPLETION_FAILED',
      message: 'Batch completed as failed by shouldComplete (CUSTOM_COMPLETION_FAILED)',
      errorData: 'data',
    });
    expect(error).toBeInstanceOf(DurableOperationError);
  });

  it.each([
    [undefined, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['text of my own', 'CUSTOM_COMPLETION_FAILED'],
  ])('survives a record as the cause, with the message %p', (message, reason) => {
    const record = new BatchCompletionError('FAILURE_TOLERANCE_EXCEEDED', message, undefined, 'data').toErrorObject();
    const error = DurableOperationError.fromErrorObject(record);
    expect(error).toBeInstanceOf(StepError);
    expect(error.cause).toBeInstanceOf(BatchCompletionError);
    expect(error.cause).toMatchObject({ name: 'BatchCompletionError', completionReason: reason, errorData: 'data' });
    expect(error.errorData).toBe('data');
  });
});

describe('toErrorObject', () => {
  it('finds errorData among the causes; its own comes first', () => {
    const inner = new StepError('s', undefined, 'inner');
    const outer = new ChildContextError('c', new ChildContextError('b', inner));
    expect(outer.toErrorObject()).toMatchObject({
      ErrorType: 'ChildContextError',
      ErrorMessage: 'c',
      ErrorData: 'inner',
    });
    expect(new ChildContextError('c', inner, 'own').toErrorObject().ErrorData).toBe('own');
    expect(new ChildContextError('c', inner, '').toErrorObject().ErrorData).toBe('');
    expect(new ChildContextError('c', new Error('plain', { cause: inner })).toErrorObject().ErrorData).toBe('inner');
  });

  it('looks at ten causes, and ends on a ring', () => {
    const nest = (levels: number): StepError =>
      levels === 0 ? new StepError('s', undefined, 'deep') : new StepError('s', nest(levels - 1));
    expect(nest(10).toErrorObject().ErrorData).toBe('deep');
    expect(nest(11).toErrorObject()).not.toHaveProperty('ErrorData');
    const ring = new StepError('a');
    ring.cause = ring;
    const StackTrace = Array.from({ length: 10 }, () => 'Caused by: StepError: a');
    expect(ring.toErrorObject()).toEqual({ ErrorType: 'StepError', ErrorMessage: 'a', StackTrace });
  });

  it('ignores a cause and data of the wrong type', () => {
    const error = new StepError('s', 'text' as never, 5 as never);
    expect(error.toErrorObject()).toEqual({ ErrorType: 'StepError', ErrorMessage: 's' });
  });

  it("works for a user's own operation error", () => {
    class Own extends DurableOperationError {
      readonly errorType = 'OwnType';
    }
    const error = new Own('m', undefined, 'd');
    expect(error.name).toBe('Own');
    expect(error.toErrorObject()).toEqual({ ErrorType: 'OwnType', ErrorMessage: 'm', ErrorData: 'd' });
  });
});

describe('StepInterruptedError', () => {
  it('has the text that official executions hold', () => {
    expect(new StepInterruptedError('1', 'charge')).toMatchObject({
      name: 'StepInterruptedError',
      message: 'The step execution process was initiated but failed to reach completion due to an interruption.',
    });
    expect(new StepInterruptedError()).not.toBeInstanceOf(DurableOperationError);
  });
});
