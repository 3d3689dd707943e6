import { FencedPersistenceLayer, type PutOutcome } from './fenced-persistence-layer.ts';
import type { StoredRecord } from './record.ts';
import { permits, type WriteCondition } from './write-condition.ts';

/**
 * Idempotency records in this process, for tests and for trying things out: nothing outlives the process, and nothing is
 * ever collected.
 * @example const persistenceStore = new MemoryPersistenceLayer();
 */
export class MemoryPersistenceLayer extends FencedPersistenceLayer {
  readonly #records = new Map<string, StoredRecord>();

  override async put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    const existing = this.#records.get(record.key);
    if (!permits(existing, condition)) return { stored: false, existing: structuredClone(existing) };
    this.#records.set(record.key, structuredClone(record));
    return { stored: true };
  }

  override async get(key: string): Promise<StoredRecord | undefined> {
    return structuredClone(this.#records.get(key));
  }

  override async delete(key: string, owner: string): Promise<void> {
    if (permits(this.#records.get(key), { kind: 'replace', owner })) this.#records.delete(key);
  }

  /** Every record, for tests to look at. */
  records(): StoredRecord[] {
    return structuredClone([...this.#records.values()]);
  }
}
