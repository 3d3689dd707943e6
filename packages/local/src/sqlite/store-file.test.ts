import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { STORE_FILE_VARIABLE, storeFile } from './store-file.ts';

describe('storeFile', () => {
  const before = process.env[STORE_FILE_VARIABLE];
  afterEach(() => {
    if (before === undefined) delete process.env[STORE_FILE_VARIABLE];
    else process.env[STORE_FILE_VARIABLE] = before;
  });

  it('is .middy-durable/executions.db in the working directory by default', () => {
    delete process.env[STORE_FILE_VARIABLE];
    expect(storeFile()).toBe(join(process.cwd(), '.middy-durable', 'executions.db'));
    process.env[STORE_FILE_VARIABLE] = '';
    expect(storeFile()).toBe(join(process.cwd(), '.middy-durable', 'executions.db'));
  });

  it('is what MIDDY_DURABLE_STORE says, unless a file is given', () => {
    process.env[STORE_FILE_VARIABLE] = '/data/runs.db';
    expect(storeFile()).toBe('/data/runs.db');
    expect(storeFile('mine.db')).toBe(join(process.cwd(), 'mine.db'));
  });

  it('takes URLs', () => {
    const url = pathToFileURL('/data/my runs.db');
    expect(storeFile(url)).toBe('/data/my runs.db');
    expect(storeFile(url.href)).toBe('/data/my runs.db');
  });

  it.each(['', ':memory:'])('refuses %j, which no second process could open', (file) => {
    expect(() => storeFile(file)).toThrow(`needs a file, not ${JSON.stringify(file)}`);
  });
});
