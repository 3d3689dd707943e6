import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreError } from '@middy-durable/backend';
import { isLocked, storeFailure } from './store-failure.ts';

describe('storeFailure', () => {
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'store-failure-'));
    file = join(dir, 'a.db');
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE t (v TEXT)');
    database.close();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** The error that SQLite itself throws. */
  function sqliteError(options: object, ...statements: string[]): unknown {
    const database = new DatabaseSync(file, options);
    try {
      for (const statement of statements) database.exec(statement);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      database.close();
    }
  }

  it.each<[string, string, () => unknown]>([
    ['no right to write', 'cannot be written', () => sqliteError({ readOnly: true }, "INSERT INTO t VALUES ('x')")],
    [
      'full',
      'is full',
      () => sqliteError({}, 'PRAGMA max_page_count = 2', 'INSERT INTO t VALUES (hex(randomblob(100000)))'),
    ],
    ['locked', 'is locked', () => Object.assign(new Error('database is locked'), { errcode: 5 })],
    ['an extended code', 'is locked', () => Object.assign(new Error('database is locked'), { errcode: 517 })],
    ['the disk', 'Check the disk', () => Object.assign(new Error('disk I/O error'), { errcode: 522 })],
    ['damaged', 'is damaged', () => Object.assign(new Error('malformed'), { errcode: 11 })],
    ['a bug', 'report it', () => sqliteError({}, 'SELECT nothing FROM nowhere')],
    ['no error', 'refused a request: text', () => 'text'],
  ])('explains: %s', (_, text, makeError) => {
    const cause = makeError();
    const error = storeFailure(file, cause);
    expect(error).toBeInstanceOf(StoreError);
    expect(error.message).toContain(file);
    expect(error.message).toContain(text);
    expect(error.cause).toBe(cause);
  });

  it('keeps an error that explains itself', () => {
    const error = new StoreError('already said');
    expect(storeFailure(file, error)).toBe(error);
  });

  it('knows what may succeed later', () => {
    expect(isLocked({ errcode: 5 })).toBe(true);
    expect(isLocked({ errcode: 261 })).toBe(true);
    expect(isLocked({ errcode: 11 })).toBe(false);
    expect(isLocked(undefined)).toBe(false);
  });
});
