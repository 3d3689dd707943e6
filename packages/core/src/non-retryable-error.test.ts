import { describe, expect, it } from '@jest/globals';
import { StepError } from './errors.ts';
import { isNonRetryable, NonRetryableError } from './non-retryable-error.ts';

describe('NonRetryableError', () => {
  it('is an error with its name and cause', () => {
    const cause = new Error('declined');
    const error = new NonRetryableError('stolen card', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'NonRetryableError', message: 'stolen card', cause });
  });

  it('gives a subclass its own name', () => {
    class CardStolen extends NonRetryableError {}
    expect(new CardStolen('x').name).toBe('CardStolen');
    expect(isNonRetryable(new CardStolen('x'))).toBe(true);
  });
});

describe('isNonRetryable', () => {
  it('finds one among the causes', () => {
    const deep = new Error('a', { cause: new Error('b', { cause: new NonRetryableError('c') }) });
    expect(isNonRetryable(new NonRetryableError())).toBe(true);
    expect(isNonRetryable(deep)).toBe(true);
  });

  it('finds one that came back from a record', () => {
    const stored = StepError.fromErrorObject({ ErrorType: 'NonRetryableError', ErrorMessage: 'stolen card' });
    expect(isNonRetryable(stored)).toBe(true);
  });

  it.each([[new Error('x')], [undefined], [null], ['NonRetryableError'], [5], [{ message: 'x' }]])(
    'is false for %p',
    (error) => {
      expect(isNonRetryable(error)).toBe(false);
    },
  );

  it('ends on a ring of causes', () => {
    const ring = new Error('a');
    ring.cause = new Error('b', { cause: ring });
    expect(isNonRetryable(ring)).toBe(false);
  });
});
