import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync, constants } from 'node:zlib';
import { StoreError } from '@middy-durable/backend';
import { type Attributes, INLINE_BYTES, PART_BYTES, partsPartition, sequenceText } from './layout.ts';
import type { CodecInfo, ObjectStore, PayloadCodec } from './options.ts';
import { objectFailure } from './store-failure.ts';
import type { Table } from './table.ts';

/** Bits of the attribute `z`. */
const COMPRESSED = 1;
const ENCODED = 2;

/** What one write unit pays for. */
const UNIT_BYTES = 1024;
/**
 * Quality 2 of 11: on JSON of 1 to 700 KB about as small as gzip's best in half of its time, 25 microseconds for 2 KB.
 * More quality costs time on every step and saves a write unit in twenty.
 */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } };
/** More than any checkpoint or payload of the protocol can hold: what decompresses to more was not written by us. */
const MOST_BYTES = { maxOutputLength: 64 * 1024 * 1024 };
/** Above this the event loop is not kept waiting. */
const SYNC_BYTES = 64 * 1024;
const compressLater = promisify(brotliCompress);
const decompressLater = promisify(brotliDecompress);

export interface BodyOptions {
  codec: PayloadCodec | undefined;
  objects: ObjectStore | undefined;
  offloadBytes: number;
}

/** Whose body it is: `writer` keeps the parts of rivals apart. */
export interface BodyOwner extends CodecInfo {
  writer: string;
  /** Largest body inside the item. Default {@link INLINE_BYTES}. */
  inlineBytes?: number | undefined;
}

/** Turns bytes into attributes of an item and back: inline, in parts, or as an object, compressed where that costs less. */
export class Bodies {
  readonly #table: Table;
  readonly #options: BodyOptions;

  constructor(table: Table, options: BodyOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** `overhead`: bytes that the item has besides. What lies outside the item is durable when it resolves. */
  async write(owner: BodyOwner, plain: Buffer, overhead: number, expiresAt: Attributes[string]): Promise<Attributes> {
    const { codec, objects, offloadBytes } = this.#options;
    let bytes: Uint8Array = plain;
    let flags = 0;
    if (plain.length + overhead > UNIT_BYTES) {
      const small =
        plain.length > SYNC_BYTES ? await compressLater(plain, QUALITY) : brotliCompressSync(plain, QUALITY);
      if (units(small.length + overhead) < units(plain.length + overhead)) {
        bytes = small;
        flags |= COMPRESSED;
      }
    }
    if (codec !== undefined) {
      bytes = await codec.encode(bytes, { runId: owner.runId, item: owner.item });
      flags |= ENCODED;
    }
    const how: Attributes = flags === 0 ? {} : { z: { N: String(flags) } };
    if (objects !== undefined && bytes.length > offloadBytes) {
      const key = `${encodeURIComponent(owner.runId)}/${encodeURIComponent(owner.writer)}`;
      await this.#object('PutObject', () => objects.put(key, bytes));
      return { ...how, o: { S: key } };
    }
    if (bytes.length <= (owner.inlineBytes ?? INLINE_BYTES)) return { ...how, e: { B: bytes } };
    const count = Math.ceil(bytes.length / PART_BYTES);
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        this.#table.putOwn({
          pk: { S: partsPartition(owner.runId, owner.writer) },
          sk: { S: sequenceText(index) },
          e: { B: bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES) },
          ...(expiresAt && { expiresAt }),
        }),
      ),
    );
    return { ...how, p: { N: String(count) } };
  }

  async read(owner: BodyOwner, item: Attributes): Promise<Uint8Array> {
    const flags = Number(item.z?.N ?? 0);
    let bytes = await this.#bytes(owner, item);
    if (flags & ENCODED) {
      const { codec } = this.#options;
      if (codec === undefined) {
        throw new StoreError(
          `Item ${owner.item} of run ${owner.runId} was stored through a codec. Give the store the option codec.`,
        );
      }
      bytes = await codec.decode(bytes, { runId: owner.runId, item: owner.item });
    }
    if (!(flags & COMPRESSED)) return bytes;
    return bytes.length > SYNC_BYTES ? decompressLater(bytes, MOST_BYTES) : brotliDecompressSync(bytes, MOST_BYTES);
  }

  async #bytes(owner: BodyOwner, item: Attributes): Promise<Uint8Array> {
    const inline = item.e?.B;
    if (inline !== undefined) return inline;
    const key = item.o?.S;
    if (key !== undefined) {
      const { objects } = this.#options;
      if (objects !== undefined) return this.#object('GetObject', () => objects.get(key));
      throw new StoreError(
        `Item ${owner.item} of run ${owner.runId} lies in a bucket. Give the store the option bucket.`,
      );
    }
    const parts: Uint8Array[] = [];
    const pk = partsPartition(owner.runId, owner.writer);
    for await (const { e } of this.#table.query({ text: '#pk = :pk', values: { ':pk': { S: pk } } })) {
      if (e?.B !== undefined) parts.push(e.B);
    }
    if (parts.length === Number(item.p?.N)) return Buffer.concat(parts);
    throw new StoreError(
      `Item ${owner.item} of run ${owner.runId} has ${parts.length} of ${item.p?.N ?? 'no'} parts: it has expired or is damaged.`,
    );
  }

  async #object<T>(request: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw objectFailure(request, error);
    }
  }
}

function units(bytes: number): number {
  return Math.ceil(bytes / UNIT_BYTES);
}
