import type { AttributeValue, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/**
 * How runs lie in the table. One table, string keys `pk` and `sk`, one index over `gsi1pk` and `gsi1sk`, time to live on
 * `expiresAt` (seconds). Names of attributes are short: they are paid for in every item.
 *
 * | partition | sort key | item |
 * |---|---|---|
 * | `r#<run>` | number, 8 digits | log item: see below |
 * | `n#<function>#<name>` | `name` | who holds the name: `r` run, `w` writer. Its put creates the run |
 * | `o#<run>` | operation id | outside item: `q` number of the log item that opened it, `h` heartbeat, `u` settled at, `w` writer of the outcome, body, `b` absorbed, `x` closed |
 * | `p#<run>#<writer>` | number, 8 digits | one part `e` of a body that does not fit its item |
 * | `p#<run>#snapshot` | `newest` | the log up to item `q`: body, `w` writer. Whoever reads the log may spare what it covers |
 * | `e#<run>` | `start` or `end` | status change to deliver: `u` when |
 * | `w#beat` | `beat` | wake-up function: `u` when it last ran |
 * | `w#claim` | `claim` | wake-up function: `w` who stays, `l` until when |
 *
 * Log item: `w` writer, `c` client token, body (events), `k` opens, `b` absorbs, and the run's head as of then: `s` status
 * (absent: RUNNING), `t` ended at, `l` lease until, `d` due at (absent beside `l`: the same; null: none), `v` what blocks it (JSON). Item 1 has what
 * never changes, too: `a` ARN, `f` function, `n` name, `h` hash of the input, `i` started at, `y` ordinary.
 *
 * Body: `e` bytes, or `p` number of parts, or `o` key of an object in the bucket; `z` how the bytes were made.
 *
 * Index: `d#<shard>` holds hints, sorted by due time; `l#<shard>` item 1 of every execution, sorted by start; `e#<shard>`
 * status changes to deliver, sorted by when they happened.
 */
export type Attributes = Record<string, AttributeValue>;

/** Name of the index. */
export const INDEX_NAME = 'gsi1';
/** Attribute that time to live is to be switched on for. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** Partitions of the index for each kind of entry. Readers ask every one; a hint needs one write of the thousand per second that each takes. */
export const SHARDS = 4;

/** Largest body inside its item. Who only asks for a run's head pays for the whole newest item. */
export const INLINE_BYTES: number = 64 * 1024;
/** Largest part of a body: an item holds 400 KB, keys and names included. */
export const PART_BYTES: number = 360 * 1024;

const SEQUENCE_DIGITS = 8;
const TIME_DIGITS = 15;

export interface Key {
  pk: string;
  sk: string;
}

export function logPartition(runId: string): string {
  return `r#${runId}`;
}

export function outsidePartition(runId: string): string {
  return `o#${runId}`;
}

export function logKey(runId: string, sequence: number): Key {
  return { pk: logPartition(runId), sk: sequenceText(sequence) };
}

export function outsideKey(runId: string, operationId: string): Key {
  return { pk: outsidePartition(runId), sk: operationId };
}

export function nameKey(functionName: string, name: string): Key {
  return { pk: `n#${encodeURIComponent(functionName)}#${encodeURIComponent(name)}`, sk: 'name' };
}

export function partsPartition(runId: string, writeId: string): string {
  return `p#${runId}#${writeId}`;
}

/** No id of a writer is this word. */
export function snapshotKey(runId: string): Key {
  return { pk: partsPartition(runId, 'snapshot'), sk: 'newest' };
}

/** A partition each: who may start the wake-up function need not be able to say that it lives. */
export const BEAT_KEY: Key = { pk: 'w#beat', sk: 'beat' };
export const CLAIM_KEY: Key = { pk: 'w#claim', sk: 'claim' };

export function sequenceText(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

/** Moments sort as text. A part of a millisecond is dropped: a hint may be early, never late. */
export function timeText(at: number): string {
  return String(Math.max(0, Math.floor(at))).padStart(TIME_DIGITS, '0');
}

export type IndexKind = 'due' | 'list' | 'event';

/** Where entries of a kind lie: one partition for each shard. */
export function indexPartitions(kind: IndexKind): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${kind[0]}#${shard}`);
}

export function indexEntry(kind: IndexKind, runId: string, at: number): Attributes {
  return {
    gsi1pk: { S: indexPartitions(kind)[shardOf(runId)] as string },
    gsi1sk: { S: `${timeText(at)}#${runId}` },
  };
}

/** The moment and the run of an entry's sort key. */
export function parseEntry(gsi1sk: string): { at: number; runId: string } {
  return { at: Number(gsi1sk.slice(0, TIME_DIGITS)), runId: gsi1sk.slice(TIME_DIGITS + 1) };
}

function shardOf(runId: string): number {
  let hash = 0;
  for (let index = 0; index < runId.length; index++) hash = (Math.imul(hash, 31) + runId.charCodeAt(index)) >>> 0;
  return hash % SHARDS;
}

/**
 * What `CreateTable` is to be asked for. Time to live is switched on separately, for {@link TTL_ATTRIBUTE}.
 *
 * @example
 * await client.send(new CreateTableCommand(tableDefinition('durable-executions')));
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  const names = ['pk', 'sk', 'gsi1pk', 'gsi1sk'];
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: INDEX_NAME,
        KeySchema: [
          { AttributeName: 'gsi1pk', KeyType: 'HASH' },
          { AttributeName: 'gsi1sk', KeyType: 'RANGE' },
        ],
        // Function and name, to filter lists; where an outside item was opened, to see whether it is absorbed.
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['f', 'n', 'q'] },
      },
    ],
  };
}
