import { eventBridge } from './event-bridge.ts';
import { http } from './http.ts';
import { pendingObject } from './pending.ts';
import { s3 } from './s3.ts';
import { sns } from './sns.ts';
import type { Source } from './source.ts';
import { sqs } from './sqs.ts';
import { dynamoDBStream, kinesis } from './streams.ts';

/** Plain invokes, and what has no shape of its own here. The whole event is what the sender meant. */
const OTHER: Source = {
  kind: 'other',
  recognises: () => true,
  identity: () => undefined,
  meaning: (event) => event,
  onRedelivery: 'resume',
  pending: pendingObject,
};

/** The first whose shape an event has. */
const SOURCES: readonly Source[] = [http, sqs, sns, eventBridge, kinesis, dynamoDBStream, s3, OTHER];

/** The source whose shape an event has. Takes parsed JSON. */
export function sourceOf(event: unknown): Source {
  return SOURCES.find((source) => source.recognises(event)) as Source;
}
