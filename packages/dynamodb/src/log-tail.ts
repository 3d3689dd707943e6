import type { LogItem } from '@middy-durable/backend';
import type { Key } from './layout.ts';
import type { LogHead } from './log-items.ts';

/**
 * What a writer has to know of a run before it appends: that the item before is there, and which hints stand for it. Only a
 * copy, and only ever too old: then the append asks the table, or carries a hint that it could have spared.
 */
export interface LogTail {
  newest: LogHead;
  /** Of the running invocation's first item: when it is due, and the latest due time of its items since. */
  lease: { dueAt: number; latest: number } | undefined;
  /** Items in the index whose hints this run will not need once another one stands. */
  hints: Key[];
}

/** An item as far as its place in the chain of hints goes. */
export type TailItem = LogHead & { startsInvocation: boolean; key: Key };

/** Runs whose tails are kept. A run whose tail was forgotten costs its next append one read and one hint. */
const MOST_TAILS = 1000;

export function startsInvocation(item: LogItem): boolean {
  return item.events.some(({ type }) => type === 'InvocationStarted');
}

/**
 * Whether the hint of the running invocation stands for an item, too, so that this one needs none: a checkpoint that leaves
 * the due time at the lease's end, or at the end of the execution where that comes first. It is never due before what was
 * due till then, so whoever finds that hint early, and moves it to when the run is due at that moment, moves it far enough
 * for no item that came since.
 */
export function isCovered(
  tail: LogTail | undefined,
  item: Pick<TailItem, 'dueAt' | 'leaseUntil' | 'startsInvocation'>,
): boolean {
  const lease = tail?.lease;
  const { dueAt, leaseUntil } = item;
  if (lease === undefined || item.startsInvocation || dueAt === undefined || leaseUntil === undefined) return false;
  return dueAt >= lease.latest && (dueAt >= leaseUntil || dueAt === lease.dueAt);
}

/** Whether the hints that stood before an item say nothing any more. */
export function supersedes(item: Pick<TailItem, 'leaseUntil' | 'startsInvocation'>): boolean {
  return item.leaseUntil === undefined || item.startsInvocation;
}

export class LogTails {
  readonly #tails = new Map<string, LogTail>();

  get(runId: string): LogTail | undefined {
    return this.#tails.get(runId);
  }

  /** Takes the next item, or any item when nothing is known of those before it. */
  note(runId: string, item: TailItem): void {
    const before = this.#tails.get(runId);
    if (before !== undefined && item.sequence <= before.newest.sequence) return;
    const follows = before?.newest.sequence === item.sequence - 1 ? before : undefined;
    this.#tails.delete(runId);
    this.#tails.set(runId, nextTail(follows, item));
    if (this.#tails.size <= MOST_TAILS) return;
    // The map is in order of use, the oldest first.
    for (const oldest of this.#tails.keys()) {
      this.#tails.delete(oldest);
      break;
    }
  }

  clear(): void {
    this.#tails.clear();
  }
}

function nextTail(before: LogTail | undefined, item: TailItem): LogTail {
  const { startsInvocation: starts, key, ...newest } = item;
  const own = newest.hintAt === undefined ? [] : [key];
  const { dueAt } = newest;
  if (supersedes(item)) {
    return { newest, lease: starts && dueAt !== undefined ? { dueAt, latest: dueAt } : undefined, hints: own };
  }
  const lease = before?.lease;
  return {
    newest,
    lease: lease && { ...lease, latest: Math.max(lease.latest, dueAt ?? lease.latest) },
    hints: [...(before?.hints ?? []), ...own],
  };
}
