import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { FencedPersistenceLayer, type PutOutcome } from '../persistence/fenced-persistence-layer.ts';
import type { RecordFormat, StoredData, StoredRecord } from '../persistence/record.ts';
import type { WriteCondition } from '../persistence/write-condition.ts';
import { conditionMembers } from './conditions.ts';
import { explained } from './failures.ts';
import { fromItem, type Item, layoutOf, type PartsPlace, partsFormat, partsOf, toItem } from './items.ts';
import { type Attributes, attributesOf, type DynamoDBPersistenceLayerOptions } from './options.ts';

/** Bytes of a part of a result that does not fit into one item. */
const PART_BYTES = 350_000;
/** DynamoDB's limits for the values of keys. */
const MOST_PARTITION_KEY_BYTES = 2048;
const MOST_SORT_KEY_BYTES = 1024;
/** What the keys of parts add to that of their record: `#part-<uuid>-<number>`. */
const PART_SUFFIX_BYTES = 60;

/**
 * Idempotency records in a DynamoDB table, in the layout of Powertools: a table that its idempotency uses needs no change, and
 * its records count. Every write and delete has its condition in the request itself. A result that does not fit into an item
 * lies in parts beside it.
 *
 * Requests: PutItem, GetItem, DeleteItem.
 *
 * @throws TypeError for options that can't be right, two attributes of the same name among them
 * @example const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'idempotency' });
 */
export class DynamoDBPersistenceLayer extends FencedPersistenceLayer {
  readonly tableName: string;
  readonly #attributes: Attributes;
  readonly #staticPkValue: string;
  readonly #options: DynamoDBPersistenceLayerOptions;
  #client: DynamoDBClient | undefined;

  constructor(options: DynamoDBPersistenceLayerOptions) {
    super();
    this.#attributes = attributesOf(options);
    this.#options = options;
    this.#client = options.awsSdkV3Client;
    this.tableName = options.tableName;
    this.#staticPkValue = options.staticPkValue ?? `idempotency#${process.env.AWS_LAMBDA_FUNCTION_NAME ?? ''}`;
  }

  override async put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    const { key, format = 'powertools-typescript' } = record;
    const item = { ...this.#keyOf(key), ...toItem(record, this.#attributes), ...(await this.#dataOf(record)) };
    try {
      await this.#send('PutItem', (client) =>
        client.send(
          new PutItemCommand({
            TableName: this.tableName,
            Item: item,
            ...conditionMembers(condition, this.#attributes),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return { stored: true };
    } catch (error) {
      const { Item: existing } = conditionFailure(error);
      return { stored: false, existing: existing && (await this.#toRecord(key, existing, format)) };
    }
  }

  override async get(key: string, format: RecordFormat): Promise<StoredRecord | undefined> {
    const item = await this.#getItem(key);
    return item && this.#toRecord(key, item, format);
  }

  override async delete(key: string, owner: string): Promise<void> {
    try {
      await this.#send('DeleteItem', (client) =>
        client.send(
          new DeleteItemCommand({
            TableName: this.tableName,
            Key: this.#keyOf(key),
            ...conditionMembers({ kind: 'replace', owner }, this.#attributes),
          }),
        ),
      );
    } catch (error) {
      conditionFailure(error); // It is not the owner's claim any more: nothing to delete.
    }
  }

  override checkKey(key: string): void {
    const limit = this.#attributes.sortKey === undefined ? MOST_PARTITION_KEY_BYTES : MOST_SORT_KEY_BYTES;
    const most = limit - PART_SUFFIX_BYTES;
    const bytes = Buffer.byteLength(key);
    if (bytes <= most) return;
    throw new RangeError(`An idempotency key takes ${bytes} bytes and the limit is ${most}: ${key.slice(0, 80)}...`);
  }

  /** The attributes of a result. Parts are written before the record that names them; without it they are garbage that expires. */
  async #dataOf(record: StoredRecord): Promise<Item> {
    const { data, format = 'powertools-typescript' } = record;
    if (data === undefined) return {};
    const layout = layoutOf(data, format);
    const { data: dataAttr, dataFormat } = this.#attributes;
    if (layout.kind === 'inside') {
      return {
        [dataAttr]: layout.attribute,
        ...(layout.format !== undefined && { [dataFormat]: { S: layout.format } }),
      };
    }
    const bytes = Buffer.from(data.text);
    const count = Math.ceil(bytes.length / PART_BYTES);
    const place: PartsPlace = { encoding: layout.encoding, count, writeId: crypto.randomUUID() };
    for (let index = 0; index < count; index++) {
      const chunk = bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
      await this.#putPart(partKey(record.key, place, index), chunk, record);
    }
    return { [dataFormat]: { S: partsFormat(place.encoding, count, place.writeId) } };
  }

  async #putPart(key: string, chunk: Uint8Array, record: StoredRecord): Promise<void> {
    const { status, data, owner, expiry } = this.#attributes;
    const { [expiry]: expiration, [owner]: writer } = toItem(record, this.#attributes);
    const item: Record<string, AttributeValue | undefined> = {
      ...this.#keyOf(key),
      [status]: { S: 'PART' },
      [data]: { B: chunk },
      ...(expiration && { [expiry]: expiration }),
      ...(writer && { [owner]: writer }),
    };
    await this.#send('PutItem', (client) =>
      client.send(new PutItemCommand({ TableName: this.tableName, Item: item as Item })),
    );
  }

  async #toRecord(key: string, item: Item, format: RecordFormat): Promise<StoredRecord> {
    const place = partsOf(item, this.#attributes);
    const outside = place && (await this.#readParts(key, place));
    return fromItem(key, item, this.#attributes, format, outside);
  }

  async #readParts(key: string, place: PartsPlace): Promise<StoredData> {
    const indexes = Array.from({ length: place.count }, (_, index) => index);
    const items = await Promise.all(indexes.map((index) => this.#getItem(partKey(key, place, index))));
    const chunks = items.map((item) => item?.[this.#attributes.data]?.B);
    const missing = chunks.indexOf(undefined);
    if (missing >= 0) throw new Error(`part ${missing + 1} of ${place.count} of the stored result is not in the table`);
    return { text: Buffer.concat(chunks as Uint8Array[]).toString(), encoding: place.encoding };
  }

  async #getItem(key: string): Promise<Item | undefined> {
    const { Item } = await this.#send('GetItem', (client) =>
      client.send(new GetItemCommand({ TableName: this.tableName, Key: this.#keyOf(key), ConsistentRead: true })),
    );
    return Item;
  }

  #keyOf(key: string): Item {
    const { key: keyAttr, sortKey } = this.#attributes;
    if (sortKey === undefined) return { [keyAttr]: { S: key } };
    return { [keyAttr]: { S: this.#staticPkValue }, [sortKey]: { S: key } };
  }

  async #send<T>(request: string, send: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    this.#client ??= new DynamoDBClient(this.#options.clientConfig ?? {});
    try {
      return await send(this.#client);
    } catch (error) {
      throw explained(this.tableName, request, error);
    }
  }
}

/** Throws everything that is no failed condition. */
function conditionFailure(error: unknown): { Item?: Item | undefined } {
  if ((error as Error | undefined)?.name !== 'ConditionalCheckFailedException') throw error;
  return error as { Item?: Item };
}

function partKey(key: string, { writeId }: PartsPlace, index: number): string {
  return `${key}#part-${writeId}-${index}`;
}
