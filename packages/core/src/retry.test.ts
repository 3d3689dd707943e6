import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  createLinearRetryStrategy,
  createRetryStrategy,
  defaultRetryStrategy,
  exponentialStrategy,
  JitterStrategy,
  linearStrategy,
  type RetryStrategy,
  type RetryStrategyConfig,
  retryPresets,
} from './retry.ts';

const busy = new Error('service is busy');
const noJitter: RetryStrategyConfig = { jitter: JitterStrategy.NONE };

/** Delays in seconds after attempts 1, 2 ... until the strategy gives up. */
function delays(strategy: RetryStrategy, error: Error = busy): number[] {
  const seen: number[] = [];
  for (let attempt = 1; seen.length < 50; attempt++) {
    const { shouldRetry, delay } = strategy(error, attempt);
    if (!shouldRetry) break;
    seen.push((delay as { seconds: number }).seconds);
  }
  return seen;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('createRetryStrategy', () => {
  it('doubles from 5 seconds, 3 attempts', () => {
    expect(delays(createRetryStrategy(noJitter))).toEqual([5, 10]);
  });

  it('takes explicit undefined as the default', () => {
    const config = {
      maxAttempts: undefined,
      initialDelay: undefined,
      maxDelay: undefined,
      backoffRate: undefined,
      retryableErrors: undefined,
      retryableErrorTypes: undefined,
    };
    expect(delays(createRetryStrategy({ ...config, ...noJitter }))).toEqual([5, 10]);
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    expect(delays(createRetryStrategy({ ...config, jitter: undefined }))).toEqual([3, 5]);
  });

  it('stops growing at maxDelay', () => {
    const strategy = createRetryStrategy({ ...noJitter, maxAttempts: 6, maxDelay: { seconds: 12 } });
    expect(delays(strategy)).toEqual([5, 10, 12, 12, 12]);
    expect(delays(createRetryStrategy({ ...noJitter, maxAttempts: 9 }))).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('never asks for more than the wire takes', () => {
    const strategy = createRetryStrategy({
      ...noJitter,
      maxAttempts: 2,
      initialDelay: { days: 400 },
      maxDelay: { days: 500 },
    });
    expect(delays(strategy)).toEqual([31_622_400]);
  });

  it('waits at least a second, in whole seconds', () => {
    expect(delays(createRetryStrategy({ ...noJitter, initialDelay: { seconds: 0 } }))).toEqual([1, 1]);
    expect(delays(createRetryStrategy({ ...noJitter, initialDelay: { seconds: 1.4 } }))).toEqual([1, 3]);
    const strategy = createRetryStrategy({
      ...noJitter,
      initialDelay: { seconds: 0 },
      maxAttempts: Number.POSITIVE_INFINITY,
    });
    expect(strategy(busy, 5000)).toEqual({ shouldRetry: true, delay: { seconds: 1 } });
  });

  it('survives a growth beyond all numbers', () => {
    const strategy = createRetryStrategy({ ...noJitter, maxAttempts: Number.POSITIVE_INFINITY });
    expect(strategy(busy, 1_000_000)).toEqual({ shouldRetry: true, delay: { seconds: 300 } });
  });

  it.each([[0], [1]])('does not retry with %d attempts', (maxAttempts) => {
    expect(createRetryStrategy({ maxAttempts })(busy, 1)).toEqual({ shouldRetry: false });
  });

  it.each([
    ['NONE', 0.5, 10],
    ['FULL', 0, 1],
    ['FULL', 0.5, 5],
    ['FULL', 0.99, 10],
    ['HALF', 0, 5],
    ['HALF', 0.5, 8],
    ['HALF', 0.99, 10],
  ] as const)('jitter %s with chance %d turns 10 seconds into %d', (jitter, chance, expected) => {
    const strategy = exponentialStrategy({ jitter, initialDelay: { seconds: 10 } }, () => chance);
    expect(strategy(busy, 1).delay).toEqual({ seconds: expected });
  });

  it('takes its chance from Math.random', () => {
    const strategy = createRetryStrategy({ initialDelay: { seconds: 100 } });
    jest.spyOn(Math, 'random').mockReturnValue(0.25);
    expect(strategy(busy, 1).delay).toEqual({ seconds: 25 });
  });

  it('is a type under each of its names', () => {
    const full: JitterStrategy.FULL = JitterStrategy.FULL;
    const any: JitterStrategy = full;
    expect(any).toBe('FULL');
  });
});

describe('filters', () => {
  class Throttled extends Error {
    constructor(after: number) {
      super(`after ${after}`);
    }
  }
  const retries = (config: RetryStrategyConfig, error: Error) => createRetryStrategy(config)(error, 1).shouldRetry;

  it('retries every error without a list', () => {
    expect(retries({}, busy)).toBe(true);
    expect(retries({ retryableErrors: undefined }, busy)).toBe(true);
  });

  it('goes by part of the message, pattern or class; one is enough', () => {
    expect(retries({ retryableErrors: ['busy'] }, busy)).toBe(true);
    expect(retries({ retryableErrors: [/^service/] }, busy)).toBe(true);
    expect(retries({ retryableErrors: ['timeout', /^busy/] }, busy)).toBe(false);
    expect(retries({ retryableErrorTypes: [Throttled] }, new Throttled(1))).toBe(true);
    expect(retries({ retryableErrorTypes: [Throttled] }, busy)).toBe(false);
    expect(retries({ retryableErrors: ['busy'], retryableErrorTypes: [Throttled] }, busy)).toBe(true);
    expect(retries({ retryableErrors: ['busy'], retryableErrorTypes: [Throttled] }, new Throttled(1))).toBe(true);
  });

  it('retries nothing with an empty list', () => {
    expect(retries({ retryableErrors: [] }, busy)).toBe(false);
    expect(retries({ retryableErrorTypes: [] }, busy)).toBe(false);
  });

  it.each([[/busy/g], [/service/y]])('remembers nothing between decisions with %p', (pattern) => {
    const strategy = createRetryStrategy({ retryableErrors: [pattern], maxAttempts: 10 });
    expect([1, 2, 3].map((attempt) => strategy(busy, attempt).shouldRetry)).toEqual([true, true, true]);
    expect(pattern.lastIndex).toBe(0);
  });

  it('does not fall over what is no error', () => {
    expect(retries({ retryableErrors: ['busy'] }, undefined as never)).toBe(false);
  });
});

describe('createLinearRetryStrategy', () => {
  it('adds a second each time, 6 attempts', () => {
    expect(delays(createLinearRetryStrategy({ jitter: 'NONE' }))).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes its own steps, to maxDelay', () => {
    const config = { initialDelay: { seconds: 10 }, increment: { minutes: 1 }, maxDelay: { seconds: 100 } };
    expect(delays(createLinearRetryStrategy({ ...config, jitter: 'NONE', maxAttempts: 4 }))).toEqual([10, 70, 100]);
    expect(delays(linearStrategy({ ...config, maxAttempts: 4 }, () => 0.5))).toEqual([5, 35, 50]);
  });

  it('takes explicit undefined as the default', () => {
    const strategy = createLinearRetryStrategy({ increment: undefined, initialDelay: undefined, jitter: 'NONE' });
    expect(delays(strategy)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('retryPresets', () => {
  it('default: 6 attempts up to a minute, full jitter', () => {
    expect(retryPresets.default).toBe(defaultRetryStrategy);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    expect(delays(retryPresets.default)).toEqual([5, 10, 20, 40, 60]);
    const spelledOut = createRetryStrategy({ maxAttempts: 6, maxDelay: { seconds: 60 } });
    for (const chance of [0, 0.1, 0.33, 0.5, 0.77, 0.999]) {
      jest.spyOn(Math, 'random').mockReturnValue(chance);
      expect(delays(retryPresets.default)).toEqual(delays(spelledOut));
    }
  });

  it('linear: a second more each time; noRetry: one attempt', () => {
    expect(delays(retryPresets.linear)).toEqual([1, 2, 3, 4, 5]);
    expect(retryPresets.noRetry(busy, 1)).toEqual({ shouldRetry: false });
  });
});

describe('bad options', () => {
  it.each([
    [5, TypeError, 'createRetryStrategy: config must be an object; got 5'],
    [{ maxAttempts: '3' }, TypeError, 'createRetryStrategy: maxAttempts must be a number; got "3"'],
    [{ maxAttempts: -1 }, RangeError, 'maxAttempts must be whole (or Infinity), 0 or more; got -1'],
    [{ maxAttempts: 2.5 }, RangeError, 'maxAttempts must be whole (or Infinity), 0 or more; got 2.5'],
    [{ maxAttempts: Number.NaN }, RangeError, 'maxAttempts must be whole (or Infinity), 0 or more; got NaN'],
    [{ backoffRate: 0 }, RangeError, 'createRetryStrategy: backoffRate must be finite and above 0; got 0'],
    [{ backoffRate: Number.POSITIVE_INFINITY }, RangeError, 'backoffRate must be finite and above 0; got Infinity'],
    [{ backoffRate: '2' }, TypeError, 'backoffRate must be a number; got "2"'],
    [{ initialDelay: 5 }, TypeError, 'createRetryStrategy initialDelay: bad duration 5: pass days'],
    [{ initialDelay: { seconds: -5 } }, RangeError, 'createRetryStrategy initialDelay: bad duration {"seconds":-5}'],
    [{ maxDelay: {} }, TypeError, 'createRetryStrategy maxDelay: bad duration {}'],
    [{ jitter: 'SOME' }, TypeError, 'createRetryStrategy: jitter must be NONE, FULL or HALF; got "SOME"'],
    [{ retryableErrors: 'busy' }, TypeError, 'retryableErrors must be an array of strings and regular expressions'],
    [
      { retryableErrors: [5] },
      TypeError,
      'retryableErrors must be an array of strings and regular expressions; got [5]',
    ],
    [{ retryableErrorTypes: ['Error'] }, TypeError, 'retryableErrorTypes must be an array of error classes'],
  ])('createRetryStrategy(%p) says so at once', (config, Kind, message) => {
    expect(() => createRetryStrategy(config as never)).toThrow(Kind);
    expect(() => createRetryStrategy(config as never)).toThrow(message);
  });

  it('createLinearRetryStrategy says so at once', () => {
    expect(() => createLinearRetryStrategy('x' as never)).toThrow(
      'createLinearRetryStrategy: config must be an object',
    );
    expect(() => createLinearRetryStrategy({ increment: { seconds: Number.NaN } })).toThrow(
      'createLinearRetryStrategy increment: bad duration {"seconds":null}: seconds is NaN, but must be 0 or more',
    );
    expect(() => createLinearRetryStrategy({ maxAttempts: 0.5 })).toThrow(RangeError);
  });
});
