import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import type { NamedParallelBranch, ParallelConfig, ParallelFunc } from '../types.ts';
import { checkFunction } from '../validation.ts';
import { type BatchKind, runBatch } from './run-batch.ts';
import type { BatchResult } from './types.ts';

const PARALLEL: BatchKind = { method: 'parallel', kind: 'Parallel', itemSubType: 'ParallelBranch' };

/** Runs several functions side by side. */
export function parallel<T>(
  context: Context,
  name: string | undefined,
  branches: readonly (ParallelFunc<T> | NamedParallelBranch<T>)[],
  config: ParallelConfig<T> | undefined,
): DurablePromise<BatchResult<T>> {
  return runBatch<T>(
    context,
    name,
    PARALLEL,
    (label) => {
      if (!Array.isArray(branches)) {
        throw new TypeError(`${label}: Parallel operation requires an array of branch functions`);
      }
      return Array.from(branches, (branch: ParallelFunc<T> | NamedParallelBranch<T>, index) => {
        const { name: givenName, func } =
          typeof branch === 'function' ? { name: undefined, func: branch } : (branch ?? {});
        checkFunction(func, `${label}: branch ${index}`, 'a branch');
        return {
          name: givenName || `parallel-branch-${index}`,
          givenName: givenName || undefined,
          run: (child) => func(child),
        };
      });
    },
    config,
  );
}
