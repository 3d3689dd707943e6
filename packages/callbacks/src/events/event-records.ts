import { textOf } from '../text-of.ts';

/** A record of an event, whatever source it is of. */
export interface EventRecord<Data = unknown> {
  readonly source: 'sqs' | 'sns' | 'eventbridge' | 'dynamodb';
  /** As the source delivered it. */
  readonly record: unknown;
  /**
   * What it says: the body of a message as JSON (or as text where it is none), the detail of an event, the change of an item.
   */
  readonly data: Data;
  /** By what a partial batch response names it; undefined where the source knows none. */
  readonly itemIdentifier: string | undefined;
}

interface SourceRecord {
  eventSource?: unknown;
  EventSource?: unknown;
  messageId?: unknown;
  body?: unknown;
  Sns?: { Message?: unknown };
  dynamodb?: { SequenceNumber?: unknown };
}

/** The records of an event of SQS, SNS, EventBridge or a DynamoDB stream, in order; undefined for any other event. */
export function recordsOf(event: unknown): EventRecord[] | undefined {
  const { Records, 'detail-type': detailType, detail } = (event ?? {}) as Record<string, unknown>;
  if (typeof detailType === 'string') {
    return [{ source: 'eventbridge', record: event, data: detail, itemIdentifier: undefined }];
  }
  if (!Array.isArray(Records) || Records.length === 0) return undefined;
  const records = Records.map(readRecord);
  return records.every((record) => record !== undefined) ? records : undefined;
}

function readRecord(record: SourceRecord | null): EventRecord | undefined {
  switch (record?.eventSource ?? record?.EventSource) {
    case 'aws:sqs':
      return { source: 'sqs', record, data: jsonOrText(record?.body), itemIdentifier: textOf(record?.messageId) };
    case 'aws:sns':
      return { source: 'sns', record, data: jsonOrText(record?.Sns?.Message), itemIdentifier: undefined };
    case 'aws:dynamodb': {
      const itemIdentifier = textOf(record?.dynamodb?.SequenceNumber);
      return { source: 'dynamodb', record, data: record?.dynamodb, itemIdentifier };
    }
    default:
      return undefined;
  }
}

function jsonOrText(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    return text;
  }
}
