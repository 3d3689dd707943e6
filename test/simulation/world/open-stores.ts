import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionStore, memoryStore } from '@middy-durable/backend';
import { dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { sqliteStore } from '@middy-durable/local';
import { inProcessTable } from '../../support/in-process-dynalite.ts';
import type { StoreKind } from '../scenario.ts';
import { StruckRequests } from './struck-requests.ts';

/** One store, as the processes of a world have it open. */
export interface OpenStores {
  of(process: number): ExecutionStore;
  /** Requests that a call of the store consists of, where it is more than one. */
  readonly requests?: StruckRequests;
  /** What nothing strikes, for who checks; where that is another one than the processes have. */
  readonly untouched?: ExecutionStore;
  /** As after a restart of every process. */
  reopen(): Promise<void>;
  destroy(): Promise<void>;
}

/** @param seen makes of an opened store what the processes see */
export function openStores(kind: StoreKind, seen: (store: ExecutionStore) => ExecutionStore): OpenStores {
  if (kind === 'memory') return openMemory(seen);
  return kind === 'sqlite' ? openSqlite(seen) : openDynamoDB(seen);
}

/** Memory can't be opened again. */
function openMemory(seen: (store: ExecutionStore) => ExecutionStore): OpenStores {
  const store = seen(memoryStore());
  return { of: () => store, async reopen() {}, destroy: () => store.close() };
}

/** A file is open twice, as by two processes. */
function openSqlite(seen: (store: ExecutionStore) => ExecutionStore): OpenStores {
  const folder = mkdtempSync(join(tmpdir(), 'simulated-store-'));
  const file = join(folder, 'executions.db');
  const open = (): [ExecutionStore, ExecutionStore] => [seen(sqliteStore({ file })), seen(sqliteStore({ file }))];
  let stores = open();
  const close = async (): Promise<void> => {
    for (const store of stores) await store.close();
  };
  return {
    of: (process) => stores[process % 2 === 0 ? 0 : 1],
    async reopen() {
      await close();
      stores = open();
    },
    async destroy() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Each process has a store, and knows of the log only what went through it. */
function openDynamoDB(seen: (store: ExecutionStore) => ExecutionStore): OpenStores {
  const table = inProcessTable(tableDefinition);
  const requests = new StruckRequests();
  const client = table.newClient((request, send) => requests.pass(request, send));
  const { tableName } = table;
  const stores = new Map<number, ExecutionStore>();
  const close = async (): Promise<void> => {
    for (const store of stores.values()) await store.close();
    stores.clear();
  };
  return {
    of(process) {
      const store = stores.get(process) ?? seen(dynamoDBStore({ tableName, client }));
      stores.set(process, store);
      return store;
    },
    requests,
    untouched: dynamoDBStore({ tableName, client: table.newClient() }),
    reopen: close,
    destroy: close,
  };
}
