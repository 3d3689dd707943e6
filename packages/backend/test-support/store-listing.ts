import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionStore, RunFilter } from '../src/store.ts';
import { item, newRun, STOPPED } from './store-fixtures.ts';

/** Finding runs. */
export function describeListing(store: () => ExecutionStore): void {
  describe('list', () => {
    const ids = async (filter: Partial<RunFilter>): Promise<string[]> =>
      (await store().list({ limit: 10, ...filter })).map(({ runId }) => runId);

    beforeEach(async () => {
      await store().create(newRun('a', { startedAt: 1000 }));
      await store().create(newRun('b', { startedAt: 2000, functionName: 'bills' }));
      await store().create(newRun('c', { startedAt: 2000, name: 'order-7' }));
      await store().create(newRun('d', { startedAt: 3000 }));
      await store().append('d', item(2), STOPPED);
    });

    it('begins with the newest, or with the oldest', async () => {
      const newest = await ids({});
      expect(newest[0]).toBe('d');
      expect(newest[3]).toBe('a');
      expect(await ids({ oldestFirst: true })).toEqual([...newest].reverse());
    });

    it('leaves out calls of ordinary functions', async () => {
      await store().create(newRun('e', { startedAt: 9000, ordinary: true }));
      expect(await ids({ limit: 1 })).toEqual(['d']);
      expect(await store().head('e')).toMatchObject({ runId: 'e', ordinary: true });
    });

    it.each<[Partial<RunFilter>, string[]]>([
      [{ functionName: 'bills' }, ['b']],
      [{ name: 'order-7' }, ['c']],
      [{ functionName: 'bills', name: 'order-7' }, []],
      [{ statuses: ['STOPPED'] }, ['d']],
      [{ statuses: ['STOPPED', 'RUNNING'], functionName: 'orders', oldestFirst: true }, ['a', 'c', 'd']],
      [{ statuses: ['FAILED'] }, []],
      [{ startedAfter: 2000 }, ['d']],
      [{ startedBefore: 2000 }, ['a']],
      [{ startedAfter: 1999, startedBefore: 2001, functionName: 'orders' }, ['c']],
      [{ limit: 1 }, ['d']],
    ])('finds by %j', async (filter, expected) => {
      expect(await ids(filter)).toEqual(expected);
    });

    it.each([true, false])('goes on after the last head of a page (oldest first: %s)', async (oldestFirst) => {
      const all = await store().list({ limit: 10, oldestFirst });
      const paged = [];
      for (let after = undefined as RunFilter['after']; ; ) {
        const page = await store().list({ limit: 1, oldestFirst, after });
        if (page.length === 0) break;
        paged.push(...page);
        after = page.at(-1);
      }
      expect(paged).toEqual(all);
    });

    it('shows heads as they are', async () => {
      expect(await store().list({ limit: 1 })).toEqual([await store().head('d')]);
    });
  });
}
