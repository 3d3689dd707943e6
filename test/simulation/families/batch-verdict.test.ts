import { describe, expect, it } from '@jest/globals';
import type { BatchItem, BatchItemStatus, BatchResult, CompletionReason } from '@middy-durable/core';
import type { BatchPlan, Ending } from './batch-plan.ts';
import { impossible } from './batch-verdict.ts';

/** S for succeeded, F for failed, - for started. */
function result(marks: string, completionReason: string): BatchResult<string> {
  const statuses: Record<string, BatchItemStatus> = { S: 'SUCCEEDED', F: 'FAILED', '-': 'STARTED' };
  const all = [...marks].map((mark, index) => ({ index, status: statuses[mark] }) as BatchItem<string>);
  const count = (mark: string): number => [...marks].filter((one) => one === mark).length;
  return {
    all,
    completionReason: completionReason as CompletionReason,
    successCount: count('S'),
    failureCount: count('F'),
    startedCount: count('-'),
    totalCount: all.length,
  } as unknown as BatchResult<string>;
}

function plan(
  thresholds: Extract<Ending, { how: 'thresholds' }>['thresholds'],
  more: Partial<BatchPlan> = {},
): BatchPlan {
  return { items: ['succeeds', 'succeeds', 'fails', 'late'], ending: { how: 'thresholds', thresholds }, ...more };
}

const CUSTOM: BatchPlan = plan({}, { ending: { how: 'custom', ended: 2, says: 'FAILED' } });

describe('a batch may', () => {
  it.each([
    ['end with all its items', plan({ toleratedFailureCount: 1 }), 'SSFS', 'ALL_COMPLETED'],
    ['end with enough successes', plan({ minSuccessful: 1 }), 'S--', 'MIN_SUCCESSFUL_REACHED'],
    ['end with the first failure', plan({}), '--F-', 'FAILURE_TOLERANCE_EXCEEDED'],
    [
      'end with too large a share of failures',
      plan({ toleratedFailurePercentage: 20 }),
      'S-F',
      'FAILURE_TOLERANCE_EXCEEDED',
    ],
    ['end when its completion says so', CUSTOM, 'SS-', 'CUSTOM_COMPLETION_FAILED'],
  ])('%s', (_name, given, marks, reason) => {
    expect(impossible(given, result(marks, reason))).toBeUndefined();
  });
});

describe('a batch may not', () => {
  it.each<[string, BatchPlan, BatchResult<string>, string]>([
    ['count what is not there', plan({}), { ...result('S', 'ALL_COMPLETED'), successCount: 2 }, 'counts: 2 succeeded'],
    [
      'list an item twice',
      plan({}),
      { ...result('S-', 'ALL_COMPLETED'), all: [result('S', '').all[0], { index: 0, status: 'STARTED' }] } as never,
      'item 0 stands at 1',
    ],
    ['have more items than it was given', plan({}), result('SS-S-', 'ALL_COMPLETED'), 'there is no item 4'],
    ['succeed with what fails', plan({}), result('SSS', 'ALL_COMPLETED'), 'item 2 fails, and has succeeded'],
    [
      'run more at once than it may',
      plan({ minSuccessful: 1 }, { maxConcurrency: 2 }),
      result('S--', 'MIN_SUCCESSFUL_REACHED'),
      'at most 2 may',
    ],
    ['call complete what is not', plan({}), result('SS', 'ALL_COMPLETED'), 'ALL_COMPLETED: 2 succeeded'],
    ['end with too few', plan({ minSuccessful: 2 }), result('S--', 'MIN_SUCCESSFUL_REACHED'), 'wanted were 2'],
    [
      'end with failures that are tolerated',
      plan({ toleratedFailureCount: 1 }),
      result('S-F', 'FAILURE_TOLERANCE_EXCEEDED'),
      'tolerated are 1',
    ],
    ['call custom what is not', plan({}), result('S', 'CUSTOM_COMPLETION_FAILED'), 'without a custom completion'],
    ['end before its completion says so', CUSTOM, result('S--', 'CUSTOM_COMPLETION_FAILED'), 'wanted were 2'],
    ['end otherwise than its completion says', CUSTOM, result('SS-', 'CUSTOM_COMPLETION_SUCCEEDED'), 'said was FAILED'],
    ['end as if nobody had asked its completion', CUSTOM, result('SS-', 'ALL_COMPLETED'), 'ALL_COMPLETED: 2'],
  ])('%s', (_name, given, batch, detail) => {
    expect(impossible(given, batch)).toContain(detail);
  });
});
