import { describe, expect, it } from '@jest/globals';
import {
  allCompleted,
  allSuccessful,
  Completion,
  checkCompletion,
  completeBatch,
  continueBatch,
  firstSuccessful,
} from './completion.ts';
import type { CompletionConfig, CompletionStatus } from './types.ts';

/** Lets items end one after the other, and tells after which it was enough, and why. */
function play(config: CompletionConfig | undefined, marks: string): { after: number; reason: string } {
  const completion = new Completion(
    config,
    marks.length,
    Array.from(marks, () => undefined),
  );
  completion.begin();
  for (let index = 0; index < marks.length; index++) {
    if (!completion.goesOn) return { after: index, reason: completion.reason };
    completion.started(index);
    completion.ended(index, marks[index] === 'S' ? 'SUCCEEDED' : 'FAILED');
    if (completion.complete) return { after: index + 1, reason: completion.reason };
  }
  return { after: marks.length, reason: completion.reason };
}

describe('when a batch ends', () => {
  it.each<[string, CompletionConfig | undefined, string, number, string]>([
    ['without a config: with the first failure', undefined, 'SFS', 2, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['without a config: when all have succeeded', undefined, 'SSS', 3, 'ALL_COMPLETED'],
    ['without items', undefined, '', 0, 'ALL_COMPLETED'],
    ['an empty config is none', {}, 'FSS', 1, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['undefined thresholds are none', { minSuccessful: undefined }, 'FSS', 1, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['null thresholds are none', { toleratedFailureCount: null } as never, 'FSS', 1, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['enough successes', { minSuccessful: 2 }, 'FSFSS', 4, 'MIN_SUCCESSFUL_REACHED'],
    ['enough successes with the last item', { minSuccessful: 2 }, 'FSS', 3, 'ALL_COMPLETED'],
    ['never enough successes: failures do not end it', { minSuccessful: 2 }, 'FFS', 3, 'ALL_COMPLETED'],
    ['no success wanted: with the first item', { minSuccessful: 0 }, 'FSS', 1, 'MIN_SUCCESSFUL_REACHED'],
    ['as many failures as tolerated', { toleratedFailureCount: 1 }, 'FSS', 3, 'ALL_COMPLETED'],
    ['one failure more', { toleratedFailureCount: 1 }, 'FFSS', 2, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['one failure more, the last item', { toleratedFailureCount: 1 }, 'FSF', 3, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['a share of failures that is tolerated', { toleratedFailurePercentage: 50 }, 'FFSS', 4, 'ALL_COMPLETED'],
    ['a larger share', { toleratedFailurePercentage: 49 }, 'FFSS', 2, 'FAILURE_TOLERANCE_EXCEEDED'],
    ['no share', { toleratedFailurePercentage: 0 }, 'SFSS', 2, 'FAILURE_TOLERANCE_EXCEEDED'],
    [
      'tolerance before successes',
      { minSuccessful: 1, toleratedFailureCount: 0 },
      'FS',
      1,
      'FAILURE_TOLERANCE_EXCEEDED',
    ],
    ['firstSuccessful()', firstSuccessful(), 'FFSS', 3, 'MIN_SUCCESSFUL_REACHED'],
    ['allCompleted()', allCompleted(), 'FFFF', 4, 'ALL_COMPLETED'],
    ['allSuccessful()', allSuccessful(), 'SFSS', 2, 'FAILURE_TOLERANCE_EXCEEDED'],
  ])('%s', (_title, config, marks, after, reason) => {
    expect(play(config, marks)).toEqual({ after, reason });
  });
});

describe('a custom completion', () => {
  const after =
    (count: number, outcome?: 'SUCCEEDED' | 'FAILED') =>
    ({ completedCount }: CompletionStatus) =>
      completedCount < count ? continueBatch() : completeBatch(outcome);

  it('ends the batch with its outcome', () => {
    expect(play({ shouldComplete: after(2) }, 'FSS')).toEqual({ after: 2, reason: 'CUSTOM_COMPLETION_SUCCEEDED' });
    expect(play({ shouldComplete: after(2, 'FAILED') }, 'FSS')).toEqual({
      after: 2,
      reason: 'CUSTOM_COMPLETION_FAILED',
    });
    const bare = { shouldComplete: () => ({ complete: true }) as const };
    expect(play(bare, 'SS')).toEqual({ after: 0, reason: 'CUSTOM_COMPLETION_SUCCEEDED' });
  });

  it('never satisfied, the batch ends with its items', () => {
    expect(play({ shouldComplete: continueBatch }, 'FS')).toEqual({ after: 2, reason: 'ALL_COMPLETED' });
  });

  it('11.2 #22: is asked once at the start and once for each item that ended', () => {
    let asked = 0;
    const shouldComplete = () => {
      asked++;
      return continueBatch();
    };
    play({ shouldComplete }, 'SFSF');
    expect(asked).toBe(5);
  });

  it('sees counts, names and statuses of that moment', () => {
    const seen: CompletionStatus[] = [];
    const completion = new Completion(
      {
        shouldComplete: (status) => {
          seen.push({ ...status });
          return continueBatch();
        },
      },
      3,
      ['a', undefined, 'c'],
    );
    completion.begin();
    completion.started(0);
    completion.started(1);
    completion.ended(1, 'FAILED');
    completion.ended(0, 'SUCCEEDED');
    const counts = { successCount: 0, failureCount: 0, completedCount: 0, totalCount: 3 };
    expect(seen).toEqual([
      { ...counts, items: [{ index: 0, name: 'a' }, { index: 1 }, { index: 2, name: 'c' }] },
      {
        ...counts,
        failureCount: 1,
        completedCount: 1,
        items: [
          { index: 0, name: 'a', status: 'STARTED' },
          { index: 1, status: 'FAILED' },
          { index: 2, name: 'c' },
        ],
      },
      {
        ...counts,
        successCount: 1,
        failureCount: 1,
        completedCount: 2,
        items: [
          { index: 0, name: 'a', status: 'SUCCEEDED' },
          { index: 1, status: 'FAILED' },
          { index: 2, name: 'c' },
        ],
      },
    ]);
  });

  it.each([
    [undefined],
    [null],
    [Promise.resolve(completeBatch())],
    [{ complete: 'yes' }],
    [{ complete: true, outcome: 'OK' }],
  ])('that answers %p throws', (answer) => {
    const completion = new Completion({ shouldComplete: () => answer as never }, 1, [undefined]);
    expect(() => completion.begin()).toThrow(
      /^completionConfig.shouldComplete must return continueBatch\(\) or completeBatch\(\), not a promise; got /,
    );
  });
});

describe('a completion config is checked', () => {
  it.each([
    [undefined],
    [null],
    [{}],
    [{ minSuccessful: 0 }],
    [{ toleratedFailurePercentage: 12.5 }],
    [{ shouldComplete: continueBatch }],
  ])('%p passes', (config) => expect(() => checkCompletion(config as never, 'map "rows"')).not.toThrow());

  it.each([
    [{ minSuccessful: -1 }, 'map "rows": completionConfig.minSuccessful must be a whole number, 0 or more; got -1'],
    [{ minSuccessful: 1.5 }, 'map "rows": completionConfig.minSuccessful must be a whole number, 0 or more; got 1.5'],
    [{ minSuccessful: '2' }, 'map "rows": completionConfig.minSuccessful must be a whole number, 0 or more; got 2'],
    [
      { toleratedFailureCount: Number.NaN },
      'map "rows": completionConfig.toleratedFailureCount must be a whole number, 0 or more; got NaN',
    ],
    [
      { toleratedFailurePercentage: 101 },
      'map "rows": completionConfig.toleratedFailurePercentage must be 0 to 100; got 101',
    ],
    [
      { toleratedFailurePercentage: -0.1 },
      'map "rows": completionConfig.toleratedFailurePercentage must be 0 to 100; got -0.1',
    ],
    [{ shouldComplete: 'later' }, 'map "rows": completionConfig.shouldComplete must be a function; got "later"'],
    [
      { shouldComplete: continueBatch, minSuccessful: 1 },
      'map "rows": completionConfig.shouldComplete is mutually exclusive with minSuccessful, toleratedFailureCount, and toleratedFailurePercentage',
    ],
  ])('%p throws', (config, message) => {
    expect(() => checkCompletion(config as never, 'map "rows"')).toThrow(message);
  });
});
