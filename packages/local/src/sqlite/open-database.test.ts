import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ExecutionStore, type NewRun, StoreError } from '@middy-durable/backend';
import { type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts';

const HEAD = { status: 'RUNNING', dueAt: undefined, leaseUntil: undefined } as const;

function newRun(runId: string, input?: string): NewRun {
  return {
    runId,
    arn: `arn:${runId}`,
    functionName: 'f',
    name: runId,
    inputHash: '',
    startedAt: 1,
    firstItem: {
      sequence: 1,
      writeId: 'w',
      events: [{ type: 'ExecutionStarted', at: 1, id: 'e', name: runId, input, executionTimeout: 60 }],
    },
  };
}

/** The tables of version 1, with an ended run. */
const SCHEMA_1 = `
  CREATE TABLE runs (
    run_id TEXT PRIMARY KEY, arn TEXT NOT NULL, function_name TEXT NOT NULL, name TEXT NOT NULL,
    input_hash TEXT NOT NULL, status TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
    sequence INTEGER NOT NULL, due_at INTEGER, lease_until INTEGER, ordinary INTEGER NOT NULL DEFAULT 0,
    UNIQUE (function_name, name)
  ) STRICT;
  CREATE INDEX runs_by_start ON runs (started_at, run_id);
  CREATE INDEX runs_due ON runs (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE items (
    run_id TEXT NOT NULL, sequence INTEGER NOT NULL, write_id TEXT NOT NULL, client_token TEXT,
    events TEXT NOT NULL, opens TEXT, absorbs TEXT, PRIMARY KEY (run_id, sequence)
  ) STRICT;
  CREATE TABLE outside_items (
    run_id TEXT NOT NULL, operation_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'absorbed', 'closed')),
    heartbeat_at INTEGER, outcome TEXT, settled_at INTEGER, PRIMARY KEY (run_id, operation_id)
  ) STRICT;
  CREATE INDEX outside_settled ON outside_items (run_id, settled_at) WHERE state = 'settled';
  INSERT INTO runs VALUES ('r', 'arn:r', 'f', 'order-7', 'hash', 'SUCCEEDED', 1, 2, 3, NULL, NULL, 0);
  PRAGMA application_id = ${0x6d647572};
  PRAGMA user_version = 1;
`;

const item = (sequence: number) => ({ sequence, writeId: `w${sequence}`, events: [] });

describe('the store file', () => {
  let dir: string;
  let file: string;
  let stores: ExecutionStore[];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sqlite-store-'));
    file = join(dir, 'runs.db');
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (options: SqliteStoreOptions = {}) => {
    const store = sqliteStore({ file, lockTimeout: 0, ...options });
    stores.push(store);
    return store;
  };
  const failure = async (call: Promise<unknown>): Promise<StoreError> => {
    const error = await call.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(StoreError);
    return error;
  };
  async function closedFile(fill: (store: ExecutionStore) => Promise<unknown>): Promise<void> {
    const store = open();
    await fill(store);
    await store.close();
  }

  it('is made with its folders at the first call, not before', async () => {
    const store = open({ file: join(dir, 'a', 'b', 'runs.db') });
    expect(statSync(join(dir, 'a'), { throwIfNoEntry: false })).toBeUndefined();
    await store.create(newRun('r'));
    expect(statSync(store.file).isFile()).toBe(true);
  });

  it('is written in WAL mode with full synchronization, and carries our mark', async () => {
    await closedFile((store) => store.create(newRun('r')));
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
    expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0x6d647572 });
    database.close();
  });

  it('refuses a file that is no database and leaves it alone', async () => {
    const text = 'my shopping list, which is much longer than the header of a database file would be '.repeat(20);
    writeFileSync(file, text);
    const { message } = await failure(open().create(newRun('r')));
    expect(message).toContain(`The file ${file} is not an SQLite database. Move it aside`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it("refuses another program's database and leaves it alone", async () => {
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE bookmarks (url TEXT)');
    database.close();
    const before = readFileSync(file);
    const { message } = await failure(open().create(newRun('r')));
    expect(message).toContain(`The file ${file} is an SQLite database of another program`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses the file of a newer version and leaves it alone', async () => {
    await closedFile((store) => store.create(newRun('r')));
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 4');
    database.close();
    const before = readFileSync(file);
    const { message } = await failure(open().head('r'));
    expect(message).toContain('was written by a newer version (schema 4, this one knows 3)');
    expect(message).toContain('update @middy-durable/local');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('brings the file of version 1 up to date, once, and keeps what it holds', async () => {
    const before = new DatabaseSync(file);
    before.exec(SCHEMA_1);
    before.close();
    const several = Array.from({ length: 4 }, () => open({ lockTimeout: 5000 }));
    const heads = await Promise.all(several.map((store) => store.head('r')));
    expect(heads).toEqual(
      several.map(() => ({
        runId: 'r',
        arn: 'arn:r',
        functionName: 'f',
        name: 'order-7',
        inputHash: 'hash',
        status: 'SUCCEEDED',
        startedAt: 1,
        endedAt: 2,
        sequence: 3,
      })),
    );
    const store = several[0] as ExecutionStore;
    expect(await store.create({ ...newRun('s'), name: 'order-7' })).toMatchObject({ existing: { runId: 'r' } });
    expect(await store.create({ ...newRun('s'), name: 'order-7', replaces: 'r' })).toEqual({ created: true });
    expect((await store.list({ name: 'order-7', limit: 9 })).map(({ runId }) => runId).sort()).toEqual(['r', 's']);
    expect(await open().due(9, 9)).toEqual([]);
  });

  it('brings the file of version 2 up to date', async () => {
    await closedFile(async (store) => void (await store.create(newRun('r'))));
    const before = new DatabaseSync(file);
    before.exec('ALTER TABLE runs DROP COLUMN blocked; DROP TABLE snapshots; PRAGMA user_version = 2');
    before.close();
    const blocked = { operationId: 's', found: 'WAIT (Wait)', since: 5, invocations: 1 };
    const store = open();
    await store.append('r', item(2), { status: 'RUNNING', dueAt: undefined, leaseUntil: undefined, blocked });
    expect((await open().head('r'))?.blocked).toEqual(blocked);
    await store.keepSnapshot('r', { sequence: 2, text: 'two' });
    expect(await open().snapshot('r')).toEqual({ sequence: 2, text: 'two' });
  });

  it('reports damage when it reads it', async () => {
    await closedFile(async (store) => {
      for (let i = 0; i < 50; i++) await store.create(newRun(`r${i}`, 'x'.repeat(3000)));
    });
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 0xa5), 0, undefined, 4096);
    const { message } = await failure(open().list({ limit: 100 }));
    expect(message).toContain(`The store file ${file} is damaged`);
    expect(message).toContain('.recover');
  });

  it('reports a file that was cut short', async () => {
    await closedFile(async (store) => {
      for (let i = 0; i < 50; i++) await store.create(newRun(`r${i}`, 'x'.repeat(3000)));
    });
    truncateSync(file, 8192);
    const store = open();
    const reading = async () => {
      for (let i = 0; i < 50; i++) for await (const _ of store.read(`r${i}`));
    };
    expect((await failure(reading())).message).toContain('is damaged');
  });

  it('names a record that is not what was written', async () => {
    await closedFile((store) => store.create(newRun('r')));
    const database = new DatabaseSync(file);
    database.exec("UPDATE items SET events = '[{'");
    database.close();
    const reading = async () => {
      for await (const _ of open().read('r'));
    };
    expect((await failure(reading())).message).toContain('item 1 of run r is not readable');
  });

  it('reports a lock, writes nothing, and goes on when the lock is gone', async () => {
    const store = open();
    await store.create(newRun('r'));
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const { message } = await failure(store.append('r', item(2), HEAD));
    expect(message).toContain(`The store file ${file} is locked by another process. Nothing was written`);
    other.exec('COMMIT');
    other.close();
    await store.append('r', item(2), HEAD);
    expect((await store.head('r'))?.sequence).toBe(2);
  });

  it('reports a lock that is there when it opens, and opens when it is gone', async () => {
    const other = new DatabaseSync(file);
    other.exec('BEGIN EXCLUSIVE');
    const store = open();
    expect((await failure(store.create(newRun('r')))).message).toContain('is locked by another process');
    other.exec('COMMIT');
    other.close();
    expect(await store.create(newRun('r'))).toEqual({ created: true });
  });

  it('can be opened by several at once while it is new', async () => {
    const several = Array.from({ length: 8 }, () => open({ lockTimeout: 5000 }));
    const created = await Promise.all(several.map((store, index) => store.create(newRun(`r${index}`))));
    expect(created).toEqual(several.map(() => ({ created: true })));
    expect(await several[0]?.list({ limit: 100 })).toHaveLength(8);
  });

  it.each([
    ['a folder that is a file', 'plain/runs.db', 'cannot be made'],
    ['a folder nobody can make', '/proc/no/runs.db', 'cannot be made'],
    ['a path that is a folder', 'folder', 'is not a file'],
    ['a link to nowhere', 'link', 'cannot be opened. Give this user the right to write the file and its folder'],
  ])('refuses %s', async (_, path, text) => {
    writeFileSync(join(dir, 'plain'), '');
    mkdirSync(join(dir, 'folder'));
    symlinkSync(join(dir, 'missing', 'runs.db'), join(dir, 'link'));
    const { message } = await failure(open({ file: path.startsWith('/') ? path : join(dir, path) }).head('r'));
    expect(message).toContain(text);
  });

  it.each([
    ['deleted', () => rmSync(file)],
    [
      'replaced',
      () => {
        copyFileSync(file, join(dir, 'copy.db'));
        renameSync(join(dir, 'copy.db'), file);
      },
    ],
  ])('acknowledges nothing that would be lost with a file that was %s', async (_, act) => {
    const store = open();
    await store.create(newRun('r'));
    act();
    const { message } = await failure(store.append('r', item(2), HEAD));
    expect(message).toContain('was deleted or replaced while it was open');
  });

  it('says which Node has SQLite when this one has not', async () => {
    jest.unstable_mockModule('node:sqlite', () => {
      throw new Error('No such built-in module: node:sqlite');
    });
    await jest.isolateModulesAsync(async () => {
      const { sqliteStore: isolated } = await import('./sqlite-store.ts');
      const error = await isolated({ file })
        .head('r')
        .catch((reason) => reason);
      expect(error.name).toBe('StoreError');
      expect(error.message).toContain(`Node ${process.versions.node} does not have. Use Node 22.13 or newer.`);
    });
    jest.unstable_unmockModule('node:sqlite');
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('is not used after close', async () => {
    const store = open();
    await store.create(newRun('r'));
    await store.close();
    await store.close();
    expect((await failure(store.head('r'))).message).toContain('was closed by this process');
  });

  it('close keeps what was asked before', async () => {
    const store = open();
    const writing = store.create(newRun('r'));
    await store.close();
    expect(await writing).toEqual({ created: true });
    expect(await open().head('r')).toMatchObject({ runId: 'r' });
  });

  it('closes without having been opened', async () => {
    await open().close();
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  it.each([-1, 1.5, Number.NaN])('refuses the lock timeout %d', (lockTimeout) => {
    expect(() => sqliteStore({ file, lockTimeout })).toThrow(`lockTimeout is ${lockTimeout}`);
  });
});
