import type { ChildContextError, CompletionReason } from '../errors.ts';

/** How far an item came. `STARTED`: it was still running when the batch ended. */
export const BatchItemStatus = { SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', STARTED: 'STARTED' } as const;
export type BatchItemStatus = (typeof BatchItemStatus)[keyof typeof BatchItemStatus];
export declare namespace BatchItemStatus {
  type SUCCEEDED = 'SUCCEEDED';
  type FAILED = 'FAILED';
  type STARTED = 'STARTED';
}

/** What a custom completion calls the batch. */
export const CompletionOutcome = { SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED' } as const;
export type CompletionOutcome = (typeof CompletionOutcome)[keyof typeof CompletionOutcome];
export declare namespace CompletionOutcome {
  type SUCCEEDED = 'SUCCEEDED';
  type FAILED = 'FAILED';
}

/** Whether every item has a record of its own (`NESTED`), or only the batch has one (`FLAT`: fewer operations). */
export const NestingType = { NESTED: 'NESTED', FLAT: 'FLAT' } as const;
export type NestingType = (typeof NestingType)[keyof typeof NestingType];
export declare namespace NestingType {
  type NESTED = 'NESTED';
  type FLAT = 'FLAT';
}

export interface BatchItem<R> {
  result?: R;
  error?: ChildContextError;
  index: number;
  status: BatchItemStatus;
}

/**
 * What became of the items of a `map` or `parallel`. The batch resolves even when items failed: `throwIfError()` turns that
 * into an error. Items that never started are not in `all`.
 */
export interface BatchResult<R> {
  readonly all: BatchItem<R>[];
  succeeded(): (BatchItem<R> & { result: R })[];
  failed(): (BatchItem<R> & { error: ChildContextError })[];
  started(): (BatchItem<R> & { status: 'STARTED' })[];
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly completionReason: CompletionReason;
  readonly hasFailure: boolean;
  /** @throws the first failed item's error, or `BatchCompletionError` when only the completion calls the batch failed */
  throwIfError(): void;
  getResults(): R[];
  getErrors(): ChildContextError[];
  readonly successCount: number;
  readonly failureCount: number;
  readonly startedCount: number;
  readonly totalCount: number;
}

/**
 * When a batch ends before all items have. Without any of these, and without a custom completion, the first failure ends it:
 * see `allCompleted()`.
 */
export interface ThresholdCompletionConfig {
  /** So many successes are enough: 0 or more. */
  minSuccessful?: number | undefined;
  /** More failures than this end the batch: 0 or more. */
  toleratedFailureCount?: number | undefined;
  /** More failures than this share of all items end the batch: 0 to 100. */
  toleratedFailurePercentage?: number | undefined;
  shouldComplete?: never;
}

export interface CustomCompletionConfig {
  /** Asked before the first item and after each one that ended. Must depend on nothing but the status. */
  shouldComplete(status: CompletionStatus): CompletionDecision;
  minSuccessful?: never;
  toleratedFailureCount?: never;
  toleratedFailurePercentage?: never;
}

export type CompletionConfig = ThresholdCompletionConfig | CustomCompletionConfig;

export interface CompletionItemStatus {
  index: number;
  name?: string | undefined;
  /** Absent while the item has not started. */
  status?: BatchItemStatus | undefined;
}

export interface CompletionStatus {
  successCount: number;
  failureCount: number;
  completedCount: number;
  totalCount: number;
  items: readonly CompletionItemStatus[];
}

export type CompletionDecision = { complete: false } | { complete: true; outcome?: CompletionOutcome | undefined };
