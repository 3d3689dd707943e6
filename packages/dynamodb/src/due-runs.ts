import { DueLook, hintOf, isSameHint, type Weighed } from './due-look.ts';
import type { Hints } from './hints.ts';
import { FIRST_SORT_KEY, inBatches, LAST_SORT_KEY, queryIndex } from './index-query.ts';
import { timeText } from './layout.ts';
import type { OutsideItems } from './outside-items.ts';
import type { RunReads } from './run-reads.ts';
import type { Table } from './table.ts';

/** Hints looked at together. */
const BATCH = 16;

/**
 * Runs that are due, from the hints in the index. The rule that every write keeps: some hint of a run is never later than
 * the moment at which the run is due. So a hint is only a reason to read the run's newest log item, which decides. Hints
 * that are passed by keep nobody from what is behind them: a look ends at its limit of due runs, or when it has seen all.
 */
export class DueRuns {
  readonly #table: Table;
  readonly #reads: RunReads;
  readonly #hints: Hints;
  readonly #outside: OutsideItems;
  /**
   * What the last look found to be due next, if it is a run that nobody works on: it stays so while its hint stands. Who
   * waits for it asks often, and then no log is read.
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
    const look = new DueLook(this.#reads, this.#hints, this.#outside, now);
    const hints = this.#hintsUntil(`${timeText(now)}${LAST_SORT_KEY}`, Math.max(limit, BATCH));
    search: for await (const batch of inBatches(hints, BATCH)) {
      for (const { hint, at } of await Promise.all(batch.map((hint) => look.weigh(hint)))) {
        if (at === undefined || at > now) continue;
        due.set(hint.runId, Math.min(at, due.get(hint.runId) ?? at));
        if (due.size >= limit) break search;
      }
    }
    return [...due].sort(([, a], [, b]) => a - b).map(([runId]) => runId);
  }

  async nextDue(): Promise<number | undefined> {
    const known = this.#upcoming;
    const look = new DueLook(this.#reads, this.#hints, this.#outside);
    let next: Weighed | undefined;
    // Mostly the first one answers alone.
    for await (const batch of inBatches(this.#hintsUntil(LAST_SORT_KEY, BATCH), BATCH, 1)) {
      // A run is due no earlier than its hint says.
      const earlier = batch.filter(({ at }) => next?.at === undefined || at < next.at);
      if (earlier.length === 0) break;
      const weighed = earlier.map((hint) => (known && isSameHint(hint, known.hint) ? known : look.weigh(hint)));
      for (const one of await Promise.all(weighed)) {
        if (one.at !== undefined && (next?.at === undefined || one.at < next.at)) next = one;
      }
    }
    this.#upcoming = next?.isIdle ? next : undefined;
    return next?.at;
  }

  async *#hintsUntil(to: string, pageSize: number): AsyncGenerator<ReturnType<typeof hintOf>> {
    const range = { kind: 'due', from: FIRST_SORT_KEY, to, ascending: true, pageSize } as const;
    for await (const entry of queryIndex(this.#table, range)) yield hintOf(entry);
  }
}
