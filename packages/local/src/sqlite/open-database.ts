import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '@middy-durable/backend';
import { prepareSchema } from './schema.ts';
import { isLocked, storeFailure } from './store-failure.ts';

/** An open store file, and how to see that it still is the one that its path names. */
export interface OpenDatabase {
  database: DatabaseSync;
  /** @throws StoreError when the file was deleted or replaced: what is written now would be lost with the old one. */
  assertInPlace(): void;
}

/**
 * Opens or makes the store file.
 *
 * @param lockTimeout milliseconds to wait for a lock of another process
 * @throws StoreError with the file and the fix: locked, damaged, newer, not a database, not writable
 */
export async function openDatabase(file: string, lockTimeout: number): Promise<OpenDatabase> {
  const { DatabaseSync } = await loadSqlite();
  makeRoom(file);
  const giveUpAt = performance.now() + lockTimeout;
  for (;;) {
    const database = open(DatabaseSync, file, lockTimeout);
    try {
      prepareSchema(database, file);
      return { database, assertInPlace: inPlaceCheck(file) };
    } catch (error) {
      database.close();
      // Turning a new file to WAL answers "busy" at once, without the busy handler, when two processes do it together.
      if (!isLocked(error) || performance.now() >= giveUpAt) throw storeFailure(file, error);
      await pause(20);
    }
  }
}

function open(Database: typeof DatabaseSync, file: string, lockTimeout: number): DatabaseSync {
  try {
    return new Database(file, { timeout: lockTimeout });
  } catch (error) {
    throw storeFailure(file, error);
  }
}

/** Loaded when the first store opens, so that importing this package costs a function on Lambda nothing. */
async function loadSqlite(): Promise<typeof import('node:sqlite')> {
  try {
    return await import('node:sqlite');
  } catch (cause) {
    throw new StoreError(
      `The SQLite store needs the module node:sqlite, which Node ${process.versions.node} does not have. ` +
        'Use Node 22.13 or newer.',
      { cause },
    );
  }
}

function makeRoom(file: string): void {
  const folder = dirname(file);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new StoreError(
      `The folder ${folder} of the store file cannot be made (${(cause as Error).message}). ` +
        'Give this user the right to write there, or name another file.',
      { cause },
    );
  }
  const state = statSync(file, { throwIfNoEntry: false });
  if (state && !state.isFile()) {
    throw new StoreError(`The store file ${file} is not a file. Name another path for the store.`);
  }
}

/** Not `mkdirSync` with `recursive`: below /proc and the like, Node 24 never returns from that. */
function makeFolder(folder: string): void {
  const state = statSync(folder, { throwIfNoEntry: false });
  if (state?.isDirectory()) return;
  if (state) throw new Error(`${folder} is not a folder`);
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function inPlaceCheck(file: string): () => void {
  const identity = (): string | undefined => {
    const state = statSync(file, { bigint: true, throwIfNoEntry: false });
    return state && `${state.dev}:${state.ino}`;
  };
  const opened = identity();
  return () => {
    if (identity() === opened) return;
    throw new StoreError(
      `The store file ${file} was deleted or replaced while it was open. ` +
        'Nothing more is written to the old one; put it back, or close the backend and open the new file.',
    );
  };
}
