import { type HeadChange, type LogItem, type RunHead, StoreError } from '@middy-durable/backend';
import type { BlockedRun, ExecutionStatus, RunEvent } from '@middy-durable/protocol';
import type { Bodies, BodyOwner } from './body.ts';
import { type Attributes, logKey, parseEntry } from './layout.ts';
import { packId, unpackId } from './packed-id.ts';
import { decodeRecords, encodeRecords } from './record-text.ts';
import { attributesOfKey } from './table.ts';

/** Keys, writer, client token, moments and their names, as they usually are. */
const USUAL_OVERHEAD = 130;

/** What a log item says of its run, besides its events. */
export interface LogHead extends HeadChange {
  sequence: number;
  writeId: string;
  /** Attribute for everything that belongs to the run. */
  expiresAt: Attributes[string];
  /** Moment of the item's own hint. */
  hintAt: number | undefined;
}

/** Attributes that {@link logHead} reads. */
export const HEAD_ATTRIBUTES: readonly string[] = ['sk', 'w', 's', 't', 'd', 'l', 'v', 'expiresAt', 'gsi1pk', 'gsi1sk'];
/** Attributes that {@link identityOf} reads. */
export type RunIdentity = Pick<
  RunHead,
  'runId' | 'arn' | 'functionName' | 'name' | 'inputHash' | 'startedAt' | 'ordinary'
>;

export async function logAttributes(
  bodies: Bodies,
  runId: string,
  item: LogItem,
  head: HeadChange,
  expiresAt: Attributes[string],
): Promise<Attributes> {
  const { clientToken, opens, absorbs } = item;
  return {
    ...attributesOfKey(logKey(runId, item.sequence)),
    w: packId(item.writeId),
    ...(clientToken !== undefined && { c: packId(clientToken) }),
    ...(opens !== undefined && { k: textList(opens) }),
    ...(absorbs !== undefined && { b: textList(absorbs) }),
    ...(head.status !== 'RUNNING' && { s: { S: head.status } }),
    ...(head.endedAt !== undefined && { t: number(head.endedAt) }),
    ...dueAttributes(head.dueAt, head.leaseUntil),
    ...(head.blocked && { v: { S: JSON.stringify(head.blocked) } }),
    expiresAt,
    ...(await bodies.write(ownerOf(runId, item), encodeRecords(item.events), USUAL_OVERHEAD, expiresAt)),
  } as Attributes;
}

/** Members that are absent take nothing; a due time that is the lease's end needs no second number. */
export function dueAttributes(dueAt: number | undefined, leaseUntil: number | undefined): Attributes {
  return {
    ...(leaseUntil !== undefined && { l: number(leaseUntil) }),
    ...(dueAt === undefined
      ? leaseUntil !== undefined && { d: { NULL: true } }
      : dueAt !== leaseUntil && { d: number(dueAt) }),
  };
}

export function identityAttributes(run: RunIdentity): Attributes {
  return {
    a: { S: run.arn },
    f: { S: run.functionName },
    n: { S: run.name },
    h: { S: run.inputHash },
    i: number(run.startedAt),
    ...(run.ordinary && { y: { BOOL: true } }),
  };
}

export function identityOf(runId: string, item: Attributes): RunIdentity {
  return {
    runId,
    arn: text(runId, item, 'a'),
    functionName: text(runId, item, 'f'),
    name: text(runId, item, 'n'),
    inputHash: text(runId, item, 'h'),
    startedAt: Number(item.i?.N),
    ...(item.y?.BOOL && { ordinary: true }),
  };
}

export function logHead(item: Attributes): LogHead {
  const leaseUntil = moment(item, 'l');
  const hint = item.gsi1pk?.S?.startsWith('d') ? item.gsi1sk?.S : undefined;
  return {
    sequence: Number(item.sk?.S),
    writeId: unpackId(item.w),
    status: (item.s?.S ?? 'RUNNING') as ExecutionStatus,
    endedAt: moment(item, 't'),
    dueAt: item.d === undefined ? leaseUntil : moment(item, 'd'),
    leaseUntil,
    blocked: item.v?.S === undefined ? undefined : (JSON.parse(item.v.S) as BlockedRun),
    expiresAt: item.expiresAt as Attributes[string],
    hintAt: hint === undefined ? undefined : parseEntry(hint).at,
  };
}

export async function logItem(bodies: Bodies, runId: string, attributes: Attributes): Promise<LogItem> {
  const { sequence, writeId } = logHead(attributes);
  const { c, k, b } = attributes;
  const bytes = await bodies.read(ownerOf(runId, { sequence, writeId }), attributes);
  const item: LogItem = { sequence, writeId, events: eventsOf(runId, sequence, bytes) };
  if (c !== undefined) item.clientToken = unpackId(c);
  if (k?.L !== undefined) item.opens = k.L.map(({ S }) => S ?? '');
  if (b?.L !== undefined) item.absorbs = b.L.map(({ S }) => S ?? '');
  return item;
}

export function number(value: number): Attributes[string] {
  return { N: String(value) };
}

function moment(item: Attributes, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

function ownerOf(runId: string, { sequence, writeId }: Pick<LogItem, 'sequence' | 'writeId'>): BodyOwner {
  return { runId, item: `log/${sequence}`, writer: writeId };
}

function textList(texts: string[]): Attributes[string] {
  return { L: texts.map((S) => ({ S })) };
}

function text(runId: string, item: Attributes, name: string): string {
  const value = item[name]?.S;
  if (value !== undefined) return value;
  throw new StoreError(
    `The first item of run ${runId} has no attribute ${name}: it is damaged. Restore or delete the run.`,
  );
}

function eventsOf(runId: string, sequence: number, bytes: Uint8Array): RunEvent[] {
  try {
    return decodeRecords(bytes) as unknown as RunEvent[];
  } catch (cause) {
    throw new StoreError(
      `Item ${sequence} of run ${runId} is not readable: it is damaged, or from a newer version. Restore it, or update this package.`,
      { cause },
    );
  }
}
