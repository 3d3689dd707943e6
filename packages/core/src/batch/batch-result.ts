import { BatchCompletionError, type ChildContextError, type CompletionReason } from '../errors.ts';
import type { BatchItem, BatchItemStatus, BatchResult } from './types.ts';

/** @internal */
export class Batch<R> implements BatchResult<R> {
  readonly all: BatchItem<R>[];
  readonly completionReason: CompletionReason;
  readonly #byStatus: Partial<Record<BatchItemStatus, BatchItem<R>[]>> = {};

  constructor(all: BatchItem<R>[], completionReason: CompletionReason) {
    this.all = all;
    this.completionReason = completionReason;
  }

  succeeded(): (BatchItem<R> & { result: R })[] {
    return [...this.#with('SUCCEEDED')] as (BatchItem<R> & { result: R })[];
  }

  failed(): (BatchItem<R> & { error: ChildContextError })[] {
    return [...this.#with('FAILED')] as (BatchItem<R> & { error: ChildContextError })[];
  }

  started(): (BatchItem<R> & { status: 'STARTED' })[] {
    return [...this.#with('STARTED')] as (BatchItem<R> & { status: 'STARTED' })[];
  }

  get status(): 'SUCCEEDED' | 'FAILED' {
    if (this.completionReason === 'CUSTOM_COMPLETION_FAILED') return 'FAILED';
    return this.hasFailure && this.completionReason !== 'CUSTOM_COMPLETION_SUCCEEDED' ? 'FAILED' : 'SUCCEEDED';
  }

  get hasFailure(): boolean {
    return this.failureCount > 0;
  }

  throwIfError(): void {
    const failed = this.#with('FAILED')[0];
    if (failed) throw failed.error;
    if (this.status === 'FAILED') throw new BatchCompletionError(this.completionReason);
  }

  getResults(): R[] {
    return this.#with('SUCCEEDED').map(({ result }) => result as R);
  }

  getErrors(): ChildContextError[] {
    return this.#with('FAILED').map(({ error }) => error as ChildContextError);
  }

  get successCount(): number {
    return this.#with('SUCCEEDED').length;
  }

  get failureCount(): number {
    return this.#with('FAILED').length;
  }

  get startedCount(): number {
    return this.#with('STARTED').length;
  }

  get totalCount(): number {
    return this.all.length;
  }

  #with(status: BatchItemStatus): BatchItem<R>[] {
    this.#byStatus[status] ??= this.all.filter((item) => item.status === status);
    return this.#byStatus[status];
  }
}
