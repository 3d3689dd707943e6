import type { Snapshot } from '@middy-durable/backend';
import type { Bodies, BodyOwner } from './body.ts';
import { PART_BYTES, snapshotKey } from './layout.ts';
import { logHead, number } from './log-items.ts';
import type { LogTails } from './log-tail.ts';
import { packId } from './packed-id.ts';
import type { RunReads } from './run-reads.ts';
import { attributesOfKey, type Table } from './table.ts';

/** Keys, writer, number and their names. */
const OVERHEAD = 130;

export interface SnapshotParts {
  table: Table;
  bodies: Bodies;
  reads: RunReads;
  tails: LogTails;
  newId: () => string;
}

/** Snapshots of logs, one of each run. Parts and objects of those that were replaced are left to time to live. */
export class Snapshots {
  readonly #parts: SnapshotParts;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** One conditional put, after that of the parts where the text is large. */
  async keep(runId: string, { sequence, text }: Snapshot): Promise<void> {
    const { table, bodies, reads, tails, newId } = this.#parts;
    const expiresAt = (tails.get(runId)?.newest ?? (await reads.newest(runId)))?.expiresAt;
    if (expiresAt === undefined) return;
    const writer = newId();
    const body = await bodies.write(ownerOf(runId, sequence, writer), Buffer.from(text), OVERHEAD, expiresAt);
    const item = { ...attributesOfKey(snapshotKey(runId)), w: packId(writer), q: number(sequence), expiresAt, ...body };
    await table.put(item, { text: 'attribute_not_exists(#pk) OR #q < :q', values: { ':q': number(sequence) } });
  }

  async newest(runId: string): Promise<Snapshot | undefined> {
    const { table, bodies } = this.#parts;
    const { pk } = snapshotKey(runId);
    // A query, not a get: that is what readers of a log may do on its parts.
    for await (const item of table.query({ text: '#pk = :pk', values: { ':pk': { S: pk } } })) {
      const sequence = Number(item.q?.N);
      const bytes = await bodies.read(ownerOf(runId, sequence, logHead(item).writeId), item);
      return { sequence, text: Buffer.from(bytes).toString() };
    }
    return undefined;
  }
}

/** Unlike a log's newest item, it is read by nobody but who wants it whole: it may fill its item. */
function ownerOf(runId: string, sequence: number, writer: string): BodyOwner {
  return { runId, item: `snapshot/${sequence}`, writer, inlineBytes: PART_BYTES };
}
