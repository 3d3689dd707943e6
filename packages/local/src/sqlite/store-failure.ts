import { StoreError } from '@middy-durable/backend';

/** SQLite's primary result codes that a user can do something about. */
const RESULT = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

const SET_ASIDE = 'Move it aside (with its -wal and -shm files), or name another file';

const EXPLANATIONS = new Map<number, (file: string) => string>([
  [RESULT.BUSY, locked],
  [RESULT.LOCKED, locked],
  [RESULT.PERM, unwritable],
  [RESULT.READONLY, unwritable],
  [
    RESULT.CANTOPEN,
    (file) => `The store file ${file} cannot be opened. Give this user the right to write the file and its folder.`,
  ],
  [RESULT.CORRUPT, damaged],
  [RESULT.NOTADB, (file) => `The file ${file} is not an SQLite database. ${SET_ASIDE}; it was not changed.`],
  [
    RESULT.FULL,
    (file) => `The disk with the store file ${file} is full. Free some space; what was acknowledged is safe.`,
  ],
  [
    RESULT.IOERR,
    (file) => `Reading or writing the store file ${file} failed. Check the disk; network drives don't work.`,
  ],
]);

/** The error of a store call as its user should see it: which file, what is wrong with it, what to do. */
export function storeFailure(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const explain = EXPLANATIONS.get(primaryCode(error) ?? -1);
  const reason = (error as Partial<Error> | undefined)?.message ?? String(error);
  if (explain) return new StoreError(`${explain(file)} (SQLite: ${reason})`, { cause: error });
  return new StoreError(`The store file ${file} refused a request: ${reason}. This is a bug of the store, report it.`, {
    cause: error,
  });
}

/** True when another process holds the file: the same call may succeed later. */
export function isLocked(error: unknown): boolean {
  const code = primaryCode(error);
  return code === RESULT.BUSY || code === RESULT.LOCKED;
}

/** Text that stands in the file but isn't what was written there. */
export function damagedRecord(file: string, what: string, cause: unknown): StoreError {
  return new StoreError(`${damaged(file)} (${what} is not readable)`, { cause });
}

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  // SQLite puts the detail of an extended code into the upper bytes.
  return typeof code === 'number' ? code & 0xff : undefined;
}

function locked(file: string): string {
  return `The store file ${file} is locked by another process. Nothing was written; end that process or try again.`;
}

function unwritable(file: string): string {
  return `The store file ${file} cannot be written. Give this user the right to write the file and its folder.`;
}

function damaged(file: string): string {
  return `The store file ${file} is damaged. ${SET_ASIDE}; 'sqlite3 <file> .recover' reads what is left of it.`;
}
