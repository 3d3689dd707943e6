import { pendingBatch } from './pending.ts';
import { at, members, textAt } from './read-json.ts';
import { holdsOnly, type RecordSource, recordsOf } from './records.ts';
import type { Source } from './source.ts';

/** Records of a Kinesis stream. Arrival times and the reader's role are the stream's, not the sender's. */
export const kinesis: Source = streamSource({
  kind: 'kinesis',
  marker: ['eventSource', 'aws:kinesis'],
  recordMeaning: (record) => members(at(record, 'kinesis'), 'partitionKey', 'data'),
});

/** Changes of a DynamoDB table. */
export const dynamoDBStream: Source = streamSource({
  kind: 'dynamodb-stream',
  marker: ['eventSource', 'aws:dynamodb'],
  recordMeaning: (record) => ({
    ...members(record, 'eventName'),
    ...members(at(record, 'dynamodb'), 'Keys', 'NewImage', 'OldImage'),
  }),
});

/**
 * A source whose batches are pieces of a sequence: the stream and both ends tell one piece from all others, and so from the
 * halves into which the source cuts a piece that failed. A record's `eventID` holds its shard and sequence number, or stands
 * for them.
 */
function streamSource(source: Pick<RecordSource, 'kind' | 'marker' | 'recordMeaning'>): Source {
  return {
    kind: source.kind,
    recognises: (event) => holdsOnly(event, source.marker),
    identity(event) {
      const records = recordsOf(event);
      const stream = textAt(records[0], 'eventSourceARN');
      const first = textAt(records[0], 'eventID');
      const last = textAt(records.at(-1), 'eventID');
      return stream && first && last ? [stream, first, last] : undefined;
    },
    meaning: (event) => recordsOf(event).map(source.recordMeaning),
    onRedelivery: 'resume',
    pending: pendingBatch,
  };
}
