import { describe, expect, it } from '@jest/globals';
import { BatchCompletionError, ChildContextError, type CompletionReason } from '../errors.ts';
import { Batch } from './batch-result.ts';
import type { BatchItem } from './types.ts';

const second = new ChildContextError('second');
const fourth = new ChildContextError('fourth');
const MIXED: BatchItem<number | undefined>[] = [
  { index: 0, status: 'SUCCEEDED', result: 10 },
  { index: 1, status: 'FAILED', error: second },
  { index: 2, status: 'STARTED' },
  { index: 3, status: 'FAILED', error: fourth },
  { index: 4, status: 'SUCCEEDED', result: undefined },
];

describe('the result of a batch', () => {
  it('lists and counts its items by status', () => {
    const batch = new Batch(MIXED, 'ALL_COMPLETED');
    expect(batch.all).toEqual(MIXED);
    expect(batch.succeeded().map(({ index }) => index)).toEqual([0, 4]);
    expect(batch.failed().map(({ index }) => index)).toEqual([1, 3]);
    expect(batch.started()).toEqual([{ index: 2, status: 'STARTED' }]);
    expect(batch.getErrors()).toEqual([second, fourth]);
    const { successCount, failureCount, startedCount, totalCount } = batch;
    expect({ successCount, failureCount, startedCount, totalCount }).toEqual({
      successCount: 2,
      failureCount: 2,
      startedCount: 1,
      totalCount: 5,
    });
  });

  it('11.2 #18: void results count as results', () => {
    expect(new Batch(MIXED, 'ALL_COMPLETED').getResults()).toEqual([10, undefined]);
  });

  it('hands out lists that are the caller’s own', () => {
    const batch = new Batch(MIXED, 'ALL_COMPLETED');
    batch.succeeded().pop();
    batch.failed().pop();
    batch.getResults().pop();
    expect([batch.succeeded().length, batch.failed().length, batch.getResults().length]).toEqual([2, 2, 2]);
  });

  it.each<[CompletionReason, boolean, 'SUCCEEDED' | 'FAILED']>([
    ['ALL_COMPLETED', false, 'SUCCEEDED'],
    ['ALL_COMPLETED', true, 'FAILED'],
    ['MIN_SUCCESSFUL_REACHED', true, 'FAILED'],
    ['CUSTOM_COMPLETION_SUCCEEDED', true, 'SUCCEEDED'],
    ['CUSTOM_COMPLETION_FAILED', false, 'FAILED'],
  ])('%s with a failure: %p is %s', (reason, hasFailure, status) => {
    const batch = new Batch(hasFailure ? MIXED : MIXED.slice(0, 1), reason);
    expect({ status: batch.status, hasFailure: batch.hasFailure }).toEqual({ status, hasFailure });
  });

  it('throws the first failed item’s error, also when a custom completion calls the batch succeeded', () => {
    for (const reason of ['ALL_COMPLETED', 'CUSTOM_COMPLETION_SUCCEEDED'] as const) {
      expect(() => new Batch(MIXED, reason).throwIfError()).toThrow(second);
    }
  });

  it('throws a BatchCompletionError when nothing else tells of the failure', () => {
    const batch = new Batch(MIXED.slice(0, 1), 'CUSTOM_COMPLETION_FAILED');
    expect(() => batch.throwIfError()).toThrow(BatchCompletionError);
    expect(() => batch.throwIfError()).toThrow('CUSTOM_COMPLETION_FAILED');
  });

  it('throws nothing when all is well', () => {
    expect(() => new Batch(MIXED.slice(0, 1), 'ALL_COMPLETED').throwIfError()).not.toThrow();
  });
});
