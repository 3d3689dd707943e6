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
  /** Closes the store and leaves nothing behind. */
  close(): Promise<void>;
}

/** Makes a backend with nothing in it. */
export type MakeBackend = (options?: Omit<BackendOptions, 'store'>) => Promise<OpenBackend>;

/** Every backend of this project, by name: what holds for one has to hold for all. */
export const BACKENDS: Readonly<Record<string, MakeBackend>> = {
  memory: async (options) => {
    const backend = memoryBackend(options);
    return { backend, close: () => backend.engine.store.close() };
  },
  SQLite: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'middy-durable-'));
    const backend = localBackend({ ...options, file: join(folder, 'runs.db') });
    const close = async (): Promise<void> => {
      await backend.store.close();
      await rm(folder, { recursive: true });
    };
    return { backend, close };
  },
  'DynamoDB (dynalite)': async (options) => {
    const table = inProcessTable(tableDefinition);
    const backend = dynamoDBBackend({
      ...options,
      tableName: table.tableName,
      client: table.newClient(),
      wakeUp: false,
    });
    return { backend, close: () => backend.store.close() };
  },
};
