import { pendingObject } from './pending.ts';
import { at, members, textAt } from './read-json.ts';
import { recordSource } from './records.ts';
import type { Source } from './source.ts';

/** Notifications of a bucket. The sequencer tells two changes of one object apart; a repeated notification keeps it. */
export const s3: Source = recordSource({
  kind: 's3',
  marker: ['eventSource', 'aws:s3'],
  recordId(record) {
    const sequencer = textAt(record, 's3', 'object', 'sequencer');
    const { bucket, key, versionId = null } = objectOf(record);
    return sequencer && JSON.stringify([bucket, key, versionId, sequencer, at(record, 'eventName')]);
  },
  recordMeaning: (record) => ({ ...members(record, 'eventName'), ...objectOf(record) }),
  pending: pendingObject,
});

function objectOf(record: unknown): Record<string, unknown> {
  const object = members(at(record, 's3', 'object'), 'key', 'versionId', 'size', 'eTag');
  return { bucket: at(record, 's3', 'bucket', 'name') ?? null, ...object };
}
