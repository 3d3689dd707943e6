import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@middy-durable/protocol';
import { type ExecutionStore, type HeadChange, VersionConflict } from '../src/store.ts';
import { describeDueRuns } from './store-due.ts';
import { item, newRun, RUNNING, readAll, STOPPED } from './store-fixtures.ts';
import { describeListing } from './store-listing.ts';
import { describeOutsideItems } from './store-outside.ts';
import { describeSnapshots } from './store-snapshots.ts';
import type { MakeStore } from './world.ts';

export interface StoreContractOptions {
  /** Opens what `store` kept again, as a new process would. Without, what survives a restart is not asked. */
  reopen?: ((store: ExecutionStore) => ExecutionStore | Promise<ExecutionStore>) | undefined;
}

/** Every sentence of the contract in `store.ts`. Call it in the tests of a store; `makeStore` gives an empty one. */
export function describeStoreContract(name: string, makeStore: MakeStore, options: StoreContractOptions = {}): void {
  describe(`store contract: ${name}`, () => {
    let store: ExecutionStore;
    beforeEach(async () => {
      store = await makeStore();
    });
    afterEach(() => store.close());

    describeCreate(() => store);
    describeAppend(() => store);
    describeOutsideItems(() => store);
    describeSnapshots(() => store);
    describeDueRuns(() => store);
    describeListing(() => store);
    if (options.reopen) describeRestart(() => store, options.reopen);
  });
}

function describeCreate(store: () => ExecutionStore): void {
  describe('create', () => {
    it('makes a running run whose log is its first item', async () => {
      const run = newRun('a', { dueAt: 1000 });
      expect(await store().create(run)).toEqual({ created: true });
      const { firstItem, ...head } = run;
      expect(await store().head('a')).toEqual({ ...head, status: 'RUNNING', sequence: 1 });
      expect(await readAll(store(), 'a')).toEqual([firstItem]);
    });

    it('leaves a name alone that is taken in its function', async () => {
      await store().create(newRun('a', { name: 'order-7', inputHash: 'one' }));
      const answer = await store().create(newRun('b', { name: 'order-7', inputHash: 'other' }));
      expect(answer).toMatchObject({ created: false, existing: { runId: 'a', inputHash: 'one', sequence: 1 } });
      expect(await store().head('b')).toBeUndefined();
      expect(await readAll(store(), 'b')).toEqual([]);
    });

    it('takes the same name in another function', async () => {
      await store().create(newRun('a', { name: 'order-7' }));
      expect(await store().create(newRun('b', { name: 'order-7', functionName: 'bills' }))).toEqual({ created: true });
    });

    it('lets one of many win that create the same name at once', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      const answers = await Promise.all(ids.map((id) => store().create(newRun(id, { name: 'order-7' }))));
      const winner = ids.filter((_, index) => answers[index]?.created);
      expect(winner).toHaveLength(1);
      for (const answer of answers) {
        if (!answer.created) expect(answer.existing.runId).toBe(winner[0]);
      }
    });

    it('gives the name of an ended run to the one that replaces it, and keeps both', async () => {
      await store().create(newRun('a', { name: 'order-7', inputHash: 'one' }));
      await store().append('a', item(2), { ...STOPPED, dueAt: 2400 });
      const old = [await store().head('a'), await readAll(store(), 'a')];
      const { replaces, ...run } = newRun('b', { name: 'order-7', startedAt: 2000, dueAt: 2500, replaces: 'a' });
      expect(await store().create({ ...run, replaces })).toEqual({ created: true });
      const { firstItem: _firstItem, ...head } = run;
      expect(await store().head('b')).toEqual({ ...head, status: 'RUNNING', sequence: 1 });
      expect([await store().head('a'), await readAll(store(), 'a')]).toEqual(old);
      expect(await store().create(newRun('c', { name: 'order-7' }))).toMatchObject({ existing: { runId: 'b' } });
      expect((await store().list({ name: 'order-7', limit: 9 })).map(({ runId }) => runId)).toEqual(['b', 'a']);
      expect(await store().due(3000, 9)).toEqual(['a', 'b']);
    });

    it('replaces nothing that has not ended, or does not hold the name any more', async () => {
      await store().create(newRun('a', { name: 'order-7' }));
      const replace = (runId: string, replaces: string) => store().create(newRun(runId, { name: 'order-7', replaces }));
      expect(await replace('b', 'a')).toMatchObject({ created: false, existing: { runId: 'a' } });
      await store().append('a', item(2), STOPPED);
      expect(await replace('b', 'nobody')).toMatchObject({ created: false, existing: { runId: 'a' } });
      expect(await replace('b', 'a')).toEqual({ created: true });
      expect(await replace('c', 'a')).toMatchObject({ created: false, existing: { runId: 'b' } });
      expect(await store().head('c')).toBeUndefined();
      // A second try of a write whose answer was lost finds itself.
      expect(await replace('b', 'a')).toMatchObject({ created: false, existing: { runId: 'b' } });
    });

    it('replaces a run that is gone, or was never there, by simply making the new one', async () => {
      expect(await store().create(newRun('b', { name: 'order-7', replaces: 'a' }))).toEqual({ created: true });
    });

    it('lets one of many win that replace the same run at once, again and again', async () => {
      await store().create(newRun('a', { name: 'order-7' }));
      await store().append('a', item(2), STOPPED);
      let holder = 'a';
      for (const generation of [1, 2, 3]) {
        const ids = ['x', 'y', 'z'].map((letter) => `${letter}${generation}`);
        const answers = await Promise.all(
          ids.map((id) => store().create(newRun(id, { name: 'order-7', replaces: holder }))),
        );
        const winners = ids.filter((_, index) => answers[index]?.created);
        expect(winners).toHaveLength(1);
        for (const answer of answers) {
          if (!answer.created) expect(answer.existing.runId).toBe(winners[0]);
        }
        holder = winners[0] ?? '';
        await store().append(holder, item(2), STOPPED);
      }
    });

    it('makes a run with a lease, an invocation and operations in its first item', async () => {
      const run = newRun('a', { dueAt: 5000, leaseUntil: 6000 });
      run.firstItem.events.push(
        { type: 'StepStarted', at: 900, id: 's' },
        { type: 'StepSucceeded', at: 950, id: 's', result: '1' },
        { type: 'InvocationStarted', at: 1000, invocationId: 'i', requestId: 'r', leaseUntil: 6000 },
      );
      await store().create(run);
      expect(await readAll(store(), 'a')).toEqual([run.firstItem]);
      expect(await store().head('a')).toMatchObject({ dueAt: 5000, leaseUntil: 6000 });
      expect(await store().due(4999, 9)).toEqual([]);
      expect(await store().due(5000, 9)).toEqual(['a']);
    });

    it('knows nothing of a run that was not made', async () => {
      expect(await store().head('none')).toBeUndefined();
      expect(await readAll(store(), 'none')).toEqual([]);
    });
  });
}

function describeAppend(store: () => ExecutionStore): void {
  describe('append', () => {
    beforeEach(() => store().create(newRun('a', { dueAt: 1000, leaseUntil: 2000 })));

    it('keeps an item whole', async () => {
      const events: RunEvent[] = [
        { type: 'StepStarted', at: 1001, id: 's', name: 'größe 👍', parentId: 'c', subType: 'Step' },
        { type: 'StepFailed', at: 1002, id: 's', error: { ErrorType: 'E', StackTrace: ['at a', 'at b'] } },
      ];
      const second = item(2, { events, clientToken: 'once', opens: ['cb'], absorbs: [] });
      await store().append('a', second, RUNNING);
      const [stored] = await readAll(store(), 'a', 1);
      expect(stored).toMatchObject({
        sequence: 2,
        writeId: second.writeId,
        clientToken: 'once',
        opens: ['cb'],
        events,
      });
    });

    it('gives the items after a number, in order', async () => {
      for (let sequence = 2; sequence <= 200; sequence++) await store().append('a', item(sequence), RUNNING);
      const numbers = (await readAll(store(), 'a', 3)).map(({ sequence }) => sequence);
      expect(numbers).toEqual(Array.from({ length: 197 }, (_, index) => index + 4));
      expect(await readAll(store(), 'a', 200)).toEqual([]);
    });

    it('replaces the stated members of the head', async () => {
      await store().append('a', item(2), { status: 'RUNNING', dueAt: 5000, leaseUntil: 6000 });
      expect(await store().head('a')).toMatchObject({ sequence: 2, dueAt: 5000, leaseUntil: 6000, status: 'RUNNING' });
      await store().append('a', item(3), RUNNING);
      const head = await store().head('a');
      expect(head?.dueAt).toBeUndefined();
      expect(head?.leaseUntil).toBeUndefined();
      await store().append('a', item(4), STOPPED);
      expect(await store().head('a')).toMatchObject({ status: 'STOPPED', endedAt: 9000, sequence: 4, name: 'a' });
    });

    it('keeps what blocks the run, where the head is told and in lists, until an item says nothing of it', async () => {
      const blocked = {
        operationId: 's',
        expected: 'STEP "a" (Step)',
        found: 'WAIT (Wait)',
        since: 1500,
        invocations: 2,
      };
      await store().append('a', item(2), { ...RUNNING, blocked });
      expect((await store().head('a'))?.blocked).toEqual(blocked);
      expect((await store().list({ limit: 9 })).map((head) => head.blocked)).toEqual([blocked]);
      await store().append('a', item(3), RUNNING);
      expect((await store().head('a'))?.blocked).toBeUndefined();
      expect((await store().list({ limit: 9 }))[0]?.blocked).toBeUndefined();
    });

    it('takes an item after the end, too', async () => {
      await store().append('a', item(2), STOPPED);
      await store().append('a', item(3), STOPPED);
      expect(await store().head('a')).toMatchObject({ status: 'STOPPED', endedAt: 9000, sequence: 3 });
    });

    it.each([0, 1, 3, 9])('refuses item %d after item 1 and changes nothing', async (sequence) => {
      const change: HeadChange = { status: 'STOPPED', endedAt: 1, dueAt: 1, leaseUntil: 1 };
      const refused = store().append('a', item(sequence, { opens: ['cb'] }), change);
      await expect(refused).rejects.toBeInstanceOf(VersionConflict);
      expect(await store().head('a')).toMatchObject({ status: 'RUNNING', sequence: 1, dueAt: 1000, leaseUntil: 2000 });
      expect(await readAll(store(), 'a')).toHaveLength(1);
      expect(await store().outside('a')).toEqual([]);
    });

    it('says which item of which run exists already', async () => {
      await store().append('a', item(2), RUNNING);
      await expect(store().append('a', item(2), RUNNING)).rejects.toThrow(/Item 2 of run a exists already/);
    });

    it('refuses an item of a run that was not made', async () => {
      await expect(store().append('none', item(1), RUNNING)).rejects.toThrow();
      expect(await store().head('none')).toBeUndefined();
    });

    it('lets exactly one of many win that append at once', async () => {
      const items = Array.from({ length: 8 }, (_, index) => item(2, { writeId: `w${index}` }));
      const results = await Promise.allSettled(items.map((one) => store().append('a', one, RUNNING)));
      const winners = items.filter((_, index) => results[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VersionConflict);
      }
      expect((await readAll(store(), 'a', 1)).map(({ writeId }) => writeId)).toEqual([winners[0]?.writeId]);
    });

    it('keeps what it was given, whatever the giver does to it later', async () => {
      const events: RunEvent[] = [{ type: 'StepStarted', at: 1001, id: 's' }];
      const second = item(2, { events });
      await store().append('a', second, RUNNING);
      events.push({ type: 'StepSucceeded', at: 1002, id: 's' });
      const [read] = await readAll(store(), 'a', 1);
      expect(read?.events).toHaveLength(1);
      read?.events.pop();
      expect((await readAll(store(), 'a', 1))[0]?.events).toHaveLength(1);
    });
  });
}

function describeRestart(store: () => ExecutionStore, reopen: NonNullable<StoreContractOptions['reopen']>): void {
  it('has everything after a restart that it acknowledged', async () => {
    await store().create(newRun('a'));
    await store().append('a', item(2, { opens: ['cb', 'late'] }), {
      status: 'RUNNING',
      dueAt: 7000,
      leaseUntil: undefined,
    });
    await store().settle('a', 'cb', { status: 'SUCCEEDED', result: '1' }, 3000);
    await store().heartbeat('a', 'late', 3500);
    const snapshot = { sequence: 2, text: 'all of it' };
    await store().keepSnapshot('a', snapshot);
    const [head, log, outside] = [await store().head('a'), await readAll(store(), 'a'), await store().outside('a')];
    const again = await reopen(store());
    try {
      expect(await again.head('a')).toEqual(head);
      expect(await readAll(again, 'a')).toEqual(log);
      expect(await again.outside('a')).toEqual(outside);
      expect(await again.snapshot('a')).toEqual(snapshot);
      expect(await again.due(8000, 10)).toEqual(['a']);
      await expect(again.append('a', item(2), RUNNING)).rejects.toBeInstanceOf(VersionConflict);
      await again.append('a', item(3), RUNNING);
    } finally {
      await again.close();
    }
  });
}
