import type { StoredRecord } from '../persistence/record.ts';
import { isOver } from '../persistence/write-condition.ts';

/** A record as a response hook sees it, with the members of Powertools' `IdempotencyRecord`. */
export class IdempotencyRecord {
  readonly idempotencyKey: string;
  /** Epoch seconds. */
  readonly expiryTimestamp: number | undefined;
  /** Epoch milliseconds. */
  readonly inProgressExpiryTimestamp: number | undefined;
  readonly responseData: unknown;
  readonly payloadHash: string | undefined;
  /** Who made it; `undefined` for records of Powertools. */
  readonly owner: string | undefined;
  readonly #stored: StoredRecord;
  readonly #now: () => number;

  constructor(stored: StoredRecord, responseData: unknown, now: () => number) {
    this.#stored = stored;
    this.#now = now;
    this.idempotencyKey = stored.key;
    this.expiryTimestamp = stored.expiresAt === undefined ? undefined : stored.expiresAt / 1000;
    this.inProgressExpiryTimestamp = stored.claimExpiresAt;
    this.responseData = responseData;
    this.payloadHash = stored.payloadHash;
    this.owner = stored.owner;
  }

  /** The stored result, as `responseData`. */
  getResponse(): unknown {
    return this.responseData;
  }

  /** By the end of the record alone: that of a claim (`inProgressExpiryTimestamp`) does not count. */
  isExpired(): boolean {
    return isOver({ ...this.#stored, status: 'COMPLETED' }, this.#now());
  }

  /** `EXPIRED` for a record that is over, whatever its stored status; else that. */
  getStatus(): 'INPROGRESS' | 'COMPLETED' | 'FAILED' | 'EXPIRED' {
    return this.isExpired() ? 'EXPIRED' : this.#stored.status;
  }
}
