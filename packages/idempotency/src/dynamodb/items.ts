import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { RecordFormat, RecordStatus, StoredData, StoredRecord } from '../persistence/record.ts';
import { fromAttribute, sizeOf, toAttribute } from './attribute-values.ts';
import type { Attributes } from './options.ts';

export type Item = Record<string, AttributeValue>;

/** Bytes of a result that fit into an item of 400 KB, beside a key of any length and the other attributes. */
const MOST_DATA_BYTES = 390_000;

/** How a result is laid out. */
export type DataLayout =
  /** In the item: as Powertools writes it, or with a word about how. */
  | { kind: 'inside'; attribute: AttributeValue; format: string | undefined }
  /** In items of its own, which the record names. */
  | { kind: 'parts'; encoding: StoredData['encoding'] };

const TEXT = 'text';
const JSON_TEXT = 'json';

export function layoutOf({ text, encoding }: StoredData, format: RecordFormat): DataLayout {
  const inPython = format === 'powertools-python';
  if (encoding === 'json' && !inPython) {
    const native = toAttribute(JSON.parse(text));
    if (native !== undefined && sizeOf(native) <= MOST_DATA_BYTES) {
      return { kind: 'inside', attribute: native, format: undefined };
    }
  }
  if (Buffer.byteLength(text) > MOST_DATA_BYTES) return { kind: 'parts', encoding };
  // Powertools for Python keeps every result as text.
  const said = inPython ? undefined : encoding === 'json' ? JSON_TEXT : TEXT;
  return { kind: 'inside', attribute: { S: text }, format: said };
}

/** Where the parts of a result are: `parts json 3 <id of the write>`. */
export function partsFormat(encoding: StoredData['encoding'], count: number, writeId: string): string {
  return `parts ${encoding} ${count} ${writeId}`;
}

export interface PartsPlace {
  encoding: StoredData['encoding'];
  count: number;
  writeId: string;
}

/** Undefined for data that is in the item. */
export function partsOf(item: Item, { dataFormat }: Attributes): PartsPlace | undefined {
  const [kind, encoding, count, writeId] = item[dataFormat]?.S?.split(' ') ?? [];
  if (kind !== 'parts' || writeId === undefined) return undefined;
  return { encoding: encoding === 'json' ? 'json' : 'text', count: Number(count), writeId };
}

/** The record without the members of its key, and without its data. */
export function toItem(record: StoredRecord, attributes: Attributes): Item {
  const { status, owner, expiresAt, claimExpiresAt, payloadHash } = record;
  return {
    [attributes.status]: { S: status },
    ...(owner !== undefined && { [attributes.owner]: { S: owner } }),
    ...(expiresAt !== undefined && { [attributes.expiry]: { N: String(Math.ceil(expiresAt / 1000)) } }),
    ...(claimExpiresAt !== undefined && { [attributes.inProgressExpiry]: { N: String(Math.ceil(claimExpiresAt)) } }),
    ...(payloadHash !== undefined && { [attributes.validation]: { S: payloadHash } }),
  };
}

/** @param key of the record, which a sort key may hold */
export function fromItem(
  key: string,
  item: Item,
  attributes: Attributes,
  format: RecordFormat,
  outside: StoredData | undefined,
): StoredRecord {
  const expiry = item[attributes.expiry]?.N;
  const until = item[attributes.inProgressExpiry]?.N;
  return {
    key,
    status: statusOf(item[attributes.status]?.S),
    owner: item[attributes.owner]?.S,
    expiresAt: expiry === undefined ? undefined : Number(expiry) * 1000,
    claimExpiresAt: until === undefined ? undefined : Number(until),
    payloadHash: item[attributes.validation]?.S,
    data: outside ?? dataInside(item, attributes, format),
    format,
  };
}

function statusOf(status: string | undefined): RecordStatus {
  if (status === 'INPROGRESS' || status === 'COMPLETED' || status === 'FAILED') return status;
  throw new TypeError(`the record has the status ${String(status)}: it is none of an idempotency table`);
}

function dataInside(item: Item, attributes: Attributes, format: RecordFormat): StoredData | undefined {
  const attribute = item[attributes.data];
  if (attribute === undefined) return undefined;
  const said = item[attributes.dataFormat]?.S;
  if (attribute.S !== undefined && (said !== undefined || format === 'powertools-python')) {
    return { text: attribute.S, encoding: said === TEXT ? 'text' : 'json' };
  }
  return { text: JSON.stringify(fromAttribute(attribute)), encoding: 'json' };
}
