import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionStore } from '../src/store.ts';
import { item, newRun, RUNNING, readAll, STOPPED } from './store-fixtures.ts';

/** Keeping what a log says in short. */
export function describeSnapshots(store: () => ExecutionStore): void {
  describe('a snapshot', () => {
    beforeEach(async () => {
      await store().create(newRun('a', { dueAt: 1000 }));
      for (const sequence of [2, 3, 4]) await store().append('a', item(sequence), RUNNING);
    });

    it('is not there before one was kept', async () => {
      expect(await store().snapshot('a')).toBeUndefined();
      expect(await store().snapshot('none')).toBeUndefined();
    });

    it.each([
      ['nothing', ''],
      ['lines, quotes and signs', '1 x\n{"a":"\\"größe 👍\\u0000"}\n'],
      ['what shrinks', JSON.stringify({ result: 'all the same '.repeat(100_000) })],
      ['what does not shrink', randomBytes(600_000).toString('base64')],
    ])('is kept whole: %s', async (_what, text) => {
      await store().keepSnapshot('a', { sequence: 3, text });
      expect(await store().snapshot('a')).toEqual({ sequence: 3, text });
    });

    it('gives way to one that covers more, and to no other', async () => {
      await store().keepSnapshot('a', { sequence: 3, text: 'three' });
      await store().keepSnapshot('a', { sequence: 4, text: 'four' });
      await store().keepSnapshot('a', { sequence: 2, text: 'late' });
      await store().keepSnapshot('a', { sequence: 4, text: 'twice' });
      expect(await store().snapshot('a')).toEqual({ sequence: 4, text: 'four' });
    });

    it('that covers most stays, of many that are kept at once', async () => {
      const texts = [2, 4, 3, 1].map((sequence) => ({ sequence, text: String(sequence).repeat(100_000) }));
      await Promise.all(texts.map((snapshot) => store().keepSnapshot('a', snapshot)));
      expect(await store().snapshot('a')).toEqual(texts[1]);
    });

    it('is nothing to the log, the head, and what is due', async () => {
      const all = async () => [
        await store().head('a'),
        await readAll(store(), 'a'),
        await store().outside('a'),
        await store().due(9000, 9),
        await store().list({ limit: 9 }),
      ];
      const before = await all();
      await store().keepSnapshot('a', { sequence: 4, text: randomBytes(600_000).toString('base64') });
      expect(await all()).toEqual(before);
      await store().append('a', item(5), STOPPED);
      expect((await readAll(store(), 'a', 3)).map(({ sequence }) => sequence)).toEqual([4, 5]);
      expect(await store().snapshot('a')).toMatchObject({ sequence: 4 });
    });

    it('of one run is none of another', async () => {
      await store().create(newRun('b'));
      await store().keepSnapshot('a', { sequence: 4, text: 'of a' });
      expect(await store().snapshot('b')).toBeUndefined();
    });
  });
}
