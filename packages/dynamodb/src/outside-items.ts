import { type Outcome, type OutsideItem, type Settlement, StoreError } from '@middy-durable/backend';
import { isFinal } from '@middy-durable/protocol';
import type { Bodies } from './body.ts';
import { type Attributes, indexEntry, logPartition, outsideKey, outsidePartition, sequenceText } from './layout.ts';
import { number } from './log-items.ts';
import { decodeRecords, encodeRecords } from './record-text.ts';
import type { RunReads } from './run-reads.ts';
import { attributesOfKey, type Expression, type Table } from './table.ts';

const OPEN = 'attribute_exists(#pk) AND attribute_not_exists(#u) AND attribute_not_exists(#x)';
const USUAL_OVERHEAD = 140;

type Seen = { heartbeatAt: number | undefined };

/**
 * Callbacks and chained invokes: one item each, made before the log item that opens it, so before its id is known outside.
 * One that a lost append left behind is in no log, so nobody asks for it, and the append that does open it finds it there.
 *
 * How the end of a run closes them at once, without a transaction. The final log item is the only write; it *is* the
 * closing. Every change of an outside item first reads the newest log item:
 *  - The run has ended: what is settled stays, and what is open gets the mark `x` on the condition that it is not settled.
 *    The answer (`closed`, or what stands) comes from that item, so it is the same for ever: a rival on its way to settle
 *    fails on the mark.
 *  - The run has not ended: the conditional write decides between rivals. Should the end come between the read and this
 *    write, the two happened at the same time, and settled before the end is one of the two answers that are right. It is
 *    the one that stands: nobody was told `closed`, for that would have left the mark.
 * A crash anywhere leaves one of these states, and the next caller goes on from it. Stop against completion is therefore
 * the same race as two completions.
 */
export class OutsideItems {
  readonly #table: Table;
  readonly #bodies: Bodies;
  readonly #reads: RunReads;
  readonly #newId: () => string;

  constructor(table: Table, bodies: Bodies, reads: RunReads, newId: () => string) {
    this.#table = table;
    this.#bodies = bodies;
    this.#reads = reads;
    this.#newId = newId;
  }

  async open(
    runId: string,
    operationIds: readonly string[],
    sequence: number,
    expiresAt: Attributes[string],
  ): Promise<void> {
    await Promise.all(
      operationIds.map((operationId) =>
        this.#table.put(
          { ...attributesOfKey(outsideKey(runId, operationId)), q: number(sequence), expiresAt },
          { text: 'attribute_not_exists(#pk)' },
        ),
      ),
    );
  }

  async settle(runId: string, operationId: string, outcome: Outcome, at: number, seen?: Seen): Promise<Settlement> {
    const newest = await this.#reads.newest(runId);
    if (newest === undefined) return 'unknown';
    if (isFinal(newest.status)) return this.#afterEnd(runId, operationId);
    const writer = this.#newId();
    const owner = { runId, item: `outside/${operationId}`, writer };
    const { status, ...payload } = outcome;
    const bytes = encodeRecords([{ type: status, ...payload }]);
    const body = await this.#bodies.write(owner, bytes, USUAL_OVERHEAD, newest.expiresAt);
    const change = setting({ ...body, w: { S: writer }, u: number(at), ...indexEntry('due', runId, at) });
    for (;;) {
      const condition = seen === undefined ? { text: OPEN } : unheard(seen);
      if (await this.#table.update(outsideKey(runId, operationId), change, condition)) return 'first';
      const item = await this.#table.get(outsideKey(runId, operationId));
      // The AWS client repeats an update whose answer was lost.
      if (item?.w?.S === writer) return 'first';
      const standing = await this.#standing(runId, operationId, item);
      if (standing !== 'open') return standing;
      if (seen !== undefined && heartbeatOf(item) !== seen.heartbeatAt) return 'alive';
    }
  }

  async heartbeat(runId: string, operationId: string, at: number): Promise<Settlement> {
    const newest = await this.#reads.newest(runId);
    if (newest === undefined) return 'unknown';
    if (isFinal(newest.status)) return this.#afterEnd(runId, operationId);
    const key = outsideKey(runId, operationId);
    const later = { text: `${OPEN} AND (attribute_not_exists(#h) OR #h < :h)` };
    if (await this.#table.update(key, setting({ h: number(at) }), later)) return 'first';
    const standing = await this.#standing(runId, operationId, await this.#table.get(key));
    // A later heartbeat is noted already.
    return standing === 'open' ? 'first' : standing;
  }

  /** What is open or settled and not absorbed. An item absorbed by a process that died right then may be among it: the log knows. */
  async list(runId: string): Promise<OutsideItem[]> {
    const items: OutsideItem[] = [];
    let anyOpen = false;
    const keys = { text: '#pk = :pk', values: { ':pk': { S: outsidePartition(runId) } } };
    const waiting = { text: 'attribute_not_exists(#b) AND attribute_not_exists(#x)' };
    for await (const item of this.#table.query(keys, { filter: waiting })) {
      const operationId = item.sk?.S ?? '';
      const settledAt = item.u?.N;
      anyOpen ||= settledAt === undefined;
      const heartbeatAt = heartbeatOf(item);
      items.push({
        operationId,
        ...(heartbeatAt !== undefined && { heartbeatAt }),
        ...(settledAt !== undefined && {
          settledAt: Number(settledAt),
          outcome: await this.#outcome(runId, operationId, item),
        }),
      });
    }
    const ended = anyOpen && isFinal((await this.#reads.newest(runId))?.status ?? 'STOPPED');
    return ended ? items.filter(({ outcome }) => outcome !== undefined) : items;
  }

  /** Notes that a log item has absorbed them. Housekeeping: the log itself says so, too. */
  async absorbed(runId: string, operationIds: readonly string[]): Promise<void> {
    await Promise.all(
      operationIds.map((operationId) =>
        this.#table
          .update(
            outsideKey(runId, operationId),
            { text: 'SET #b = :true REMOVE #gsi1pk, #gsi1sk', values: { ':true': { BOOL: true } } },
            { text: 'attribute_exists(#u)' },
          )
          .catch(() => false),
      ),
    );
  }

  /** What the log has absorbed in item `from` or later: all that was opened by then or later is among it. */
  async absorbedSince(runId: string, from: number): Promise<ReadonlySet<string>> {
    const keys = {
      text: '#pk = :pk AND #sk >= :from',
      values: { ':pk': { S: logPartition(runId) }, ':from': { S: sequenceText(from) } },
    };
    const ids = new Set<string>();
    for await (const item of this.#table.query(keys, { filter: { text: 'attribute_exists(#b)' }, only: ['b'] })) {
      for (const { S: id } of item.b?.L ?? []) if (id !== undefined) ids.add(id);
    }
    return ids;
  }

  async #afterEnd(runId: string, operationId: string): Promise<Settlement> {
    const key = outsideKey(runId, operationId);
    const closed = { text: 'SET #x = :true', values: { ':true': { BOOL: true } } };
    if (await this.#table.update(key, closed, { text: OPEN })) return 'closed';
    const standing = await this.#standing(runId, operationId, await this.#table.get(key));
    return standing === 'open' ? 'closed' : standing;
  }

  async #standing(
    runId: string,
    operationId: string,
    item: Attributes | undefined,
  ): Promise<'open' | 'unknown' | 'closed' | { settled: Outcome }> {
    if (item === undefined) return 'unknown';
    if (item.x !== undefined) return 'closed';
    if (item.u === undefined) return 'open';
    return { settled: await this.#outcome(runId, operationId, item) };
  }

  async #outcome(runId: string, operationId: string, item: Attributes): Promise<Outcome> {
    const owner = { runId, item: `outside/${operationId}`, writer: item.w?.S ?? '' };
    const bytes = await this.#bodies.read(owner, item);
    try {
      const [{ type: status, ...payload } = {}] = decodeRecords(bytes);
      return { status, ...payload } as Outcome;
    } catch (cause) {
      throw new StoreError(
        `The outcome of operation ${operationId} of run ${runId} is not readable: it is damaged, or from a newer version. Restore it, or update this package.`,
        { cause },
      );
    }
  }
}

function setting(attributes: Attributes): Expression {
  const names = Object.keys(attributes);
  return {
    text: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    values: Object.fromEntries(names.map((name) => [`:${name}`, attributes[name] as Attributes[string]])),
  };
}

/** Open, and no heartbeat since the one that was seen. */
function unheard({ heartbeatAt }: Seen): Expression {
  if (heartbeatAt === undefined) return { text: `${OPEN} AND attribute_not_exists(#h)` };
  return { text: `${OPEN} AND #h = :seen`, values: { ':seen': number(heartbeatAt) } };
}

function heartbeatOf(item: Attributes | undefined): number | undefined {
  const value = item?.h?.N;
  return value === undefined ? undefined : Number(value);
}
