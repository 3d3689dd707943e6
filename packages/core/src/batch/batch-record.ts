import { rawOperationId } from '@middy-durable/protocol';
import type { CompletionReason } from '../errors.ts';
import { type AnySerdes, defaultSerdes, fromJson, type Serdes, type SerdesContext, toJson } from '../serdes.ts';
import { restoreBatchError, type StoredBatchError, storeBatchError } from './batch-error.ts';
import { Batch } from './batch-result.ts';
import type { BatchItemStatus, BatchResult } from './types.ts';

/** The record of a batch, in the official SDK's format. */
interface StoredBatch {
  all: StoredItem[];
  completionReason: CompletionReason;
}
interface StoredItem {
  result?: unknown;
  /** Our own: the text of an item with a serdes of its own, which plain JSON would lose. */
  serialized?: string | undefined;
  error?: StoredBatchError;
  index: number;
  status: BatchItemStatus;
}

/** Writes and reads a batch as a whole; items with a serdes of their own keep what it made of them. */
export function batchSerdes<R>(itemSerdes: Serdes<R>): Serdes<BatchResult<R>> {
  const plain = (itemSerdes as AnySerdes) === defaultSerdes;
  return {
    async serialize(batch, context) {
      if (!batch) return undefined;
      const all: StoredItem[] = [];
      for (const { result, error, index, status } of batch.all) {
        const item: StoredItem = { index, status };
        if (status === 'SUCCEEDED') {
          all.push({
            ...(plain ? { result } : await ownFormat(itemSerdes, result, itemContext(context, index))),
            ...item,
          });
        } else {
          all.push(error ? { error: storeBatchError(error), ...item } : item);
        }
      }
      return toJson({ all, completionReason: batch.completionReason } satisfies StoredBatch);
    },
    async deserialize(text, context) {
      const stored = fromJson(text) as StoredBatch | undefined;
      if (!stored) return undefined;
      const items = stored.all.map(async ({ result, serialized, error, index, status }) => {
        if (error) return { error: restoreBatchError(error), index, status };
        if (status !== 'SUCCEEDED') return { index, status };
        const value =
          plain || serialized === undefined
            ? (result as R)
            : await itemSerdes.deserialize(serialized, itemContext(context, index));
        return { result: value as R, index, status };
      });
      return new Batch<R>(await Promise.all(items), stored.completionReason);
    },
  };
}

/** The item as its serdes writes it, and as the official SDK reads it: plain JSON, where there is any. */
async function ownFormat<R>(
  serdes: Serdes<R>,
  result: R | undefined,
  context: SerdesContext,
): Promise<Partial<StoredItem>> {
  const serialized = await serdes.serialize(result, context);
  try {
    return { ...(toJson(result) !== undefined && { result }), serialized };
  } catch {
    return { serialized };
  }
}

/** An item is written as in its own record: a serdes that keeps values elsewhere finds one place for each. */
function itemContext({ entityId, ...rest }: SerdesContext, index: number): SerdesContext {
  return { entityId: rawOperationId(entityId, index + 1), ...rest };
}

/** What is recorded of a batch that is too large: enough to build it again from its items' records. */
export function summarize(kind: 'Map' | 'Parallel', batch: BatchResult<unknown>, summary: string | undefined): string {
  const { totalCount, successCount, failureCount, startedCount, completionReason, status } = batch;
  return JSON.stringify({
    type: `${kind}Result`,
    totalCount,
    successCount,
    failureCount,
    ...(kind === 'Parallel' && { startedCount }),
    completionReason,
    status,
    itemStatuses: batch.all.map(({ status: item }) => MARKS[item]).join(''),
    ...(summary !== undefined && { summary }),
  });
}

const MARKS: Readonly<Record<BatchItemStatus, string>> = { SUCCEEDED: 'S', FAILED: 'F', STARTED: '-' };

/** What the record of a finished batch says of its end: why, and how far each item had come. */
export function readOutcome(text: string | undefined): { reason?: CompletionReason; statuses?: string } {
  try {
    const { completionReason, itemStatuses, all } = JSON.parse(text ?? '') as Partial<StoredBatch> & {
      itemStatuses?: unknown;
    };
    const statuses = Array.isArray(all) ? all.map(({ status }) => MARKS[status]).join('') : itemStatuses;
    return {
      ...(REASON.test(String(completionReason)) && { reason: completionReason as CompletionReason }),
      ...(typeof statuses === 'string' && /^[SF-]+$/.test(statuses) && { statuses }),
    };
  } catch {
    return {}; // A serdes of the user's own wrote it: the items' records must tell.
  }
}

const REASON =
  /^(ALL_COMPLETED|MIN_SUCCESSFUL_REACHED|FAILURE_TOLERANCE_EXCEEDED|CUSTOM_COMPLETION_(SUCCEEDED|FAILED))$/;
