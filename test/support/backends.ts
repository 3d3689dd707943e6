import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendOptions, memoryBackend, type StoreBackend } from '@middy-durable/backend';
import { dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import { localBackend } from '@middy-durable/local';
import { inProcessTable } from './in-process-dynalite.ts';

/** A backend that exists for one test. */
export interface OpenBackend {
  backend: StoreBackend;
  /** The same executions, as another process has them. Closed with the first. */
  elsewhere(): StoreBackend;
  /** Closes the store and leaves nothing behind. */
  close(): Promise<void>;
}

/** Makes a backend with nothing in it. */
export type MakeBackend = (options?: Omit<BackendOptions, 'store'>) => Promise<OpenBackend>;

/** Every backend of this project, by name: what holds for one has to hold for all. */
export const BACKENDS: Readonly<Record<string, MakeBackend>> = {
  memory: async (options) => {
    const backend = memoryBackend(options);
    // A memory has one process.
    return { backend, elsewhere: () => backend, close: () => backend.engine.store.close() };
  },
  SQLite: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'middy-durable-'));
    const { backend, elsewhere, close } = processesOf(() =>
      localBackend({ ...options, file: join(folder, 'runs.db') }),
    );
    const closeAll = async (): Promise<void> => {
      await close();
      await rm(folder, { recursive: true });
    };
    return { backend, elsewhere, close: closeAll };
  },
  'DynamoDB (dynalite)': async (options) => {
    const table = inProcessTable(tableDefinition);
    return processesOf(() =>
      dynamoDBBackend({ ...options, tableName: table.tableName, client: table.newClient(), wakeUp: false }),
    );
  },
};

/** Backends that share nothing but their store, as processes do. */
export function processesOf(make: () => StoreBackend & { store: { close(): Promise<void> } }): OpenBackend {
  const made = [make()];
  return {
    backend: made[0] as StoreBackend,
    elsewhere() {
      const another = make();
      made.push(another);
      return another;
    },
    async close() {
      for (const { store } of made) await store.close();
    },
  };
}
