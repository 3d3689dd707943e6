import type { OpenDatabase } from './open-database.ts';

interface QueuedWrite {
  write(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Commits all writes of one turn of the event loop together: one fsync for all of them. Each write succeeds or fails by
 * itself; none is answered before the commit that makes it durable.
 */
export class GroupCommit {
  readonly #open: OpenDatabase;
  #queue: QueuedWrite[] = [];

  constructor(open: OpenDatabase) {
    this.#open = open;
  }

  /** Queues `write`, a synchronous change of the database; resolves to what it returned once that is on the disk. */
  run<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.flush());
      this.#queue.push({ write, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Commits what is queued now. */
  flush(): void {
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    try {
      for (const answer of this.#commit(batch)) answer();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #commit(batch: QueuedWrite[]): (() => void)[] {
    const { database, assertInPlace } = this.#open;
    assertInPlace();
    database.exec('BEGIN IMMEDIATE');
    try {
      const answers = batch.map((queued) => this.#apply(queued));
      database.exec('COMMIT');
      return answers;
    } catch (error) {
      // SQLite ends the transaction itself when the disk is full.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #apply({ write, resolve, reject }: QueuedWrite): () => void {
    const { database } = this.#open;
    database.exec('SAVEPOINT write');
    try {
      const value = write();
      database.exec('RELEASE write');
      return () => resolve(value);
    } catch (error) {
      // Without a transaction there is nothing to go on with: the whole batch has failed.
      if (!database.isTransaction) throw error;
      database.exec('ROLLBACK TO write');
      database.exec('RELEASE write');
      return () => reject(error);
    }
  }
}
