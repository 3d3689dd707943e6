/** A record of an event source mapping, as far as failures are reported by it. */
interface SourceRecord {
  eventSource?: unknown;
  messageId?: unknown;
  kinesis?: { sequenceNumber?: unknown };
  dynamodb?: { SequenceNumber?: unknown };
}

/**
 * The failures that an answer reports to an event source mapping: the ids it names, `undefined` for an entry without a usable
 * one. Empty when it reports none.
 */
export function reportedFailures(answer: unknown): (string | undefined)[] {
  const failures: unknown = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return [undefined];
  return failures.map((failure: { itemIdentifier?: unknown } | null) => textOf(failure?.itemIdentifier));
}

/**
 * True when an answer makes the source deliver this very event again: a queue when every message is reported, a stream when
 * the first record is, since it begins anew there; each of them when an entry names no record of the event.
 */
export function asksForAllAgain(event: unknown, answer: unknown): boolean {
  const failures = reportedFailures(answer);
  if (failures.length === 0) return false;
  const records: unknown = (event as { Records?: unknown } | null | undefined)?.Records;
  if (!Array.isArray(records)) return false;
  const ids = records.map(idOf);
  const [first] = ids;
  if (first === undefined) return false;
  if (failures.some((id) => !ids.includes(id))) return true;
  return isMessage(records[0]) ? ids.every((id) => failures.includes(id)) : failures.includes(first);
}

/** Whether the record is a queue's message. */
export function isMessage(record: unknown): record is object {
  return (record as SourceRecord | null | undefined)?.eventSource === 'aws:sqs';
}

/** By what a mapping's answer names a record; `undefined` for records of other sources. */
function idOf(record: unknown): string | undefined {
  const { messageId, kinesis, dynamodb } = (record ?? {}) as SourceRecord;
  return isMessage(record) ? textOf(messageId) : textOf(kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
