import { pendingObject } from './pending.ts';
import { at, members, textAt } from './read-json.ts';
import { recordSource } from './records.ts';
import type { Source } from './source.ts';

/** Notifications of a topic. Time, signature and unsubscribe links are the topic's, not the sender's. */
export const sns: Source = recordSource({
  kind: 'sns',
  marker: ['EventSource', 'aws:sns'],
  recordId: (record) => textAt(record, 'Sns', 'MessageId'),
  recordMeaning: (record) => members(at(record, 'Sns'), 'TopicArn', 'Subject', 'Message', 'MessageAttributes'),
  pending: pendingObject,
});
