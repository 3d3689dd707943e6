import type { LogItem } from './store.ts';

/** When a log gets a snapshot: an optimisation only. */
export interface SnapshotRule {
  /**
   * Log items since the last snapshot, or since the start, below which there is none. Default 32. A shorter log is loaded
   * without asking for one.
   */
  items: number;
  /**
   * How many bytes of the log must have been read, since the last snapshot, for each byte of a new one. So snapshots never
   * cost more than reading has, however the run goes on. Default 2: a byte written to DynamoDB costs as much as 20 read
   * (on demand, 4 KB and 1 KB units, 5 to 1), the text shrinks to a fifth, and an invocation is read for twice, by
   * who wakes it and by itself.
   */
  price: number;
}

export const USUAL_SNAPSHOTS: SnapshotRule = { items: 32, price: 2 };

/** Keys, writer, client token, moments. */
const ITEM_BYTES = 130;
const EVENT_BYTES = 60;

/** The part of a log that no snapshot covers, and what has been read of it: both follow from the items alone. */
export class UncoveredTail {
  #items = 0;
  #bytes = 0;
  #read = 0;

  add(item: LogItem): void {
    // Whoever appended the start of an invocation had read what was there.
    if (item.events.some(({ type }) => type === 'InvocationStarted')) this.#read += this.#bytes;
    this.#items += 1;
    this.#bytes += bytesOf(item);
  }

  /** Whether a snapshot may pay, before it is made. */
  isLong({ items }: SnapshotRule): boolean {
    return this.#items >= items;
  }

  /** Whether one of so many bytes pays: what the next invocation reads counts, too. */
  pays({ price }: SnapshotRule, bytes: number): boolean {
    return this.#read + this.#bytes >= bytes * price;
  }

  /** From here on a snapshot covers all. */
  clear(): void {
    this.#items = 0;
    this.#bytes = 0;
    this.#read = 0;
  }
}

/** About what it takes in a store. */
function bytesOf({ events }: LogItem): number {
  let bytes = ITEM_BYTES;
  for (const event of events) {
    bytes += EVENT_BYTES;
    if ('result' in event) bytes += event.result?.length ?? 0;
    if ('input' in event) bytes += event.input?.length ?? 0;
  }
  return bytes;
}
