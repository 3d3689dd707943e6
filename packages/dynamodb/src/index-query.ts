import type { Attributes, IndexKind } from './layout.ts';
import { INDEX_NAME, indexPartitions } from './layout.ts';
import type { Expression, Table } from './table.ts';

export interface IndexRange {
  kind: IndexKind;
  /** Bounds of the sort key, both included. */
  from: string;
  to: string;
  ascending: boolean;
  /** Entries of each shard asked for at once. */
  pageSize: number;
  filter?: Expression | undefined;
}

/** Sorts before every sort key of the index: they begin with digits, and a key can't be empty. */
export const FIRST_SORT_KEY = '0';
/** Sorts behind every sort key of the index. */
export const LAST_SORT_KEY = '~';

/** Entries of all shards as one sequence. */
export async function* queryIndex(table: Table, range: IndexRange): AsyncGenerator<Attributes> {
  const { kind, from, to, ascending, pageSize, filter } = range;
  const shards = indexPartitions(kind).map((partition) =>
    table.query(
      {
        text: '#gsi1pk = :pk AND #gsi1sk BETWEEN :from AND :to',
        values: { ':pk': { S: partition }, ':from': { S: from }, ':to': { S: to } },
      },
      { IndexName: INDEX_NAME, ScanIndexForward: ascending, Limit: pageSize, filter },
    ),
  );
  const heads = await Promise.all(shards.map((shard) => shard.next()));
  for (;;) {
    let best = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const leader = best < 0 ? undefined : sortKey(heads[best]);
      if (leader === undefined || (ascending ? sortKey(head) < leader : sortKey(head) > leader)) best = index;
    }
    const chosen = heads[best];
    if (chosen === undefined || chosen.done) return;
    yield chosen.value;
    heads[best] = (await shards[best]?.next()) ?? { done: true, value: undefined };
  }
}

function sortKey(head: IteratorResult<Attributes> | undefined): string {
  return (head?.value as Attributes | undefined)?.gsi1sk?.S ?? '';
}

/** Groups a sequence, so that what each entry asks for is asked for together. `first`: how many are in the first group. */
export async function* inBatches<T>(
  entries: AsyncIterable<T>,
  size: number,
  first: number = size,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  let full = first;
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < full) continue;
    yield batch;
    batch = [];
    full = size;
  }
  if (batch.length > 0) yield batch;
}
