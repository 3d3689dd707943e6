import { isFinal } from '@middy-durable/protocol';
import type { Hints } from './hints.ts';
import { FIRST_SORT_KEY, inBatches, LAST_SORT_KEY, queryIndex } from './index-query.ts';
import { type Attributes, type Key, outsidePartition, parseEntry, timeText } from './layout.ts';
import type { OutsideItems } from './outside-items.ts';
import type { Newest, RunReads } from './run-reads.ts';
import type { Table } from './table.ts';

/** Hints looked at together. */
const BATCH = 16;
/** Hints that one question looks at, at most; what is behind them comes with the next one. */
const MOST_HINTS = 1000;

interface Hint {
  key: Key;
  runId: string;
  at: number;
  /** Of an outside item: the number of the log item that opened it. */
  openedBy: number;
}

/** A hint, and what the log of its run says. */
interface Weighed {
  hint: Hint;
  /** When the run is due; absent: not at all, or the hint is not the one to say so. */
  at: number | undefined;
  /** No invocation works on the run. */
  isIdle: boolean;
}

/**
 * Runs that are due, from the hints in the index. The rule that every write keeps: some hint of a run is never later than
 * the moment at which the run is due. So a hint is only a reason to read the run's newest log item, which decides; a hint
 * that says nothing any more is removed on the way, or moved, first to its new place.
 */
export class DueRuns {
  readonly #table: Table;
  readonly #reads: RunReads;
  readonly #hints: Hints;
  readonly #outside: OutsideItems;
  /**
   * What the last look found to be due next, if it is a run that nobody works on: it stays so while its hint stands. Who
   * waits for it asks often, and then nothing is read for it.
   */
  #upcoming: Weighed | undefined;

  constructor(table: Table, reads: RunReads, hints: Hints, outside: OutsideItems) {
    this.#table = table;
    this.#reads = reads;
    this.#hints = hints;
    this.#outside = outside;
  }

  async due(now: number, limit: number): Promise<string[]> {
    const due = new Map<string, number>();
    for await (const { hint, at } of this.#weighed(`${timeText(now)}${LAST_SORT_KEY}`, Math.max(limit, BATCH))) {
      if (at === undefined || at > now) continue;
      due.set(hint.runId, Math.min(at, due.get(hint.runId) ?? at));
      if (due.size >= limit) break;
    }
    return [...due].sort(([, a], [, b]) => a - b).map(([runId]) => runId);
  }

  async nextDue(): Promise<number | undefined> {
    let next: Weighed | undefined;
    for await (const one of this.#weighed(LAST_SORT_KEY, BATCH, this.#upcoming)) {
      // A run is due no earlier than its hint says.
      if (next?.at !== undefined && one.hint.at >= next.at) break;
      if (one.at !== undefined && (next?.at === undefined || one.at < next.at)) next = one;
    }
    this.#upcoming = next?.isIdle ? next : undefined;
    return next?.at;
  }

  /** Hints in order. The known one, if it still stands, is taken as it was; then the first of the others is weighed alone. */
  async *#weighed(to: string, pageSize: number, known?: Weighed): AsyncGenerator<Weighed> {
    const heads = new Map<string, Promise<Newest | undefined>>();
    const newest = (runId: string): Promise<Newest | undefined> => {
      const found = heads.get(runId) ?? this.#reads.newest(runId);
      heads.set(runId, found);
      return found;
    };
    const weigh = async (hint: Hint): Promise<Weighed> => {
      if (known && isSame(hint, known.hint)) return known;
      const head = await newest(hint.runId);
      return { hint, at: await this.#weigh(hint, head), isIdle: head?.leaseUntil === undefined };
    };
    const entries = queryIndex(this.#table, { kind: 'due', from: FIRST_SORT_KEY, to, ascending: true, pageSize });
    let seen = 0;
    for await (const batch of inBatches(entries, BATCH, known && 1)) {
      yield* await Promise.all(batch.map(hintOf).map(weigh));
      seen += batch.length;
      if (seen >= MOST_HINTS) return;
    }
  }

  async #weigh(hint: Hint, newest: Newest | undefined): Promise<number | undefined> {
    const { key, runId } = hint;
    const isOutside = key.pk === outsidePartition(runId);
    if (newest === undefined || (isOutside && isFinal(newest.status))) return this.#forget(hint);
    if (isOutside) {
      if (await this.#outside.isAbsorbed(runId, key.sk, hint.openedBy)) {
        await this.#outside.absorbed(runId, [key.sk]);
        return undefined;
      }
      return Math.max(hint.at, newest.leaseUntil ?? hint.at);
    }
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

  async #forget({ key, runId }: Hint): Promise<undefined> {
    await this.#hints.remove(key, runId);
  }
}

function isSame(one: Hint, other: Hint): boolean {
  return one.key.pk === other.key.pk && one.key.sk === other.key.sk && one.at === other.at;
}

function hintOf(entry: Attributes): Hint {
  const key = { pk: entry.pk?.S ?? '', sk: entry.sk?.S ?? '' };
  const { at, runId } = parseEntry(entry.gsi1sk?.S ?? '');
  return { key, runId, at, openedBy: Number(entry.q?.N ?? 1) };
}
