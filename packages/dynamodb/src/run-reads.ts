import { type LogItem, type RunHead, StoreError } from '@middy-durable/backend';
import type { Bodies } from './body.ts';
import { type Attributes, type Key, logKey, logPartition, nameKey, sequenceText } from './layout.ts';
import { HEAD_ATTRIBUTES, identityOf, type LogHead, logHead, logItem } from './log-items.ts';
import { type LogTails, startsInvocation } from './log-tail.ts';
import type { Table } from './table.ts';

/** The newest item of a run, and where its hint lies. */
export interface Newest extends LogHead {
  hintKey: Key;
}

/** Reading runs: every read is consistent. */
export class RunReads {
  readonly #table: Table;
  readonly #bodies: Bodies;
  readonly #tails: LogTails;

  constructor(table: Table, bodies: Bodies, tails: LogTails) {
    this.#table = table;
    this.#bodies = bodies;
    this.#tails = tails;
  }

  /** The newest item without its events, undefined for no run. */
  async newest(runId: string): Promise<Newest | undefined> {
    for await (const item of this.#table.query(logQuery(runId), {
      ScanIndexForward: false,
      Limit: 1,
      only: [...HEAD_ATTRIBUTES, 'f', 'n'],
    })) {
      const head = logHead(item);
      return head.sequence === 1
        ? this.#confirmed(runId, item, head)
        : { ...head, hintKey: logKey(runId, head.sequence) };
    }
    return undefined;
  }

  async head(runId: string): Promise<RunHead | undefined> {
    const [newest, first] = await Promise.all([this.newest(runId), this.#table.get(logKey(runId, 1))]);
    // Time to live takes the items of an expired run one by one.
    if (newest === undefined || first === undefined) return undefined;
    const { sequence, status, endedAt, dueAt, leaseUntil, blocked } = newest;
    return { ...identityOf(runId, first), status, sequence, endedAt, dueAt, leaseUntil, blocked };
  }

  async *read(runId: string, after: number): AsyncGenerator<LogItem> {
    let last = after;
    const keys = {
      text: '#pk = :pk AND #sk > :after',
      values: { ':pk': { S: logPartition(runId) }, ':after': { S: sequenceText(after) } },
    };
    for await (const attributes of this.#table.query(keys)) {
      const { sequence } = logHead(attributes);
      if (sequence !== last + 1) {
        throw new StoreError(
          `Item ${last + 1} of run ${runId} is missing: the run has expired, or its log is damaged.`,
        );
      }
      const item = await logItem(this.#bodies, runId, attributes);
      last = sequence;
      this.note(runId, attributes, item);
      yield item;
    }
  }

  /** Remembers an item that is in the log. */
  note(runId: string, attributes: Attributes, item: LogItem): void {
    const head = logHead(attributes);
    const isFirst = item.sequence === 1;
    // The hint of the first item lies on the name; as long as nothing came after, it stands.
    const hintAt = isFirst ? head.dueAt : head.hintAt;
    const key = isFirst ? hintKeyOfFirst(attributes) : logKey(runId, item.sequence);
    this.#tails.note(runId, { ...head, hintAt, startsInvocation: startsInvocation(item), key });
  }

  /** A run whose only item is there is one as soon as it holds its name: see `create`. */
  async #confirmed(runId: string, item: Attributes, head: LogHead): Promise<Newest | undefined> {
    const hintKey = hintKeyOfFirst(item);
    const name = await this.#table.get(hintKey);
    return name?.r?.S === runId ? { ...head, hintAt: logHead(name).hintAt, hintKey } : undefined;
  }
}

export function logQuery(runId: string): { text: string; values: Attributes } {
  return { text: '#pk = :pk', values: { ':pk': { S: logPartition(runId) } } };
}

function hintKeyOfFirst(item: Attributes): Key {
  return nameKey(item.f?.S ?? '', item.n?.S ?? '');
}
