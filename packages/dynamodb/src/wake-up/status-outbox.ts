import { isFinal } from '@middy-durable/protocol';
import type { DynamoDBStore } from '../dynamodb-store.ts';
import { indexEntry, type Key } from '../layout.ts';
import { number } from '../log-items.ts';
import { attributesOfKey, type Table } from '../table.ts';

/** Undelivered notes are garbage after this many seconds, like everything else that nobody collects. */
const KEPT_SECONDS = 14 * 86_400;

const END = /^Execution(Succeeded|Failed|TimedOut|Stopped)$/;

export type Change = 'start' | 'end';

export function noteKey(runId: string, change: Change): Key {
  return { pk: `e#${runId}`, sk: change };
}

/**
 * The same store, but before an execution starts or ends a note is made that this is to be delivered. The note comes first,
 * and the log says whether it came true, so no crash loses a change; who delivers it removes the note afterwards.
 */
export function withStatusOutbox(store: DynamoDBStore, table: Table): DynamoDBStore {
  const note = (runId: string, change: Change, at: number): Promise<void> =>
    table.putOwn({
      ...attributesOfKey(noteKey(runId, change)),
      u: number(Math.floor(at)),
      expiresAt: number(Math.ceil(at / 1000) + KEPT_SECONDS),
      ...indexEntry('event', runId, at),
    });
  const withdraw = (runId: string): Promise<boolean> =>
    table.delete(noteKey(runId, 'start'), { text: 'attribute_exists(#pk)' });
  return {
    ...store,
    create: async (run) => {
      if (run.ordinary) return store.create(run);
      await note(run.runId, 'start', run.startedAt);
      const answer = await store.create(run);
      // Who delivers would look at it again and again until it is sure that nothing comes of it.
      const isAnother = !answer.created && answer.existing.runId !== run.runId;
      if (isAnother) await withdraw(run.runId).catch(() => undefined);
      return answer;
    },
    append: async (runId, item, head) => {
      const at = head.endedAt ?? item.events.at(-1)?.at ?? 0;
      const ends = isFinal(head.status) && item.events.some(({ type }) => END.test(type));
      if (ends) await note(runId, 'end', at);
      await store.append(runId, item, head);
    },
  };
}
