import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeBackendContract, describeStoreContract } from '@middy-durable/backend/store-contract';
import { type SqliteStore, sqliteStore } from './sqlite-store.ts';

const dir = mkdtempSync(join(tmpdir(), 'sqlite-contract-'));
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
