import {
  type HeadChange,
  type LogItem,
  type NewRun,
  type RunHead,
  StoreError,
  VersionConflict,
} from '@middy-durable/backend';
import { isFinal } from '@middy-durable/protocol';
import type { Bodies } from './body.ts';
import type { Hints } from './hints.ts';
import { type Attributes, indexEntry, type Key, logKey, nameKey } from './layout.ts';
import { dueAttributes, identityAttributes, logAttributes, logHead, number } from './log-items.ts';
import { isCovered, type LogTail, type LogTails, startsInvocation, supersedes } from './log-tail.ts';
import type { OutsideItems } from './outside-items.ts';
import { packId } from './packed-id.ts';
import type { RunReads } from './run-reads.ts';
import { attributesOfKey, type Expression, type Table } from './table.ts';

/** Collects at most this many old hints after an append; what is left is found stale and removed then. */
const MOST_REMOVED = 25;
const NAME_TRIES = 5;

const ABSENT: Expression = { text: 'attribute_not_exists(#pk)' };

export interface RunWriteParts {
  table: Table;
  bodies: Bodies;
  reads: RunReads;
  tails: LogTails;
  hints: Hints;
  outside: OutsideItems;
  retentionSeconds: number;
  newId: () => string;
}

/** Creating runs, appending to them, and moving their due times. */
export class RunWrites {
  readonly #parts: RunWriteParts;

  constructor(parts: RunWriteParts) {
    this.#parts = parts;
  }

  /**
   * Two writes. Item 1 first: nobody knows of it, and without its name it is no run. Then the name, in one conditional put
   * that carries the first hint: it makes the run. A crash in between leaves an item that time to live collects.
   */
  async create(run: NewRun): Promise<{ created: true } | { created: false; existing: RunHead }> {
    const { table, reads } = this.#parts;
    const expiresAt = number(Math.ceil(this.#expiry(run)));
    const first = await this.#firstItem(run, expiresAt);
    const isOwn = await table.put(first, ABSENT);
    const condition = await this.#nameIsFree(run);
    const key = nameKey(run.functionName, run.name);
    const writer = this.#parts.newId();
    const name: Attributes = {
      ...attributesOfKey(key),
      r: { S: run.runId },
      w: packId(writer),
      expiresAt,
      ...(run.dueAt !== undefined && indexEntry('due', run.runId, run.dueAt)),
    };
    for (let tries = 0; tries < NAME_TRIES; tries++) {
      if (await table.put(name, condition)) {
        // Another try of the same run made item 1: should it be clearing up after itself, the run has its own.
        if (!isOwn) await table.put(first, ABSENT);
        reads.note(run.runId, first, run.firstItem);
        return { created: true };
      }
      const holder = await table.get(key);
      // Time to live has just taken it.
      if (holder === undefined) continue;
      // The AWS client repeats a put whose answer was lost.
      if (logHead(holder).writeId === writer) return { created: true };
      const runId = holder.r?.S ?? '';
      if (runId !== run.runId) await this.#clearUp(run);
      const existing = await reads.head(runId);
      if (existing !== undefined) return { created: false, existing };
      throw new StoreError(
        `The name ${run.name} of function ${run.functionName} belongs to run ${runId}, whose log is gone: it was deleted or has expired. Delete the item ${key.pk}.`,
      );
    }
    throw new VersionConflict(run.runId, 1);
  }

  /** One conditional put; see `supersedes` and `isCovered` for what it says to the index. */
  async append(runId: string, item: LogItem, head: HeadChange): Promise<void> {
    const { table, bodies, reads, hints, outside } = this.#parts;
    const tail = await this.#tailBefore(runId, item.sequence);
    const { expiresAt } = tail.newest;
    const place = { ...head, startsInvocation: startsInvocation(item) };
    const needsHint = head.dueAt !== undefined && !isCovered(tail, place);
    // Before the log says that they are there, they are.
    if (item.opens?.length) await outside.open(runId, item.opens, item.sequence, expiresAt);
    const attributes: Attributes = {
      ...(await logAttributes(bodies, runId, item, head, expiresAt)),
      ...(needsHint && indexEntry('due', runId, head.dueAt ?? 0)),
    };
    if (!(await table.put(attributes, ABSENT))) await this.#checkOwn(runId, item);
    const stale = supersedes(place) ? tail.hints.slice(0, MOST_REMOVED) : [];
    reads.note(runId, attributes, item);
    await Promise.all([
      ...stale.map((key) => hints.remove(key, runId)),
      ...(item.absorbs?.length ? [outside.absorbed(runId, item.absorbs)] : []),
    ]);
  }

  async reschedule(
    runId: string,
    sequence: number,
    dueAt: number | undefined,
    leaseUntil: number | undefined,
  ): Promise<void> {
    const { table, reads, hints } = this.#parts;
    const newest = await reads.newest(runId);
    if (newest?.sequence !== sequence) return;
    const { hintKey, hintAt } = newest;
    // A covered item stays covered when it is due later: whoever finds the hint that stands for it moves that one.
    const earlier = dueAt !== undefined && dueAt < (newest.dueAt ?? Number.POSITIVE_INFINITY);
    const needsHint = dueAt !== undefined && (earlier || hintAt !== undefined);
    // The hint of item 1 lies on the name. In this order a crash in between leaves a hint that is early, never late.
    if (needsHint && earlier) await hints.set(hintKey, runId, dueAt);
    await this.#setDue(table, logKey(runId, sequence), dueAt, leaseUntil ?? newest.leaseUntil);
    if (needsHint && !earlier) await hints.set(hintKey, runId, dueAt);
    if (dueAt === undefined && hintAt !== undefined) await hints.remove(hintKey, runId);
  }

  async #setDue(table: Table, key: Key, dueAt: number | undefined, leaseUntil: number | undefined): Promise<void> {
    const attributes = dueAttributes(dueAt, leaseUntil);
    const gone = ['d', 'l'].filter((name) => attributes[name] === undefined).map((name) => `#${name}`);
    const set = Object.keys(attributes);
    const texts = [
      ...(set.length > 0 ? [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`] : []),
      ...(gone.length > 0 ? [`REMOVE ${gone.join(', ')}`] : []),
    ];
    const values = Object.fromEntries(set.map((name) => [`:${name}`, attributes[name] as Attributes[string]]));
    await table.update(key, { text: texts.join(' '), values }, { text: 'attribute_exists(#pk)' });
  }

  async #firstItem(run: NewRun, expiresAt: Attributes[string]): Promise<Attributes> {
    const head: HeadChange = { status: 'RUNNING', dueAt: run.dueAt, leaseUntil: run.leaseUntil };
    return {
      ...(await logAttributes(this.#parts.bodies, run.runId, run.firstItem, head, expiresAt)),
      ...identityAttributes(run),
      ...(run.ordinary ? {} : indexEntry('list', run.runId, run.startedAt)),
    } as Attributes;
  }

  /** Seconds since the epoch from which nothing needs the run any more. Every item of it says the same. */
  #expiry({ startedAt, firstItem }: NewRun): number {
    const [start] = firstItem.events;
    const timeout = start?.type === 'ExecutionStarted' ? start.executionTimeout : 0;
    return startedAt / 1000 + timeout + this.#parts.retentionSeconds;
  }

  /** Time to live is only garbage collection: an expired name is free, whether or not it was collected. */
  async #nameIsFree({ startedAt, replaces }: NewRun): Promise<Expression> {
    const text = 'attribute_not_exists(#pk) OR #expiresAt < :now';
    const values = { ':now': number(startedAt / 1000) };
    const replaced = replaces === undefined ? undefined : await this.#parts.reads.newest(replaces);
    // An ended run never runs again, so this can't become untrue before the put.
    if (replaces === undefined || replaced === undefined || !isFinal(replaced.status)) return { text, values };
    return { text: `${text} OR #r = :replaced`, values: { ...values, ':replaced': { S: replaces } } };
  }

  async #clearUp({ runId, firstItem }: NewRun): Promise<void> {
    const own = { text: '#w = :w', values: { ':w': packId(firstItem.writeId) } };
    await this.#parts.table.delete(logKey(runId, 1), own).catch(() => false);
  }

  /** The tail that an item follows. The log only grows, so what is known of it may be too little, never wrong. */
  async #tailBefore(runId: string, sequence: number): Promise<LogTail> {
    const { reads, tails } = this.#parts;
    const known = tails.get(runId);
    if (known !== undefined && known.newest.sequence >= sequence - 1) {
      if (known.newest.sequence === sequence - 1) return known;
      throw new VersionConflict(runId, sequence);
    }
    const newest = await reads.newest(runId);
    if (newest?.sequence !== sequence - 1) throw new VersionConflict(runId, sequence);
    return { newest, lease: undefined, hints: newest.hintAt === undefined ? [] : [newest.hintKey] };
  }

  /** After a put that found an item there: our own one, when the AWS client repeated a put whose answer was lost. */
  async #checkOwn(runId: string, { sequence, writeId }: LogItem): Promise<void> {
    const standing = await this.#parts.table.get(logKey(runId, sequence));
    if (standing === undefined || logHead(standing).writeId !== writeId) throw new VersionConflict(runId, sequence);
  }
}
