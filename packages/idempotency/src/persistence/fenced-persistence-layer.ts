import type { RecordFormat, StoredRecord } from './record.ts';
import type { WriteCondition } from './write-condition.ts';

/** What became of a write. `existing` is what stood in its way, where the store can tell without another request. */
export type PutOutcome = { stored: true } | { stored: false; existing?: StoredRecord | undefined };

/**
 * Where idempotency records are kept, every write of it fenced by the owner. Extend it for a store of your own: one that can
 * make a write depend on what is stored, in one atomic step, keeps all promises.
 *
 * Each call may be repeated: a write whose answer was lost is sent again. What a call throws means that nobody knows whether
 * it was applied.
 *
 * @example
 * class VersionedStore extends FencedPersistenceLayer {
 *   async put(record, condition) {
 *     const { version, existing } = await this.read(record.key);
 *     if (!permits(existing, condition)) return { stored: false, existing };
 *     return { stored: await this.writeIfVersion(record, version) };
 *   }
 *   // get, delete ...
 * }
 */
export abstract class FencedPersistenceLayer {
  /** Replaces the whole record if `condition` holds at that moment: see `permits`. */
  abstract put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome>;

  /** The record as it is now, not as it was a moment ago; also one that has expired. */
  abstract get(key: string, format: RecordFormat): Promise<StoredRecord | undefined>;

  /** Deletes a claim of that owner; leaves everything else as it is. */
  abstract delete(key: string, owner: string): Promise<void>;

  /** Refuses a key that the store can't hold. Default: none. @throws RangeError or TypeError */
  checkKey(_key: string): void {}
}
