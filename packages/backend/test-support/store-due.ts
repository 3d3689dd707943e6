import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionStore, HeadChange } from '../src/store.ts';
import { item, newRun, RUNNING, STOPPED } from './store-fixtures.ts';

const dueAt = (at: number | undefined, leaseUntil?: number): HeadChange => ({
  status: 'RUNNING',
  dueAt: at,
  leaseUntil,
});

/** Which runs want to be looked at, and when. */
export function describeDueRuns(store: () => ExecutionStore): void {
  describe('due runs', () => {
    it('come earliest first, as many as asked for', async () => {
      await store().create(newRun('b', { dueAt: 2000 }));
      await store().create(newRun('c', { dueAt: 3000 }));
      await store().create(newRun('a', { dueAt: 1000 }));
      expect(await store().due(2500, 10)).toEqual(['a', 'b']);
      expect(await store().due(3000, 2)).toEqual(['a', 'b']);
      expect(await store().due(999, 10)).toEqual([]);
      expect(await store().nextDue()).toBe(1000);
    });

    it('are none that wait for the outside, or have ended', async () => {
      await store().create(newRun('waits'));
      await store().create(newRun('ended', { dueAt: 1000 }));
      await store().append('ended', item(2), STOPPED);
      expect(await store().due(10_000, 10)).toEqual([]);
      expect(await store().nextDue()).toBeUndefined();
    });

    describe('with a settled outside item', () => {
      beforeEach(async () => {
        await store().create(newRun('a'));
        await store().append('a', item(2, { opens: ['cb'] }), RUNNING);
      });
      const settle = () => store().settle('a', 'cb', { status: 'SUCCEEDED' }, 4000);

      it('are due from then on', async () => {
        await settle();
        expect(await store().due(4000, 10)).toEqual(['a']);
        expect(await store().nextDue()).toBe(4000);
      });

      it('are due once, also when their own time has come', async () => {
        await store().append('a', item(3), dueAt(3000));
        await settle();
        expect(await store().due(4000, 10)).toEqual(['a']);
      });

      it('are not due while an invocation may absorb it', async () => {
        await store().append('a', item(3), dueAt(8000, 8000));
        await settle();
        expect(await store().due(7999, 10)).toEqual([]);
        expect(await store().nextDue()).toBe(8000);
        expect(await store().due(8000, 10)).toEqual(['a']);
      });

      it('are not due any more once it is absorbed', async () => {
        await settle();
        await store().append('a', item(3, { absorbs: ['cb'] }), RUNNING);
        expect(await store().due(10_000, 10)).toEqual([]);
        expect(await store().nextDue()).toBeUndefined();
      });

      it('are not due any more once they have ended', async () => {
        await settle();
        await store().append('a', item(3), STOPPED);
        expect(await store().due(10_000, 10)).toEqual([]);
        expect(await store().nextDue()).toBeUndefined();
      });
    });

    it('move with reschedule, while nothing was appended since', async () => {
      await store().create(newRun('a', { dueAt: 1000 }));
      await store().reschedule('a', 1, 5000);
      expect(await store().due(4999, 10)).toEqual([]);
      expect(await store().nextDue()).toBe(5000);
      await store().append('a', item(2), dueAt(2000));
      await store().reschedule('a', 1, 9000);
      expect((await store().head('a'))?.dueAt).toBe(2000);
      await store().reschedule('a', 2, undefined);
      expect(await store().nextDue()).toBeUndefined();
      expect((await store().head('a'))?.sequence).toBe(2);
    });

    it('move with their lease, while nothing was appended since', async () => {
      await store().create(newRun('a', { dueAt: 1000 }));
      await store().append('a', item(2, { opens: ['cb'] }), dueAt(3000, 3000));
      await store().settle('a', 'cb', { status: 'SUCCEEDED' }, 2000);
      await store().reschedule('a', 2, 6000, 6000);
      expect(await store().head('a')).toMatchObject({ dueAt: 6000, leaseUntil: 6000 });
      expect(await store().due(5999, 10)).toEqual([]);
      expect(await store().due(6000, 10)).toEqual(['a']);
      await store().reschedule('a', 1, 9000, 9000);
      await store().reschedule('a', 2, 7000);
      expect(await store().head('a')).toMatchObject({ dueAt: 7000, leaseUntil: 6000 });
    });

    it('may be due after their end, until they are rescheduled', async () => {
      await store().create(newRun('a'));
      await store().append('a', item(2), { ...STOPPED, dueAt: 9000 });
      expect(await store().due(8999, 10)).toEqual([]);
      expect(await store().nextDue()).toBe(9000);
      expect(await store().due(9000, 10)).toEqual(['a']);
      await store().append('a', item(3), { ...STOPPED, dueAt: 9500 });
      expect(await store().due(9500, 10)).toEqual(['a']);
      await store().reschedule('a', 3, undefined);
      expect(await store().due(10_000, 10)).toEqual([]);
      expect(await store().nextDue()).toBeUndefined();
    });
  });
}
