import { FencedPersistenceLayer, type PutOutcome } from '../persistence/fenced-persistence-layer.ts';
import type { RecordFormat, StoredRecord } from '../persistence/record.ts';
import type { WriteCondition } from '../persistence/write-condition.ts';

/** A record as the layers of Powertools take and give it. */
interface TheirRecord {
  idempotencyKey: string;
  expiryTimestamp?: number | undefined;
  inProgressExpiryTimestamp?: number | undefined;
  responseData?: unknown;
  payloadHash?: string | undefined;
  getStatus(): string;
  isExpired(): boolean;
  getResponse(): unknown;
}

/** What those who write a layer for Powertools implement. */
interface TheirLayer {
  _putRecord(record: TheirRecord): Promise<void>;
  _getRecord(key: string): Promise<TheirRecord>;
  _updateRecord(record: TheirRecord): Promise<void>;
  _deleteRecord(record: TheirRecord): Promise<void>;
}

/**
 * A layer of Powertools, for calls that end with their invocation. Its updates and deletes are not conditional. While the claim
 * stands nobody else can have the key; after that the record is looked at first. What gets in between that look and the write
 * is overwritten: such a call outlived its invocation, which Lambda does not let happen.
 */
export class PowertoolsStore extends FencedPersistenceLayer {
  readonly #layer: TheirLayer;
  /** Ends of the claims that were made here, by owner. Each is of one call, which ends here too. */
  readonly #claims = new Map<string, number>();

  constructor(layer: TheirLayer) {
    super();
    this.#layer = layer;
  }

  override async put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    const { owner } = condition;
    if (condition.kind === 'claim') {
      const outcome = await this.#claim(record);
      if (outcome.stored && record.claimExpiresAt !== undefined) this.#claims.set(owner, record.claimExpiresAt);
      return outcome;
    }
    if (condition.kind === 'replace') return { stored: false, existing: await this.get(record.key) };
    const existing = await this.#inTheWay(record.key, owner);
    if (existing) return { stored: false, existing };
    // They know no such state. The claim stays as it is, until it runs out.
    if (record.status !== 'FAILED') await this.#layer._updateRecord(toTheirs(record));
    this.#claims.delete(owner);
    return { stored: true };
  }

  override async get(key: string, _format?: RecordFormat): Promise<StoredRecord | undefined> {
    try {
      return fromTheirs(await this.#layer._getRecord(key));
    } catch (error) {
      if ((error as Error).name === 'IdempotencyItemNotFoundError') return undefined;
      throw error;
    }
  }

  override async delete(key: string, owner: string): Promise<void> {
    if (await this.#inTheWay(key, owner)) return;
    await this.#layer._deleteRecord(toTheirs({ key, status: 'INPROGRESS' }));
    this.#claims.delete(owner);
  }

  async #claim(record: StoredRecord): Promise<PutOutcome> {
    try {
      await this.#layer._putRecord(toTheirs(record));
      return { stored: true };
    } catch (error) {
      if ((error as Error).name !== 'IdempotencyItemAlreadyExistsError') throw error;
      const { existingRecord } = error as { existingRecord?: TheirRecord };
      return { stored: false, existing: existingRecord && fromTheirs(existingRecord) };
    }
  }

  /** Another record than the claim of that owner, which has run out; `undefined` where the claim is there, or nothing. */
  async #inTheWay(key: string, owner: string): Promise<StoredRecord | undefined> {
    const until = this.#claims.get(owner);
    if (until !== undefined && until >= Date.now()) return undefined;
    const existing = await this.get(key);
    // Whoever took it later has a later end.
    const isOwn = existing?.status === 'INPROGRESS' && existing.claimExpiresAt === until;
    return isOwn ? undefined : existing;
  }
}

/** Marks a result that an output serializer wrote: others are values of JSON. */
const TEXT_KEY = '@middy-durable/text';

function toTheirs({ key, status, expiresAt, claimExpiresAt, data, payloadHash }: StoredRecord): TheirRecord {
  const responseData: unknown = data?.encoding === 'text' ? { [TEXT_KEY]: data.text } : data && JSON.parse(data.text);
  return {
    idempotencyKey: key,
    expiryTimestamp: expiresAt === undefined ? undefined : expiresAt / 1000,
    inProgressExpiryTimestamp: claimExpiresAt,
    responseData,
    payloadHash,
    getStatus: () => status,
    isExpired: () => false,
    getResponse: () => responseData,
  };
}

function fromTheirs(record: TheirRecord): StoredRecord {
  const response = record.getResponse();
  const serialized = (response as { [TEXT_KEY]?: unknown } | null | undefined)?.[TEXT_KEY];
  const isText = typeof serialized === 'string';
  const text = isText ? serialized : JSON.stringify(response);
  const status = record.getStatus();
  return {
    key: record.idempotencyKey,
    // An expired one makes way at the next claim.
    status: status === 'EXPIRED' ? 'INPROGRESS' : (status as StoredRecord['status']),
    expiresAt: record.expiryTimestamp === undefined ? undefined : record.expiryTimestamp * 1000,
    claimExpiresAt: record.inProgressExpiryTimestamp,
    data: text === undefined ? undefined : { text, encoding: isText ? 'text' : 'json' },
    payloadHash: record.payloadHash === '' ? undefined : record.payloadHash,
  };
}
