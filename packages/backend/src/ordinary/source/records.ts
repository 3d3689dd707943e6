import { canonicalJson } from './canonical-json.ts';
import { at } from './read-json.ts';
import type { Source } from './source.ts';

/** What the sources have to say that deliver `{ Records: [...] }`. */
export interface RecordSource extends Pick<Source, 'kind' | 'pending'> {
  /** The member of a record that names the service, and the name. */
  marker: readonly [member: string, service: string];
  /** What tells one record from others; `undefined` when it does not say. */
  recordId(record: unknown): string | undefined;
  recordMeaning(record: unknown): unknown;
}

/** A source whose batches are sets: the same records in another order are the same event. */
export function recordSource(source: RecordSource): Source {
  const { kind, pending, recordId, recordMeaning } = source;
  return {
    kind,
    recognises: (event) => holdsOnly(event, source.marker),
    identity(event) {
      const ids = recordsOf(event).map(recordId);
      return ids.every((id) => id !== undefined) ? ids.sort() : undefined;
    },
    meaning: (event) => recordsOf(event).map(recordMeaning).map(canonicalJson).sort(),
    onRedelivery: 'resume',
    pending,
  };
}

/** True for an event of records that all come from one service. */
export function holdsOnly(event: unknown, [member, service]: RecordSource['marker']): boolean {
  const records = at(event, 'Records');
  return Array.isArray(records) && records.length > 0 && records.every((record) => at(record, member) === service);
}

export function recordsOf(event: unknown): unknown[] {
  return at(event, 'Records') as unknown[];
}
