import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionStore, Outcome } from '../src/store.ts';
import { item, newRun, RUNNING, STOPPED } from './store-fixtures.ts';

const DONE: Outcome = { status: 'SUCCEEDED', result: '{"ok":true}' };
const LATE: Outcome = {
  status: 'TIMED_OUT',
  error: { ErrorType: 'Callback.Timeout', ErrorMessage: 'Callback timed out' },
};

/** Settling, heartbeats and absorbing. */
export function describeOutsideItems(store: () => ExecutionStore): void {
  describe('outside items', () => {
    beforeEach(async () => {
      await store().create(newRun('a'));
      await store().append('a', item(2, { opens: ['cb', 'other'] }), RUNNING);
    });

    it('are open when their item is appended', async () => {
      const items = await store().outside('a');
      expect(items.map(({ operationId }) => operationId).sort()).toEqual(['cb', 'other']);
      for (const { outcome, heartbeatAt } of items) expect([outcome, heartbeatAt]).toEqual([undefined, undefined]);
      expect(await store().outside('none')).toEqual([]);
    });

    it.each<Outcome>([
      DONE,
      LATE,
      { status: 'SUCCEEDED' },
      { status: 'FAILED', error: { ErrorData: 'x', StackTrace: ['at a'] } },
      { status: 'STOPPED', error: {} },
    ])('keep the outcome %j', async (outcome) => {
      expect(await store().settle('a', 'cb', outcome, 4000)).toBe('first');
      const settled = (await store().outside('a')).find(({ operationId }) => operationId === 'cb');
      expect(settled).toMatchObject({ operationId: 'cb', outcome, settledAt: 4000 });
    });

    it('are settled once: who is late hears what stands', async () => {
      expect(await store().settle('a', 'cb', DONE, 4000)).toBe('first');
      expect(await store().settle('a', 'cb', LATE, 4000)).toEqual({ settled: DONE });
      expect(await store().heartbeat('a', 'cb', 4000)).toEqual({ settled: DONE });
      expect(await store().settle('a', 'other', LATE, 4001)).toBe('first');
    });

    it('let exactly one of many win that settle at once', async () => {
      const outcomes: Outcome[] = ['1', '2', '3', '4'].map((result) => ({ status: 'SUCCEEDED', result }));
      const answers = await Promise.all(outcomes.map((outcome) => store().settle('a', 'cb', outcome, 4000)));
      const winner = outcomes.filter((_, index) => answers[index] === 'first');
      expect(winner).toHaveLength(1);
      for (const answer of answers) {
        if (answer !== 'first') expect(answer).toEqual({ settled: winner[0] });
      }
    });

    it('note heartbeats while they are open', async () => {
      expect(await store().heartbeat('a', 'cb', 4000)).toBe('first');
      expect(await store().heartbeat('a', 'cb', 4500)).toBe('first');
      const beaten = (await store().outside('a')).find(({ operationId }) => operationId === 'cb');
      expect(beaten?.heartbeatAt).toBe(4500);
      expect(beaten?.outcome).toBeUndefined();
    });

    it('are settled for want of a heartbeat only while there is no newer one', async () => {
      const seen = (heartbeatAt: number | undefined) => ({ heartbeatAt });
      expect(await store().settle('a', 'cb', LATE, 4000, seen(3000))).toBe('alive');
      await store().heartbeat('a', 'cb', 4500);
      expect(await store().settle('a', 'cb', LATE, 4600, seen(undefined))).toBe('alive');
      expect(await store().settle('a', 'cb', LATE, 4600, seen(4499))).toBe('alive');
      expect(await store().settle('a', 'cb', LATE, 4700, seen(4500))).toBe('first');
      expect(await store().settle('a', 'cb', DONE, 4800, seen(4000))).toEqual({ settled: LATE });
      expect(await store().settle('a', 'other', DONE, 4800, seen(undefined))).toBe('first');
      expect(await store().settle('a', 'nobody', DONE, 4800, seen(undefined))).toBe('unknown');
    });

    it('are unknown where none was opened', async () => {
      expect(await store().settle('a', 'nobody', DONE, 4000)).toBe('unknown');
      expect(await store().heartbeat('a', 'nobody', 4000)).toBe('unknown');
      expect(await store().settle('none', 'cb', DONE, 4000)).toBe('unknown');
    });

    it('are read no more once they are absorbed, and stay settled', async () => {
      await store().settle('a', 'cb', DONE, 4000);
      await store().append('a', item(3, { absorbs: ['cb'] }), RUNNING);
      expect((await store().outside('a')).map(({ operationId }) => operationId)).toEqual(['other']);
      expect(await store().settle('a', 'cb', LATE, 5000)).toEqual({ settled: DONE });
    });

    it('are not absorbed by an append that lost', async () => {
      await store().settle('a', 'cb', DONE, 4000);
      await expect(store().append('a', item(2, { absorbs: ['cb'] }), RUNNING)).rejects.toThrow();
      expect((await store().outside('a')).find(({ operationId }) => operationId === 'cb')?.outcome).toEqual(DONE);
    });

    it('close with their run', async () => {
      await store().settle('a', 'other', DONE, 4000);
      await store().append('a', item(3, { opens: ['last'] }), STOPPED);
      expect(await store().settle('a', 'cb', DONE, 9001)).toBe('closed');
      expect(await store().settle('a', 'last', DONE, 9001)).toBe('closed');
      expect(await store().heartbeat('a', 'cb', 9001)).toBe('closed');
      expect(await store().settle('a', 'other', LATE, 9001)).toEqual({ settled: DONE });
      const open = (await store().outside('a')).filter(({ outcome }) => outcome === undefined);
      expect(open).toEqual([]);
    });

    it('are settled before their run ends, or closed by it', async () => {
      const [, settlement] = await Promise.all([
        store().append('a', item(3), STOPPED),
        store().settle('a', 'cb', DONE, 9000),
      ]);
      expect(['first', 'closed']).toContain(settlement);
      expect(await store().settle('a', 'cb', LATE, 9001)).toEqual(
        settlement === 'first' ? { settled: DONE } : 'closed',
      );
    });
  });
}
