import type { StoredRecord } from '../persistence/record.ts';
import { isOver } from '../persistence/write-condition.ts';

/** Results in memory: never claims, never what has expired, and no more than `limit`. */
export class LocalCache {
  readonly #limit: number;
  readonly #records = new Map<string, StoredRecord>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, now: number): StoredRecord | undefined {
    const record = this.#records.get(key);
    if (!record) return undefined;
    this.#records.delete(key);
    if (isOver(record, now)) return undefined;
    this.#records.set(key, record); // The one used last is the last to go.
    return record;
  }

  add(record: StoredRecord): void {
    if (record.status !== 'COMPLETED') return;
    this.#records.delete(record.key);
    this.#records.set(record.key, record);
    if (this.#records.size <= this.#limit) return;
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}
