import { expect, it } from '@jest/globals';
import type { StoredRecord } from '../persistence/record.ts';
import { LocalCache } from './local-cache.ts';

const record = (key: string, members: Partial<StoredRecord> = {}): StoredRecord => ({
  key,
  status: 'COMPLETED',
  expiresAt: 2000,
  ...members,
});

it('keeps results until they expire', () => {
  const cache = new LocalCache(10);
  cache.add(record('a'));
  expect(cache.get('a', 2000)).toEqual(record('a'));
  expect(cache.get('a', 2001)).toBeUndefined();
  expect(cache.get('a', 0)).toBeUndefined(); // It is gone.
});

it('keeps no claims and no failures', () => {
  const cache = new LocalCache(10);
  cache.add(record('a', { status: 'INPROGRESS' }));
  cache.add(record('b', { status: 'FAILED' }));
  expect([cache.get('a', 0), cache.get('b', 0)]).toEqual([undefined, undefined]);
});

it('keeps no more than its limit, and drops what was not used for the longest time', () => {
  const cache = new LocalCache(2);
  for (const key of ['a', 'b']) cache.add(record(key));
  cache.get('a', 0);
  cache.add(record('c'));
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 0)?.key)).toEqual(['a', undefined, 'c']);
});
