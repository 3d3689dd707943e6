import { type Attributes, indexEntry, type Key } from './layout.ts';
import type { Table } from './table.ts';

/** Entries of the index that say: look at this run then. Removing one is housekeeping, so it never fails a call. */
export class Hints {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Sets the hint of an item, whatever stood there. False when the item is gone. */
  set(key: Key, runId: string, at: number): Promise<boolean> {
    const { gsi1pk, gsi1sk } = indexEntry('due', runId, at) as Record<'gsi1pk' | 'gsi1sk', Attributes[string]>;
    return this.#table.update(
      key,
      { text: 'SET #gsi1pk = :gsi1pk, #gsi1sk = :gsi1sk', values: { ':gsi1pk': gsi1pk, ':gsi1sk': gsi1sk } },
      // A name may have gone over to another run.
      { text: 'attribute_exists(#pk) AND (attribute_not_exists(#r) OR #r = :run)', values: { ':run': { S: runId } } },
    );
  }

  /** Removes the run's hint from an item. */
  async remove(key: Key, runId: string): Promise<void> {
    await this.#table
      .update(
        key,
        { text: 'REMOVE #gsi1pk, #gsi1sk' },
        {
          text: 'begins_with(#gsi1pk, :due) AND (attribute_not_exists(#r) OR #r = :run)',
          values: { ':due': { S: 'd#' }, ':run': { S: runId } },
        },
      )
      .catch(() => false);
  }
}
