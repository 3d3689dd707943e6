import { type ExecutionStore, type RunHead, type StatusChangeEvent, statusChangeEvent } from '@middy-durable/backend';
import { type Clock, isFinal } from '@middy-durable/protocol';
import { FIRST_SORT_KEY, inBatches, LAST_SORT_KEY, queryIndex } from '../index-query.ts';
import { type Attributes, type Key, parseEntry } from '../layout.ts';
import type { Table } from '../table.ts';
import type { Send } from './aws-clients.ts';
import { STATUS_CHANGE_SOURCE } from './status-change.ts';
import { within } from './time-limit.ts';

/** Most events of one request. */
const BATCH = 10;
/** A note of what has not come true by then, in milliseconds, was left by a write that never happened. */
const ABANDONED_MS = 900_000;
/** How long a bus has to take a batch, in milliseconds. */
const PUT_MS = 5000;

interface Note {
  key: Key;
  runId: string;
  at: number;
  moment: Attributes[string];
}

export interface DeliveryParts {
  table: Table;
  store: ExecutionStore;
  clock: Clock;
  put: Send;
  eventBusName: string;
}

/** Takes the notes of starts and ends to EventBridge, each at least once. Several may do so at the same time. */
export class StatusDelivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Delivers what is there, until the signal aborts or the bus takes nothing more. Rejects when it can't be reached. The rest
   * stays noted.
   */
  async deliver(signal: AbortSignal): Promise<void> {
    const entries = queryIndex(this.#parts.table, {
      kind: 'event',
      from: FIRST_SORT_KEY,
      to: LAST_SORT_KEY,
      ascending: true,
      pageSize: 100,
    });
    for await (const batch of inBatches(entries, BATCH)) {
      const isTaken = await this.#deliverBatch(batch.map(noteOf).sort(inOrder));
      if (signal.aborted || !isTaken) return;
    }
  }

  /** False when the bus refused all of it. */
  async #deliverBatch(notes: Note[]): Promise<boolean> {
    const found = await Promise.all(
      notes.map(async (note) => {
        const head = await this.#parts.store.head(note.runId);
        return { note, event: eventOf(note, head, this.#id()), isNone: head?.ordinary === true };
      }),
    );
    const changes = found.flatMap(({ note, event }) => (event ? [{ note, event }] : []));
    const delivered = await this.#put(changes);
    const oldest = this.#parts.clock.now() - ABANDONED_MS;
    const abandoned = found.filter(({ note, event, isNone }) => isNone || (event === undefined && note.at < oldest));
    await Promise.all([...delivered, ...abandoned.map(({ note }) => note)].map((note) => this.#forget(note)));
    return changes.length === 0 || delivered.length > 0;
  }

  async #put(found: { note: Note; event: StatusChangeEvent }[]): Promise<Note[]> {
    if (found.length === 0) return [];
    const { put, clock, eventBusName } = this.#parts;
    const input = {
      Entries: found.map(({ event }) => ({
        EventBusName: eventBusName,
        Source: STATUS_CHANGE_SOURCE,
        DetailType: event['detail-type'],
        Detail: JSON.stringify(event.detail),
        Time: new Date(event.time),
        Resources: event.resources,
      })),
    };
    const answer = await within(clock, PUT_MS, (signal) => put(input, signal));
    const results = (answer as { Entries?: { ErrorCode?: string; ErrorMessage?: string }[] }).Entries ?? [];
    const refused = results.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused !== undefined) {
      console.error(
        `Event bus ${eventBusName} refused a status change (${refused.ErrorCode}: ${refused.ErrorMessage}). It is tried ` +
          'again; check that the bus exists and that this role has events:PutEvents on it.',
      );
    }
    return found.flatMap(({ note }, index) => {
      const result = results[index];
      return result !== undefined && result.ErrorCode === undefined ? [note] : [];
    });
  }

  /** Unless it was noted again meanwhile. */
  async #forget({ key, moment }: Note): Promise<void> {
    await this.#parts.table.delete(key, { text: '#u = :u', values: { ':u': moment } });
  }

  #id(): string {
    return this.#parts.clock.randomId();
  }
}

/** undefined for what the log does not confirm, or not yet, and for what is no execution. */
function eventOf({ key }: Note, head: RunHead | undefined, id: string): StatusChangeEvent | undefined {
  if (head === undefined || head.ordinary) return undefined;
  const { arn, name, startedAt, endedAt, status } = head;
  if (key.sk === 'start') return statusChangeEvent({ arn, name, startedAt, status: 'RUNNING' }, id);
  return isFinal(status) ? statusChangeEvent({ arn, name, startedAt, endedAt, status }, id) : undefined;
}

/** A start before its end in the same millisecond. */
function inOrder(a: Note, b: Note): number {
  return a.at - b.at || b.key.sk.localeCompare(a.key.sk);
}

function noteOf(entry: Attributes): Note {
  const { at, runId } = parseEntry(entry.gsi1sk?.S ?? '');
  const key = { pk: entry.pk?.S ?? '', sk: entry.sk?.S ?? '' };
  return { key, runId, at, moment: { N: String(at) } };
}
