import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import type { MapConfig, MapFunc } from '../types.ts';
import { checkFunction, checkOptions } from '../validation.ts';
import { type BatchKind, runBatch } from './run-batch.ts';
import type { BatchResult } from './types.ts';

const MAP: BatchKind = { method: 'map', kind: 'Map', itemSubType: 'MapIteration' };

/** Runs a function for each item of an array. */
export function map<I, O>(
  context: Context,
  name: string | undefined,
  items: I[],
  fn: MapFunc<I, O>,
  config: MapConfig<I, O> | undefined,
): DurablePromise<BatchResult<O>> {
  return runBatch<O>(
    context,
    name,
    MAP,
    (label) => {
      if (!Array.isArray(items)) throw new TypeError(`${label}: Map operation requires an array of items`);
      checkFunction(fn, label, 'the body');
      checkOptions(config, { itemNamer: 'function' }, label);
      // Not `map`: a hole is an item too.
      return Array.from(items, (item, index) => {
        const givenName = config?.itemNamer?.(item, index) || undefined;
        return {
          name: givenName ?? `map-item-${index}`,
          givenName,
          run: (child) => fn(child, item, index, items),
        };
      });
    },
    config,
  );
}
