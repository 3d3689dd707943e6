import { describe, expect, it } from '@jest/globals';
import { createRetryPolicy, type InvocationRetries } from './retry-policy.ts';

const bug = { ErrorType: 'TypeError' };
const crash = { ErrorType: 'Runtime.ExitError' };

describe('createRetryPolicy', () => {
  it('takes a part of the delay that its ids choose: never more than all of it, and not always the same', () => {
    let ids = 0;
    const policy = createRetryPolicy({}, () => `id-${ids++}`);
    const delays = Array.from({ length: 200 }, () => policy(bug, 3)).map((next) => {
      if (next === 'giveUp') throw new Error('gave up');
      return next.retryAfterMs;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(4000);
    expect(Math.min(...delays)).toBeLessThan(1000);
    expect(Math.max(...delays)).toBeGreaterThan(3000);
    ids = 0;
    const again = createRetryPolicy({}, () => `id-${ids++}`)(bug, 3);
    expect(again).toEqual({ retryAfterMs: delays[0] });
  });

  it('has numbers of one’s own', () => {
    const options = { initialDelaySeconds: 5, factor: 3, maxDelaySeconds: 20, jitter: 'none', maxAttempts: 4 } as const;
    const policy = createRetryPolicy({ ...options, immediate: 1 }, () => '');
    const delays = [1, 2, 3, 4].map((failures) => policy(bug, failures));
    expect(delays).toEqual([{ retryAfterMs: 5000 }, { retryAfterMs: 15_000 }, { retryAfterMs: 20_000 }, 'giveUp']);
    expect([1, 2].map((failures) => policy(crash, failures))).toEqual([{ retryAfterMs: 0 }, 'giveUp']);
  });

  it('gives up on anything after the last attempt', () => {
    const policy = createRetryPolicy({ maxAttempts: 2, immediate: 9 }, () => '');
    expect(policy(crash, 2)).toBe('giveUp');
    expect(policy({}, 2)).toBe('giveUp');
  });

  it('never gives up on code that does not fit, and never tries it again at once', () => {
    const policy = createRetryPolicy({ jitter: 'none', maxAttempts: 2 }, () => '');
    expect([1, 2, 3, 13, 500].map((blocks) => policy.afterBlock(blocks))).toEqual([
      1000, 2000, 4000, 3_600_000, 3_600_000,
    ]);
    expect(createRetryPolicy({ jitter: 'none', initialDelaySeconds: 0 }, () => '').afterBlock(1)).toBe(100);
  });

  it.each<[InvocationRetries, string]>([
    [{ immediate: -1 }, 'retries.immediate must be a whole number from 0'],
    [{ maxAttempts: 0 }, 'retries.maxAttempts must be a whole number from 1'],
    [{ maxAttempts: 1.5 }, 'retries.maxAttempts must be a whole number from 1'],
    [{ initialDelaySeconds: -1 }, 'retries.initialDelaySeconds must be a number of at least 0, not -1.'],
    [{ factor: 0.5 }, 'retries.factor must be a number of at least 1, not 0.5.'],
    [{ maxDelaySeconds: Number.NaN }, 'retries.maxDelaySeconds must be a number of at least 0, not NaN.'],
  ])('refuses %j', (options, message) => {
    expect(() => createRetryPolicy(options, () => '')).toThrow(message);
  });
});
