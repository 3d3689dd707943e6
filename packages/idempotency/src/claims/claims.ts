import { isDeepStrictEqual } from 'node:util';
import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import {
  IdempotencyInconsistentStateError,
  IdempotencyOwnershipLostError,
  IdempotencyPersistenceLayerError,
  IdempotencyValidationError,
} from '../errors.ts';
import type { FencedPersistenceLayer, PutOutcome } from '../persistence/fenced-persistence-layer.ts';
import type { RecordFormat, StoredData, StoredRecord } from '../persistence/record.ts';
import { isOfExecution, isOver, type WriteCondition } from '../persistence/write-condition.ts';
import type { LocalCache } from './local-cache.ts';
import { parseOwner } from './owner.ts';
import type { OwnerStatus } from './owner-status.ts';

/** Who wants a key, and until when. Times are epoch milliseconds. */
export interface Claim {
  key: string;
  owner: string;
  payloadHash: string | undefined;
  /** When the owner has surely ended. */
  until: number;
  now(): number;
}

/** What became of a claim. */
export type Claimed = { kind: 'owned' } | { kind: 'taken'; record: StoredRecord };

/** What is on record. `isAnother`: another attempt of the same owner was first, and not this very write. */
export interface Settled {
  record: StoredRecord;
  isAnother: boolean;
}

export interface Settlement {
  status: 'COMPLETED' | 'FAILED';
  data: StoredData | undefined;
  expiresAt: number;
}

/** Each time somebody else has changed the record, so only a broken store gets this far. */
const MOST_LOST_RACES = 20;
/** The AWS client has its own pauses between attempts. */
const TRIES = 3;

/**
 * The protocol over a store. A key has at most one owner: it is claimed by a write that only one can make, and every further
 * write is conditional on the owner. A claim stands until its owner has ended: because whoever keeps the owner's execution
 * says so, and then it is replaced by a write that is conditional on that owner; or by the time in the record, where nobody
 * can be asked.
 */
export class Claims {
  readonly #store: FencedPersistenceLayer;
  readonly #format: RecordFormat;
  readonly #cache: LocalCache | undefined;
  readonly #status: (owner: string | undefined) => Promise<OwnerStatus>;

  constructor(
    store: FencedPersistenceLayer,
    format: RecordFormat,
    cache: LocalCache | undefined,
    status: (owner: string | undefined) => Promise<OwnerStatus>,
  ) {
    this.#store = store;
    this.#format = format;
    this.#cache = cache;
    this.#status = status;
  }

  /**
   * Takes the key, or says what stands in the way. The owner itself may come again, in a later invocation or because an answer
   * was lost.
   * @throws IdempotencyValidationError, IdempotencyInconsistentStateError, IdempotencyPersistenceLayerError
   */
  async claim(claim: Claim): Promise<Claimed> {
    const { key, owner, payloadHash, until } = claim;
    const cached = this.#cache?.get(key, claim.now());
    if (cached) return this.#taken(cached, claim);
    const record: StoredRecord = {
      key,
      status: 'INPROGRESS',
      owner,
      claimExpiresAt: until,
      // Time to live must never collect a claim that stands, and an execution's may stand after its time.
      expiresAt: wholeSeconds(parseOwner(owner) ? Math.max(until, claim.now() + MAX_DURATION_SECONDS * 1000) : until),
      payloadHash,
      format: this.#format,
    };
    let endedOwner: string | undefined;
    for (let lost = 0; lost < MOST_LOST_RACES; lost++) {
      const condition: WriteCondition =
        endedOwner === undefined ? { kind: 'claim', owner, now: claim.now() } : { kind: 'replace', owner: endedOwner };
      endedOwner = undefined;
      const outcome = await this.#put(record, condition, 1);
      if (outcome.stored) return { kind: 'owned' };
      const existing = outcome.existing ?? (await this.read(key));
      if (!existing) continue; // It went away in between.
      if (existing.status !== 'INPROGRESS') {
        if (isOver(existing, claim.now())) continue; // It expired in between.
        return this.#taken(existing, claim);
      }
      if (existing.owner === owner) continue; // Its own: the claim comes again.
      if (await this.#stands(existing, claim.now())) return this.#taken(existing, claim);
      if (isOfExecution(existing)) endedOwner = existing.owner;
    }
    throw new IdempotencyInconsistentStateError(
      `Idempotency key ${key} changed hands ${MOST_LOST_RACES} times while it was claimed. Try again later.`,
    );
  }

  /**
   * Records how the owner ended. What comes back is on record: another attempt of the same owner may have been first.
   * @throws IdempotencyOwnershipLostError when the key belongs to somebody else by now, whose record stays as it is
   * @throws IdempotencyPersistenceLayerError
   */
  async settle(
    { key, owner, payloadHash }: Pick<Claim, 'key' | 'owner' | 'payloadHash'>,
    settlement: Settlement,
  ): Promise<Settled> {
    const { expiresAt } = settlement;
    const record: StoredRecord = {
      ...settlement,
      key,
      owner,
      payloadHash,
      expiresAt: wholeSeconds(expiresAt),
      format: this.#format,
    };
    for (let lost = 0; lost < MOST_LOST_RACES; lost++) {
      const outcome = await this.#put(record, { kind: 'settle', owner }, TRIES);
      if (outcome.stored) {
        this.#cache?.add(record);
        return { record, isAnother: false };
      }
      const existing = outcome.existing ?? (await this.read(key));
      if (!existing) continue;
      if (existing.owner !== owner) throw lostTo(existing);
      if (existing.status !== 'INPROGRESS') {
        return { record: existing, isAnother: !isEqual(existing, record) };
      }
    }
    throw new IdempotencyInconsistentStateError(`The record of idempotency key ${key} changed with every look at it.`);
  }

  /** Whether somebody else holds the key, and has not ended. */
  async isHeld({ key, owner }: Pick<Claim, 'key' | 'owner'>, now: number): Promise<boolean> {
    const existing = await this.read(key);
    return existing?.status === 'INPROGRESS' && existing.owner !== owner && this.#stands(existing, now);
  }

  /** Whether a claim is to be respected. Of an execution its status says so, and the time only where nobody knows that. */
  async #stands(claim: StoredRecord, now: number): Promise<boolean> {
    const hasRunOut = isOver(claim, now);
    if (hasRunOut && !isOfExecution(claim)) return false;
    const status = await this.#status(claim.owner);
    return status === 'running' || (status === 'unknown' && !hasRunOut);
  }

  /** The record as it is now. */
  async read(key: string): Promise<StoredRecord | undefined> {
    return this.#insist(`read the record of key ${key}`, TRIES, () => this.#store.get(key, this.#format));
  }

  /** Gives the key back, if it is the owner's claim still. */
  async release({ key, owner }: Pick<Claim, 'key' | 'owner'>): Promise<void> {
    await this.#insist(`delete the claim of key ${key}`, TRIES, () => this.#store.delete(key, owner));
  }

  #put(record: StoredRecord, condition: WriteCondition, tries: number): Promise<PutOutcome> {
    return this.#insist(`write the record of key ${record.key}`, tries, () => this.#store.put(record, condition));
  }

  #taken(record: StoredRecord, { key, owner, payloadHash }: Claim): Claimed {
    if (record.owner !== owner && payloadHash !== undefined && record.payloadHash !== payloadHash) {
      throw new IdempotencyValidationError(
        `Idempotency key ${key} was used before with another payload. Send another payload under another key.`,
        record,
        parseOwner(record.owner)?.arn,
      );
    }
    if (record.status === 'COMPLETED') this.#cache?.add(record);
    return { kind: 'taken', record };
  }

  async #insist<T>(what: string, tries: number, work: () => Promise<T>): Promise<T> {
    for (let count = 1; ; count++) {
      try {
        return await work();
      } catch (error) {
        if (count < tries) continue;
        throw new IdempotencyPersistenceLayerError(
          `The idempotency store could not ${what}: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
    }
  }
}

function lostTo(existing: StoredRecord): IdempotencyOwnershipLostError {
  const arn = parseOwner(existing.owner)?.arn;
  return new IdempotencyOwnershipLostError(
    `The claim of idempotency key ${existing.key} ran out, and ${arn ?? 'another call'} has it now: its record stands, and this ` +
      'result is not stored. The effect may have happened twice. Make the claim last as long as its owner: executionTimeout, or ' +
      'the Lambda context of the call.',
    existing,
    arn,
  );
}

/** As values, where a store keeps values: those have no order of members. */
function isEqual(a: StoredRecord, b: StoredRecord): boolean {
  if (a.status !== b.status) return false;
  if (a.data?.encoding === 'json' && b.data?.encoding === 'json') {
    return isDeepStrictEqual(JSON.parse(a.data.text), JSON.parse(b.data.text));
  }
  return a.data?.text === b.data?.text;
}

function wholeSeconds(moment: number): number {
  return Math.ceil(moment / 1000) * 1000;
}
