import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreError } from '@middy-durable/backend';

/** Names the store file for every process that is not told otherwise. */
export const STORE_FILE_VARIABLE = 'MIDDY_DURABLE_STORE';

const DEFAULT_FILE = '.middy-durable/executions.db';

/**
 * Absolute path of the store file: `file`, else the environment variable `MIDDY_DURABLE_STORE`, else
 * `.middy-durable/executions.db` in the working directory.
 *
 * @throws StoreError for `:memory:` and SQLite URIs, which several processes cannot share.
 * @example storeFile('runs.db') // '/home/me/project/runs.db'
 */
export function storeFile(file?: string | URL): string {
  const chosen = file ?? (process.env[STORE_FILE_VARIABLE] || DEFAULT_FILE);
  if (chosen instanceof URL) return fileURLToPath(chosen);
  if (chosen === '' || chosen === ':memory:') {
    throw new StoreError(
      `The SQLite store needs a file, not ${JSON.stringify(chosen)}: every process of an execution opens it. ` +
        'Give a path, or use memoryBackend() of @middy-durable/backend for a store without a file.',
    );
  }
  return chosen.startsWith('file:') ? fileURLToPath(chosen) : resolve(chosen);
}
