import {
  type ExecutionStore,
  type HeadChange,
  type LogItem,
  type NewRun,
  type Outcome,
  type OutsideItem,
  type RunFilter,
  type RunHead,
  type Settlement,
  type Snapshot,
  StoreError,
  VersionConflict,
} from '@middy-durable/backend';
import { GroupCommit } from './group-commit.ts';
import { openDatabase } from './open-database.ts';
import { noteHeartbeat, settleItem } from './outside-writes.ts';
import { type ItemRow, type OutsideRow, type RunRow, toHead, toItem, toOutsideItem } from './rows.ts';
import { dueRuns, earliestDue, listRuns } from './run-queries.ts';
import { appendItem, insertRun, storedItem } from './run-writes.ts';
import { Statements } from './statements.ts';
import { storeFailure } from './store-failure.ts';
import { storeFile } from './store-file.ts';

/** Items of a log that are in memory at once while it is read. */
const PAGE_ITEMS = 64;
const DEFAULT_LOCK_TIMEOUT_MS = 5000;

/** Where the file lies and how patient the store is. */
export interface SqliteStoreOptions {
  /** Path of the file. Default: `MIDDY_DURABLE_STORE`, else `.middy-durable/executions.db` in the working directory. */
  file?: string | URL | undefined;
  /** How long a call waits for a lock of another process, in milliseconds. Default 5000. */
  lockTimeout?: number | undefined;
}

/** An {@link ExecutionStore} in one file. */
export interface SqliteStore extends ExecutionStore {
  /** Absolute path of the file. */
  readonly file: string;
}

interface Connection {
  sql: Statements;
  commits: GroupCommit;
  close(): void;
}

/**
 * A store in one SQLite file. Several processes of one machine may open it at once. What it acknowledged is on the disk
 * (write-ahead log, full synchronization); writes of one turn of the event loop share one commit.
 *
 * The file is opened, and made where there is none, at the first call. Calls reject with a `StoreError` that names the
 * file and the fix when it is locked, damaged, from a newer version, not a database, moved away or not writable.
 *
 * @example
 * const store = sqliteStore({ file: 'runs.db' });
 * const backend = createBackend({ store });
 */
export function sqliteStore(options: SqliteStoreOptions = {}): SqliteStore {
  const file = storeFile(options.file);
  const lockTimeout = options.lockTimeout ?? DEFAULT_LOCK_TIMEOUT_MS;
  if (!Number.isInteger(lockTimeout) || lockTimeout < 0) {
    throw new RangeError(`lockTimeout is ${lockTimeout}; give the milliseconds to wait for a lock, 0 or more.`);
  }
  return new FileStore(file, lockTimeout);
}

class FileStore implements SqliteStore {
  readonly file: string;
  readonly #lockTimeout: number;
  #connection: Promise<Connection> | undefined;
  #closed = false;

  constructor(file: string, lockTimeout: number) {
    this.file = file;
    this.#lockTimeout = lockTimeout;
  }

  async create(run: NewRun): Promise<{ created: true } | { created: false; existing: RunHead }> {
    const first = storedItem(run.firstItem);
    return this.#write((sql) => insertRun(sql, this.file, run, first));
  }

  async append(runId: string, item: LogItem, head: HeadChange): Promise<void> {
    const stored = storedItem(item);
    await this.#write((sql) => appendItem(sql, runId, stored, head));
  }

  head(runId: string): Promise<RunHead | undefined> {
    return this.#read((sql) => {
      const row = sql.row<RunRow>('SELECT * FROM runs WHERE run_id = ?', runId);
      return row && toHead(this.file, row);
    });
  }

  async *read(runId: string, after = 0): AsyncGenerator<LogItem> {
    for (let last = after; ; ) {
      const page = await this.#read((sql) =>
        sql.rows<ItemRow>(
          'SELECT * FROM items WHERE run_id = ? AND sequence > ? ORDER BY sequence LIMIT ?',
          runId,
          last,
          PAGE_ITEMS,
        ),
      );
      for (const row of page) yield toItem(this.file, row);
      last = page.at(-1)?.sequence ?? last;
      if (page.length < PAGE_ITEMS) return;
    }
  }

  async keepSnapshot(runId: string, { sequence, text }: Snapshot): Promise<void> {
    await this.#write((sql) =>
      sql.change(
        `INSERT INTO snapshots (run_id, sequence, text) VALUES (?, ?, ?)
         ON CONFLICT (run_id) DO UPDATE SET sequence = excluded.sequence, text = excluded.text
         WHERE excluded.sequence > snapshots.sequence`,
        runId,
        sequence,
        text,
      ),
    );
  }

  snapshot(runId: string): Promise<Snapshot | undefined> {
    return this.#read((sql) => {
      const row = sql.row<Snapshot>('SELECT sequence, text FROM snapshots WHERE run_id = ?', runId);
      return row && { ...row };
    });
  }

  settle(
    runId: string,
    operationId: string,
    outcome: Outcome,
    at: number,
    seen?: { heartbeatAt: number | undefined },
  ): Promise<Settlement> {
    return this.#write((sql) => settleItem(sql, this.file, { runId, operationId }, outcome, at, seen));
  }

  heartbeat(runId: string, operationId: string, at: number): Promise<Settlement> {
    return this.#write((sql) => noteHeartbeat(sql, this.file, { runId, operationId }, at));
  }

  outside(runId: string): Promise<OutsideItem[]> {
    return this.#read((sql) =>
      sql
        .rows<OutsideRow>(
          "SELECT * FROM outside_items WHERE run_id = ? AND state IN ('open', 'settled') ORDER BY rowid",
          runId,
        )
        .map((row) => toOutsideItem(this.file, row)),
    );
  }

  due(now: number, limit: number): Promise<string[]> {
    return this.#read((sql) => dueRuns(sql, now, limit));
  }

  async reschedule(runId: string, sequence: number, dueAt: number | undefined, leaseUntil?: number): Promise<void> {
    await this.#write((sql) =>
      sql.change(
        'UPDATE runs SET due_at = ?, lease_until = COALESCE(?, lease_until) WHERE run_id = ? AND sequence = ?',
        dueAt ?? null,
        leaseUntil ?? null,
        runId,
        sequence,
      ),
    );
  }

  nextDue(): Promise<number | undefined> {
    return this.#read(earliestDue);
  }

  list(filter: RunFilter): Promise<RunHead[]> {
    return this.#read((sql) => listRuns(sql, this.file, filter));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    // An open that failed has told its own caller.
    (await connection?.catch(() => undefined))?.close();
  }

  async #write<T>(write: (sql: Statements) => T): Promise<T> {
    const { sql, commits } = await this.#connect();
    return commits.run(() => write(sql)).catch((error) => this.#fail(error));
  }

  async #read<T>(read: (sql: Statements) => T): Promise<T> {
    const { sql } = await this.#connect();
    try {
      return read(sql);
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw error instanceof VersionConflict ? error : storeFailure(this.file, error);
  }

  #connect(): Promise<Connection> {
    if (this.#closed) {
      return Promise.reject(
        new StoreError(`The store file ${this.file} was closed by this process; make a new store.`),
      );
    }
    this.#connection ??= this.#open().catch((error) => {
      // The next call tries again: a file that was locked or missing its rights may be fine by then.
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #open(): Promise<Connection> {
    const open = await openDatabase(this.file, this.#lockTimeout);
    const commits = new GroupCommit(open);
    return {
      sql: new Statements(open.database),
      commits,
      close() {
        commits.flush();
        open.database.close();
      },
    };
  }
}
