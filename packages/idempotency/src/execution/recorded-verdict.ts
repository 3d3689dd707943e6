import type { IdempotencyConflictError } from '../errors.ts';
import * as errors from '../errors.ts';
import type { StoredRecord } from '../persistence/record.ts';

/** What an execution was told about its key, as it is recorded in it. */
export type RecordedVerdict =
  /** It holds the key, and the handler runs. Never recorded: each invocation claims anew. */
  | { kind: 'owner' }
  /** A result is there. `record` has it, unless it is too large to be recorded twice. */
  | { kind: 'value'; record: StoredRecord; isLarge: boolean }
  | { kind: 'error'; name: string; message: string; record: StoredRecord | undefined; owner: string | undefined }
  | { kind: 'busy' };

/** Characters of a result above which the verdict leaves it in the idempotency table. */
const LARGE = 60_000;

export function recordedValue(record: StoredRecord): RecordedVerdict {
  const isLarge = (record.data?.text.length ?? 0) > LARGE;
  return { kind: 'value', record: isLarge ? withoutData(record) : record, isLarge };
}

export function recordedError(error: Error): RecordedVerdict {
  const { name, message } = error;
  const conflict = error instanceof errors.IdempotencyConflictError ? error : undefined;
  return {
    kind: 'error',
    name,
    message,
    record: conflict && withoutData(conflict.existingRecord),
    owner: conflict?.owner,
  };
}

type ConflictClass = new (
  message: string,
  existing: StoredRecord,
  owner: string | undefined,
) => IdempotencyConflictError;

const CONFLICTS: readonly (ConflictClass & { readonly name: string })[] = [
  errors.IdempotencyAlreadyInProgressError,
  errors.IdempotencyAlreadyCompletedError,
  errors.IdempotencyAlreadyFailedError,
  errors.IdempotencyValidationError,
];

/** The error of a verdict: of its own class again, or one that only has the name. */
export function errorOf({ name, message, record, owner }: Extract<RecordedVerdict, { kind: 'error' }>): Error {
  const Conflict = CONFLICTS.find((one) => one.name === name);
  if (Conflict && record) return new Conflict(message, record, owner);
  return Object.assign(new Error(message), { name });
}

function withoutData({ data: _data, ...record }: StoredRecord): StoredRecord {
  return record;
}
