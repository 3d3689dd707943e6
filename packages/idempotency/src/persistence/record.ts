/**
 * - `INPROGRESS`: claimed; its owner is at work, suspended, or dead.
 * - `COMPLETED`: there is a result.
 * - `FAILED`: the owner failed, and the error policy keeps the key. An addition to the states of Powertools, whose own
 *   functions refuse a record in it.
 */
export type RecordStatus = 'INPROGRESS' | 'COMPLETED' | 'FAILED';

/** A result or an error, as it is stored. */
export interface StoredData {
  /** JSON, or what an output serializer made. */
  text: string;
  /** `json`: the store may keep it as values of its own, so that Powertools reads it. `text`: it keeps the text. */
  encoding: 'json' | 'text';
}

/** Whose records they are: the two Powertools modules write results differently. */
export type RecordFormat = 'powertools-typescript' | 'powertools-python';

/** What the owners begin with that are executions: whether one has ended can be asked, whatever the time is. */
export const EXECUTION_OWNER = 'execution ';

/** Everything that is stored for one key. */
export interface StoredRecord {
  key: string;
  status: RecordStatus;
  /** Who holds it, or made it what it is. Absent in records that Powertools wrote. */
  owner?: string | undefined;
  /** Epoch milliseconds, whole seconds, from which on the record counts as absent and may be deleted. */
  expiresAt?: number | undefined;
  /**
   * Epoch milliseconds when a claim runs out. That of an execution stands on, as long as somebody says that the execution is
   * running.
   */
  claimExpiresAt?: number | undefined;
  /** Absent for a result that is `undefined`. */
  data?: StoredData | undefined;
  /** Of the part of the payload that must be the same for the same key. */
  payloadHash?: string | undefined;
  /** Default `powertools-typescript`. */
  format?: RecordFormat | undefined;
}
