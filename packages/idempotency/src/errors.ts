import type { StoredRecord } from './persistence/record.ts';

/**
 * Something about idempotency. Names are those of Powertools where it has the same error: code that looks at `error.name`
 * needs no change.
 */
export abstract class IdempotencyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** There is no key in the payload, and `throwOnNoIdempotencyKey` is set; or the payload is nothing that a key can be made of. */
export class IdempotencyKeyError extends IdempotencyError {
  static override readonly name: string = 'IdempotencyKeyError';
}

/** An error about a key that is taken. */
export abstract class IdempotencyConflictError extends IdempotencyError {
  /** The key of the record. */
  readonly key: string;
  /** Who holds the key, or made the record: the ARN of an execution. `undefined` for records of Powertools and plain calls. */
  readonly owner: string | undefined;
  /** What stands in the way, with its result if it has one. Not enumerable: somebody else's result is nothing for a log. */
  declare readonly existingRecord: StoredRecord;

  constructor(message: string, existing: StoredRecord, owner: string | undefined) {
    super(message);
    this.key = existing.key;
    this.owner = owner;
    Object.defineProperty(this, 'existingRecord', { value: existing });
  }
}

/** Somebody else holds the key and has not ended. */
export class IdempotencyAlreadyInProgressError extends IdempotencyConflictError {
  static override readonly name: string = 'IdempotencyAlreadyInProgressError';
}

/** It was done before, and `onConflict: 'reject'` wants no stored result. */
export class IdempotencyAlreadyCompletedError extends IdempotencyConflictError {
  static override readonly name: string = 'IdempotencyAlreadyCompletedError';
}

/** It failed before, and the error policy keeps the key: nobody knows how much of it happened. */
export class IdempotencyAlreadyFailedError extends IdempotencyConflictError {
  static override readonly name: string = 'IdempotencyAlreadyFailedError';
}

/** The same key with another payload. */
export class IdempotencyValidationError extends IdempotencyConflictError {
  static override readonly name: string = 'IdempotencyValidationError';
}

/** The claim ran out, and somebody else took the key meanwhile: their record stands, this result is not stored. */
export class IdempotencyOwnershipLostError extends IdempotencyConflictError {
  static override readonly name: string = 'IdempotencyOwnershipLostError';
}

/** The record changed each time it was looked at. */
export class IdempotencyInconsistentStateError extends IdempotencyError {
  static override readonly name: string = 'IdempotencyInconsistentStateError';
}

/** The store failed; `cause` says how. Nobody knows whether the last write was applied. */
export class IdempotencyPersistenceLayerError extends IdempotencyError {
  static override readonly name: string = 'IdempotencyPersistenceLayerError';
}

/** A result that can't be stored, or a stored one that can't be read. */
export class IdempotencyResultError extends IdempotencyError {
  static override readonly name: string = 'IdempotencyResultError';
}

/** This store can't keep a promise that is needed here; the message says which. */
export class IdempotencyPromiseError extends IdempotencyError {
  static override readonly name: string = 'IdempotencyPromiseError';
}
