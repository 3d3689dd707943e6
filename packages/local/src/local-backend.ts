import { type BackendOptions, createBackend, type StoreBackend } from '@middy-durable/backend';
import { type SqliteStore, type SqliteStoreOptions, sqliteStore } from './sqlite/sqlite-store.ts';

/** Where the file lies, and everything that a backend takes besides its store. */
export interface LocalBackendOptions extends SqliteStoreOptions, Omit<BackendOptions, 'store'> {}

/** A backend over one SQLite file. */
export interface LocalBackend extends StoreBackend {
  /** The file; `store.close()` closes it when the backend is not needed any more. */
  readonly store: SqliteStore;
}

/**
 * A backend on this machine: executions live in an SQLite file, `.middy-durable/executions.db` unless `file` or the
 * environment variable `MIDDY_DURABLE_STORE` says otherwise. The file is opened at the first call; a call rejects with a
 * `StoreError` when it can't be used as it is.
 *
 * @example
 * const backend = localBackend({ file: 'runs.db' });
 * const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders', name: 'order-1', input: '{}' });
 * await backend.store.close();
 */
export function localBackend(options: LocalBackendOptions = {}): LocalBackend {
  const { file, lockTimeout, ...rest } = options;
  const store = sqliteStore({ file, lockTimeout });
  return Object.assign(createBackend({ place: `sqlite:${store.file}`, ...rest, store }), { store });
}
