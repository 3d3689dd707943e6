import { isFinal } from '@middy-durable/protocol';
import type { Hints } from './hints.ts';
import { type Attributes, type Key, outsidePartition, parseEntry } from './layout.ts';
import type { OutsideItems } from './outside-items.ts';
import type { Newest, RunReads } from './run-reads.ts';

/** An entry of the index: look at this run then. */
export interface Hint {
  key: Key;
  runId: string;
  at: number;
  /** Of an outside item: the number of the log item that opened it. */
  openedBy: number;
}

/** A hint, and what the log of its run says. */
export interface Weighed {
  hint: Hint;
  /** When the run is due; absent: not at all, or the hint is not the one to say so. */
  at: number | undefined;
  /** No invocation works on the run. */
  isIdle: boolean;
}

/** Part of a log that was read for what it has absorbed. */
interface AbsorbedIds {
  from: number;
  ids: Promise<ReadonlySet<string>>;
}

/** One look at hints. A run that many of them speak of is read once. */
export class DueLook {
  readonly #reads: RunReads;
  readonly #hints: Hints;
  readonly #outside: OutsideItems;
  readonly #now: number;
  readonly #heads = new Map<string, Promise<Newest | undefined>>();
  readonly #absorbed = new Map<string, AbsorbedIds>();

  /** @param now what is over by then is tidied up; default: nothing is over */
  constructor(reads: RunReads, hints: Hints, outside: OutsideItems, now: number = Number.NEGATIVE_INFINITY) {
    this.#reads = reads;
    this.#hints = hints;
    this.#outside = outside;
    this.#now = now;
  }

  /** Says when the run is due, and removes a hint that says nothing any more, or moves it, first to its new place. */
  async weigh(hint: Hint): Promise<Weighed> {
    const newest = await this.#newest(hint.runId);
    return { hint, at: await this.#momentOf(hint, newest), isIdle: newest?.leaseUntil === undefined };
  }

  async #momentOf(hint: Hint, newest: Newest | undefined): Promise<number | undefined> {
    const { key, runId } = hint;
    const isOutside = key.pk === outsidePartition(runId);
    if (newest === undefined || (isOutside && isFinal(newest.status))) return this.#forget(hint);
    if (isOutside) return this.#momentOfOutside(hint, newest.leaseUntil);
    const { dueAt, hintAt, hintKey } = newest;
    if (dueAt === undefined) return this.#forget(hint);
    const isOwn = key.pk === hintKey.pk && key.sk === hintKey.sk;
    if (isOwn ? hintAt !== Math.floor(dueAt) : hintAt === undefined && hint.at < Math.floor(dueAt)) {
      // First the new place, then the old one: a crash in between leaves one too many.
      await this.#hints.set(hintKey, runId, dueAt);
      if (!isOwn) await this.#forget(hint);
    } else if (!isOwn && hintAt !== undefined) await this.#forget(hint);
    return dueAt;
  }

  async #momentOfOutside(
    { key, runId, at, openedBy }: Hint,
    leaseUntil: number | undefined,
  ): Promise<number | undefined> {
    // Who works on the run absorbs it, or leaves it to who looks then: it need not be known yet whether it is absorbed.
    if (leaseUntil !== undefined && leaseUntil > this.#now) return Math.max(at, leaseUntil);
    if (!(await this.#absorbedIds(runId, openedBy)).has(key.sk)) return Math.max(at, leaseUntil ?? at);
    await this.#outside.absorbed(runId, [key.sk]);
    return undefined;
  }

  #newest(runId: string): Promise<Newest | undefined> {
    const found = this.#heads.get(runId) ?? this.#reads.newest(runId);
    this.#heads.set(runId, found);
    return found;
  }

  #absorbedIds(runId: string, openedBy: number): Promise<ReadonlySet<string>> {
    const known = this.#absorbed.get(runId);
    if (known !== undefined && known.from <= openedBy) return known.ids;
    const ids = this.#outside.absorbedSince(runId, openedBy);
    this.#absorbed.set(runId, { from: openedBy, ids });
    return ids;
  }

  async #forget({ key, runId }: Hint): Promise<undefined> {
    await this.#hints.remove(key, runId);
  }
}

export function hintOf(entry: Attributes): Hint {
  const key = { pk: entry.pk?.S ?? '', sk: entry.sk?.S ?? '' };
  const { at, runId } = parseEntry(entry.gsi1sk?.S ?? '');
  return { key, runId, at, openedBy: Number(entry.q?.N ?? 1) };
}

export function isSameHint(one: Hint, other: Hint): boolean {
  const isSamePlace = one.key.pk === other.key.pk && one.key.sk === other.key.sk;
  return isSamePlace && one.runId === other.runId && one.at === other.at;
}
