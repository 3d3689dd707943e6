import { describe, expect, it } from '@jest/globals';
import { due, item, newRun, onEveryEngine, RUNNING, started, working } from './stores.ts';

const CALLBACKS = 1100;
const OPENED_TOGETHER = 100;
const WAITING = 40;
const LEASE = 900_000;

onEveryEngine((make) => {
  describe('looking for what is due', () => {
    it(`is not held up by a run that works and has ${CALLBACKS} settled callbacks, nor by reading for each of them`, async () => {
      const { store, other, sent } = await make();
      const ids = Array.from({ length: CALLBACKS }, (_, index) => `callback-${index}`);
      await other.create(newRun('big'));
      for (let from = 0; from < CALLBACKS; from += OPENED_TOGETHER) {
        const opens = ids.slice(from, from + OPENED_TOGETHER);
        await other.append('big', item(2 + from / OPENED_TOGETHER, { opens }), RUNNING);
        await Promise.all(opens.map((id) => other.settle('big', id, { status: 'SUCCEEDED', result: '1' }, 3000)));
      }
      const sequence = 2 + CALLBACKS / OPENED_TOGETHER;
      await other.append('big', started(sequence, LEASE), working(LEASE));
      await other.create(newRun('small', { dueAt: 4000 }));

      expect(await store.due(5000, 10)).toEqual(['small']);
      expect(await store.nextDue()).toBe(4000);
      // Pages of the index, and each run's head once.
      expect(sent.length).toBeLessThan(CALLBACKS / 2);
      sent.length = 0;

      await other.append('big', { ...item(sequence + 1), absorbs: ids }, due(6000));
      expect(await store.due(7000, 10)).toEqual(['small', 'big']);
      expect(await store.due(5000, 10)).toEqual(['small']);
    }, 120_000);

    it('is over, among runs whose time is yet to come, when the first of them is read; and need not be read again', async () => {
      const { store, sent } = await make();
      for (let index = 0; index < WAITING; index++) {
        const id = `run-${String(index).padStart(2, '0')}`;
        await store.create(newRun(id));
        await store.append(id, item(2), due(10_000 + index));
      }
      sent.length = 0;
      const heads = (): number => sent.filter(({ input }) => input.IndexName === undefined).length;
      expect(await store.nextDue()).toBe(10_000);
      expect(heads()).toBe(1);
      expect(await store.nextDue()).toBe(10_000);
      expect(heads()).toBe(1);

      await store.append('run-00', item(3), due(20_000));
      expect(await store.nextDue()).toBe(10_001);
    });
  });
});
