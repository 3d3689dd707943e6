import { describe, expect, it } from '@jest/globals';
import { createWaitStrategy, type WaitStrategyConfig } from './wait-strategy.ts';

const running = (config: Partial<WaitStrategyConfig<string>> = {}) =>
  createWaitStrategy<string>({ shouldContinuePolling: (state) => state !== 'done', jitter: 'NONE', ...config });
const seconds = (decision: unknown): unknown => (decision as { delay?: { seconds?: number } }).delay?.seconds;

describe('createWaitStrategy', () => {
  it('stops when the predicate says so, whatever else is used up', () => {
    expect(running({ maxAttempts: 1, timeoutSeconds: 1 })('done', 9, { elapsedSeconds: 99 })).toEqual({
      shouldContinue: false,
    });
  });

  it('pauses 5 seconds, then 1.5 times as long, up to 5 minutes', () => {
    const strategy = running();
    expect([1, 2, 3, 4, 20].map((attempt) => seconds(strategy('running', attempt)))).toEqual([5, 8, 11, 17, 300]);
  });

  it('takes its own pauses', () => {
    const strategy = running({ initialDelay: { minutes: 1 }, maxDelay: { minutes: 3 }, backoffRate: 2 });
    expect([1, 2, 3].map((attempt) => seconds(strategy('running', attempt)))).toEqual([60, 120, 180]);
  });

  it('spreads pauses by default, and never below a second', () => {
    const strategy = createWaitStrategy<string>({ shouldContinuePolling: () => true, initialDelay: { seconds: 2 } });
    for (let round = 0; round < 50; round++) {
      const pause = seconds(strategy('running', 1)) as number;
      expect([1, 2]).toContain(pause);
    }
  });

  it('fails after 60 checks', () => {
    expect(running()('running', 59)).toMatchObject({ shouldContinue: true });
    expect(() => running()('running', 60)).toThrow('waitForCondition exceeded maximum attempts (60)');
  });

  it('fails after its own number of checks', () => {
    expect(() => running({ maxAttempts: 2 })('running', 2)).toThrow('waitForCondition exceeded maximum attempts (2)');
  });

  it('explicit undefined means the default', () => {
    const strategy = running({
      maxAttempts: undefined,
      initialDelay: undefined,
      maxDelay: undefined,
      backoffRate: undefined,
      jitter: undefined,
      timeoutSeconds: undefined,
    });
    expect(seconds(strategy('running', 1))).toBeLessThanOrEqual(5);
    expect(() => strategy('running', 60)).toThrow('(60)');
  });

  describe('11.2 #14: timeoutSeconds', () => {
    it('fails polling once they have passed', () => {
      const strategy = running({ timeoutSeconds: 30 });
      expect(() => strategy('running', 2, { elapsedSeconds: 30 })).toThrow(
        'waitForCondition exceeded its time limit (30 s)',
      );
      expect(strategy('running', 2, { elapsedSeconds: 29 })).toMatchObject({ shouldContinue: true });
    });

    it('ends the last pause with the limit, so that there is one check at it', () => {
      const strategy = running({ timeoutSeconds: 30, initialDelay: { seconds: 20 } });
      expect(seconds(strategy('running', 1, { elapsedSeconds: 0 }))).toBe(20);
      expect(seconds(strategy('running', 2, { elapsedSeconds: 20 }))).toBe(10);
      expect(seconds(strategy('running', 2, { elapsedSeconds: 29.7 }))).toBe(1);
    });

    it('counts from nothing for an engine that does not tell how long it took', () => {
      expect(seconds(running({ timeoutSeconds: 3 })('running', 1))).toBe(3);
    });
  });

  it.each<[unknown, string]>([
    [undefined, 'createWaitStrategy: shouldContinuePolling must be a function'],
    [{}, 'createWaitStrategy: shouldContinuePolling must be a function'],
    [{ shouldContinuePolling: () => true, timeoutSeconds: -1 }, 'createWaitStrategy'],
    [{ shouldContinuePolling: () => true, timeoutSeconds: '9' }, 'createWaitStrategy'],
    [{ shouldContinuePolling: () => true, maxAttempts: 0.5 }, 'maxAttempts'],
    [{ shouldContinuePolling: () => true, jitter: 'SOME' }, 'jitter'],
  ])('%p is refused at once', (config, message) => {
    expect(() => createWaitStrategy(config as never)).toThrow(message);
  });
});
