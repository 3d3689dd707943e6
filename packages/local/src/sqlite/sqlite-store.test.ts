import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeBackendContract, describeStoreContract } from '@middy-durable/backend/store-contract';
import { type SqliteStore, sqliteStore } from './sqlite-store.ts';

const MEMORY_FOLDER = '/dev/shm';
/** Far more than the files of all tests together take. */
const ROOM_BYTES = 2 ** 30;

const dir = mkdtempSync(join(hasRoom(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'sqlite-contract-'));
let files = 0;
const makeStore = () => sqliteStore({ file: join(dir, `${++files}.db`) });

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describeStoreContract('sqliteStore', makeStore, {
  async reopen(store) {
    await store.close();
    return sqliteStore({ file: (store as SqliteStore).file });
  },
});
describeBackendContract('sqliteStore', makeStore);

/** Some ten thousand commits on a disk that others use, too, take minutes; what a disk keeps is tested elsewhere. */
function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ROOM_BYTES;
}
