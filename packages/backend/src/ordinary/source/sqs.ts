import { pendingBatch } from './pending.ts';
import { members, textAt } from './read-json.ts';
import { recordSource } from './records.ts';
import type { Source } from './source.ts';

/** Messages of a queue. Receipt handles, receive counts and times are the queue's, not the sender's. */
export const sqs: Source = recordSource({
  kind: 'sqs',
  marker: ['eventSource', 'aws:sqs'],
  recordId: (record) => textAt(record, 'messageId'),
  recordMeaning: (record) => members(record, 'body', 'messageAttributes'),
  pending: pendingBatch,
});
