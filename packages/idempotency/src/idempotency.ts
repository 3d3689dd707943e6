import { toErrorObject } from '@middy-durable/core';
import { type Claim, type Claimed, Claims, type Settled } from './claims/claims.ts';
import { LocalCache } from './claims/local-cache.ts';
import { parseOwner } from './claims/owner.ts';
import { ownerStatus } from './claims/owner-status.ts';
import { decodeResult, encodeResult, type OutputSerializer, type SerializerContext } from './claims/result-codec.ts';
import { configOf, type IdempotencyConfig } from './config/idempotency-config.ts';
import { IdempotencyRecord } from './config/idempotency-record.ts';
import {
  IdempotencyAlreadyCompletedError,
  IdempotencyAlreadyFailedError,
  IdempotencyAlreadyInProgressError,
  IdempotencyResultError,
} from './errors.ts';
import { type KeyScope, type RecordKey, recordKey } from './key/record-key.ts';
import { type ConflictPolicy, checkIdempotencyOptions, type IdempotencyOptions } from './options.ts';
import type { StoredRecord } from './persistence/record.ts';
import { fencedLayer } from './powertools/fenced-layer.ts';

/** A key that is about to be claimed, or is: for whom, and on whose time. */
export interface Holder extends Claim {
  /** Of the execution that it belongs to; empty outside of executions. */
  arn: string;
  /** How results are written and read. Default: the option, else JSON. */
  serializer?: OutputSerializer | undefined;
}

/** What somebody who does not hold the key gets. */
export type Verdict =
  | { kind: 'value'; record: StoredRecord }
  | { kind: 'error'; error: Error }
  | { kind: 'busy'; error: Error };

/** What executions, steps and functions that are idempotent share: their options, and what these mean. */
export class Idempotency {
  readonly config: IdempotencyConfig;
  readonly options: IdempotencyOptions;
  readonly #claims: Claims;
  readonly #store: ReturnType<typeof fencedLayer>;

  /**
   * @param needs a promise that only an owner-fenced store keeps, for the error; undefined where any store will do
   * @throws TypeError, RangeError, IdempotencyPromiseError
   */
  constructor(options: IdempotencyOptions, method: string, needs: string | undefined) {
    this.options = checkIdempotencyOptions(options, method);
    this.config = configOf(options.config);
    this.#store = fencedLayer(options.persistenceStore, this.config, method, needs, options.onError);
    const { keyFormat, useLocalCache, maxLocalCacheSize } = this.config;
    const cache = useLocalCache ? new LocalCache(maxLocalCacheSize) : undefined;
    this.#claims = new Claims(this.#store, keyFormat, cache, (owner) => ownerStatus(owner, options));
  }

  /** @throws IdempotencyKeyError, RangeError for a key that the store can't hold */
  keyOf(scope: Omit<KeyScope, 'keyPrefix'>, payload: unknown, explicit?: unknown): RecordKey | undefined {
    const keyPrefix = this.options.keyPrefix?.trim();
    const key = recordKey(this.config, { ...scope, keyPrefix }, payload, explicit);
    if (key) this.#store.checkKey(key.key);
    return key;
  }

  claim(holder: Holder): Promise<Claimed> {
    return this.#claims.claim(holder);
  }

  /** What the policy makes of a record that stands in the way. */
  verdict(record: StoredRecord, { owner }: Holder, policy: ConflictPolicy): Verdict {
    const arn = parseOwner(record.owner)?.arn;
    const by = arn ? `execution ${arn}` : 'another call';
    const { key, status } = record;
    if (status === 'INPROGRESS') {
      const message = `Idempotency key ${key} is held by ${by}, which has not ended yet. Try again later.`;
      return { kind: 'busy', error: new IdempotencyAlreadyInProgressError(message, record, arn) };
    }
    const isOwn = record.owner === owner;
    if (status === 'FAILED' && (record.data === undefined || (policy === 'reject' && !isOwn))) {
      const message =
        `For idempotency key ${key}, ${by} has failed, and its error policy keeps the key until the record expires: nobody ` +
        'knows how much of it happened. Find that out, then delete the record or use another key.';
      return { kind: 'error', error: new IdempotencyAlreadyFailedError(message, record, arn) };
    }
    if (status === 'FAILED') return { kind: 'error', error: storedError(record) };
    if (policy === 'reject' && !isOwn) {
      const message = `Idempotency key ${key} was used before, by ${by}, which has completed.`;
      return { kind: 'error', error: new IdempotencyAlreadyCompletedError(message, record, arn) };
    }
    return { kind: 'value', record };
  }

  /** A stored result as a duplicate gets it, through the response hook; its own comes back to an owner as it is. */
  async valueOf(record: StoredRecord, holder: Holder): Promise<unknown> {
    const value = await decodeResult(record, this.#serializer(holder), contextOf(holder));
    const { responseHook } = this.config;
    if (!responseHook || record.owner === holder.owner) return value;
    return responseHook(value as never, new IdempotencyRecord(record, value, holder.now));
  }

  /**
   * Records the owner's result. The record that stands then may be of another attempt of the same owner.
   * @throws IdempotencyResultError for a result that can't be stored; the key stays taken, as it has happened
   * @throws IdempotencyOwnershipLostError, IdempotencyPersistenceLayerError
   */
  async complete(holder: Holder, value: unknown): Promise<Settled> {
    let data: Awaited<ReturnType<typeof encodeResult>>;
    try {
      data = await encodeResult(value, this.#serializer(holder), contextOf(holder));
    } catch (error) {
      if (error instanceof IdempotencyResultError) await this.#settle(holder, 'FAILED', undefined);
      throw error;
    }
    return this.#settle(holder, 'COMPLETED', data);
  }

  /** The owner has failed: what becomes of the key. */
  async fail(holder: Holder, error: unknown): Promise<void> {
    const { onError = 'release' } = this.options;
    if (onError === 'release') return this.release(holder);
    const stored = onError === 'store' ? JSON.stringify(toErrorObject(error)) : undefined;
    await this.#settle(holder, 'FAILED', stored === undefined ? undefined : { text: stored, encoding: 'json' });
  }

  /** Whether somebody else holds the key, and has not ended. */
  isHeld(holder: Holder): Promise<boolean> {
    return this.#claims.isHeld(holder, holder.now());
  }

  /** The record as it is now. */
  read(key: string): Promise<StoredRecord | undefined> {
    return this.#claims.read(key);
  }

  release(holder: Holder): Promise<void> {
    return this.#claims.release(holder);
  }

  #serializer(holder: Holder): OutputSerializer | undefined {
    return this.options.outputSerializer ?? holder.serializer;
  }

  #settle(holder: Holder, status: 'COMPLETED' | 'FAILED', data: StoredRecord['data']): Promise<Settled> {
    const expiresAt = holder.now() + this.config.expiresAfterSeconds * 1000;
    return this.#claims.settle(holder, { status, data, expiresAt });
  }
}

function contextOf({ key, arn }: Holder): SerializerContext {
  return { entityId: key, durableExecutionArn: arn };
}

/** What was thrown, as far as it is stored: its name and its message. */
function storedError({ data }: StoredRecord): Error {
  const { ErrorType, ErrorMessage } = JSON.parse(data?.text ?? '{}') as { ErrorType?: string; ErrorMessage?: string };
  const error = new Error(ErrorMessage);
  if (typeof ErrorType === 'string') error.name = ErrorType;
  return error;
}
