import { CreateTableCommand, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { type Outcome, StoreError, VersionConflict } from '@middy-durable/backend';
import { dynamoDBBackend, dynamoDBStore, StoreBusy, tableDefinition } from '@middy-durable/dynamodb';
import { due, item, newRun, onEveryEngine, RUNNING, readAll, STOPPED, started, working } from './stores.ts';

const DONE: Outcome = { status: 'SUCCEEDED', result: '1' };
const keyOf = (input: Record<string, unknown>): string =>
  JSON.stringify((input.Item as { pk?: unknown } | undefined)?.pk ?? (input.Key as { pk?: unknown })?.pk ?? '');
const put = (prefix: string) => (request: string, input: Record<string, unknown>) =>
  request === 'PutItem' && keyOf(input).includes(`"${prefix}#`);
const update = (prefix: string) => (request: string, input: Record<string, unknown>) =>
  request === 'UpdateItem' && keyOf(input).includes(`"${prefix}#`);
const any = () => true;

onEveryEngine((make, engine) => {
  describe.each(['lost', 'twice', 'ProvisionedThroughputExceededException', 'InternalServerError'])(
    'a request that is struck (%s) and repeated by the AWS client',
    (fault) => {
      it.each(['r', 'n'])('creates a run once: put of %s#', async (prefix) => {
        const { store, strike } = await make();
        strike(fault, put(prefix));
        expect(await store.create(newRun('a', { dueAt: 1000 }))).toEqual({ created: true });
        expect(await store.head('a')).toMatchObject({ runId: 'a', sequence: 1 });
        await store.append('a', item(2), RUNNING);
        expect(await store.list({ limit: 10 })).toHaveLength(1);
      });

      it('appends once', async () => {
        const { store, strike } = await make();
        await store.create(newRun('a'));
        strike(fault, put('r'));
        await store.append('a', item(2), RUNNING);
        await store.append('a', item(3), RUNNING);
        expect((await readAll(store, 'a')).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
      });

      it('opens, settles and notes once', async () => {
        const { store, strike } = await make();
        await store.create(newRun('a'));
        strike(fault, put('o'));
        await store.append('a', item(2, { opens: ['cb'] }), RUNNING);
        strike(fault, update('o'));
        expect(await store.heartbeat('a', 'cb', 3000)).toBe('first');
        strike(fault, update('o'));
        expect(await store.settle('a', 'cb', DONE, 4000)).toBe('first');
        expect(await store.settle('a', 'cb', DONE, 4000)).toEqual({ settled: DONE });
      });
    },
  );

  describe('without retries', () => {
    const once = { maxAttempts: 1 };

    it.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'InternalServerError', 'TimeoutError'])(
      '%s is back-pressure on every call, and changes nothing',
      async (fault) => {
        const { store, strike } = await make({}, once);
        await store.create(newRun('a'));
        const calls = [
          () => store.create(newRun('b')),
          () => store.append('a', item(2, { opens: ['cb'] }), RUNNING),
          () => store.head('a'),
          () => readAll(store, 'a'),
          () => store.settle('a', 'cb', DONE, 1),
          () => store.heartbeat('a', 'cb', 1),
          () => store.outside('a'),
          () => store.due(1, 1),
          () => store.nextDue(),
          () => store.reschedule('a', 1, 5),
          () => store.list({ limit: 1 }),
        ];
        for (const call of calls) {
          strike(fault, any);
          await expect(call()).rejects.toBeInstanceOf(StoreBusy);
        }
        expect(await store.head('a')).toMatchObject({ sequence: 1 });
        expect(await store.head('b')).toBeUndefined();
        await store.append('a', item(2), RUNNING);
      },
    );

    it('an append whose answer is lost is found in the log, and is no conflict of anybody else', async () => {
      const { store, other, strike } = await make({}, once);
      await store.create(newRun('a'));
      strike('lost', put('r'));
      await expect(store.append('a', item(2), RUNNING)).rejects.toBeInstanceOf(StoreBusy);
      expect((await readAll(store, 'a')).map(({ writeId }) => writeId)).toEqual(['first-a', 'write-2']);
      await store.append('a', item(3), RUNNING);
      await expect(other.append('a', item(3), RUNNING)).rejects.toBeInstanceOf(VersionConflict);
    });

    it('a run whose creation is cut after its first item is none, and its name is free', async () => {
      const { store, other, strike } = await make({}, once);
      strike('TimeoutError', put('n'));
      await expect(store.create(newRun('a', { name: 'order-7', dueAt: 1000 }))).rejects.toBeInstanceOf(StoreBusy);
      expect(await other.head('a')).toBeUndefined();
      expect([await other.due(9000, 10), await other.nextDue(), await other.list({ limit: 10 })]).toEqual([
        [],
        undefined,
        [],
      ]);
      expect(await other.create(newRun('b', { name: 'order-7' }))).toEqual({ created: true });
    });

    it('a run whose creation is cut is made by who tries again with the same id', async () => {
      const { store, other, strike } = await make({}, once);
      strike('TimeoutError', put('n'));
      await expect(store.create(newRun('a', { dueAt: 1000 }))).rejects.toBeInstanceOf(StoreBusy);
      expect(await other.create(newRun('a', { dueAt: 1000 }))).toEqual({ created: true });
      expect(await other.due(1000, 10)).toEqual(['a']);
      expect(await store.create(newRun('a'))).toMatchObject({ created: false, existing: { runId: 'a' } });
    });

    it('an append that is cut after it opened something has opened nothing', async () => {
      const { store, strike } = await make({}, once);
      await store.create(newRun('a'));
      strike('TimeoutError', put('r'));
      await expect(store.append('a', item(2, { opens: ['cb'] }), RUNNING)).rejects.toBeInstanceOf(StoreBusy);
      expect(await store.head('a')).toMatchObject({ sequence: 1 });
      await store.append('a', item(2, { writeId: 'again', opens: ['cb'] }), RUNNING);
      expect(await store.settle('a', 'cb', DONE, 4000)).toBe('first');
    });
  });

  describe('two at once', () => {
    it('append: exactly one goes on, whatever each of them knows', async () => {
      const { store, other, intrude } = await make();
      await store.create(newRun('a'));
      intrude(put('r'), () => other.append('a', item(2, { writeId: 'theirs' }), RUNNING));
      await expect(store.append('a', item(2), RUNNING)).rejects.toBeInstanceOf(VersionConflict);
      expect((await readAll(store, 'a')).at(-1)?.writeId).toBe('theirs');
    });

    it('a lost append deletes nothing that the winner opened', async () => {
      const { store, other, intrude } = await make();
      await store.create(newRun('a'));
      intrude(put('r'), () => other.append('a', item(2, { writeId: 'theirs', opens: ['cb'] }), RUNNING));
      await expect(store.append('a', item(2, { opens: ['cb'] }), RUNNING)).rejects.toBeInstanceOf(VersionConflict);
      expect(await store.settle('a', 'cb', DONE, 4000)).toBe('first');
    });

    it('completion and stop: the answer that was given is the answer for ever', async () => {
      const { store, other, intrude } = await make();
      await store.create(newRun('a'));
      await store.append('a', item(2, { opens: ['cb', 'asked'] }), RUNNING);
      // The run ends between the look at its log and the write of the outcome.
      intrude(update('o'), () => other.append('a', item(3), STOPPED));
      expect(await store.settle('a', 'cb', DONE, 4000)).toBe('first');
      expect(await other.settle('a', 'cb', DONE, 4001)).toEqual({ settled: DONE });
      expect(await other.settle('a', 'asked', DONE, 4001)).toBe('closed');
    });

    it('completion and stop: who was told that it is closed stays right', async () => {
      const { store, other, intrude } = await make();
      await store.create(newRun('a'));
      await store.append('a', item(2, { opens: ['cb'] }), RUNNING);
      intrude(update('o'), async () => {
        await other.append('a', item(3), STOPPED);
        expect(await other.settle('a', 'cb', DONE, 4001)).toBe('closed');
      });
      expect(await store.settle('a', 'cb', DONE, 4000)).toBe('closed');
      expect(await other.outside('a')).toEqual([]);
    });

    it('success and timeout in the same millisecond', async () => {
      const { store, other, intrude } = await make();
      await store.create(newRun('a'));
      await store.append('a', item(2, { opens: ['cb'] }), RUNNING);
      intrude(update('o'), async () => {
        expect(await other.settle('a', 'cb', DONE, 4000)).toBe('first');
      });
      expect(await store.settle('a', 'cb', { status: 'TIMED_OUT' }, 4000)).toEqual({ settled: DONE });
    });

    it('a start and the collection of the expired holder of its name', async () => {
      const { store, client, intrude } = await make();
      await store.create(newRun('a', { name: 'order-7' }));
      const key = { pk: { S: 'n#orders#order-7' }, sk: { S: 'name' } };
      intrude(
        (request, input) => request === 'GetItem' && keyOf(input).includes('n#'),
        async () => {
          await client.send(new DeleteItemCommand({ TableName: store.tableName, Key: key }));
        },
      );
      expect(await store.create(newRun('b', { name: 'order-7' }))).toEqual({ created: true });
    });
  });

  describe('an expired name', () => {
    it('is free, whether or not it was collected', async () => {
      const { store } = await make({ retentionDays: 1 });
      await store.create(newRun('a', { name: 'order-7' }));
      const expiry = 1000 + 60_000 + 86_400_000;
      const next = (startedAt: number) => store.create(newRun(`b${startedAt}`, { name: 'order-7', startedAt }));
      expect(await next(expiry - 1000)).toMatchObject({ created: false, existing: { runId: 'a' } });
      expect(await next(expiry + 1000)).toEqual({ created: true });
    });
  });

  describe('hints', () => {
    it('of a run are never lost, wherever its process dies after an append', async () => {
      const { store, other, strike } = await make({}, { maxAttempts: 1 });
      await store.create(newRun('a', { dueAt: 1000 }));
      strike('TimeoutError', (request) => request === 'UpdateItem', 20);
      await store.append('a', started(2, 5000), working(5000));
      await store.append('a', item(3, { opens: ['cb'] }), working(5000));
      expect(await other.nextDue()).toBe(5000);
      await store.append('a', item(4), due(3000));
      expect([await other.nextDue(), await other.due(2999, 10), await other.due(3000, 10)]).toEqual([3000, [], ['a']]);
    });

    it('that are stale are removed by who finds them', async () => {
      const { store, other, strike, sent } = await make({}, { maxAttempts: 1 });
      await store.create(newRun('a', { dueAt: 1000 }));
      strike('TimeoutError', (request) => request === 'UpdateItem', 1);
      await store.append('a', started(2, 5000), working(5000));
      strike('TimeoutError', (request) => request === 'UpdateItem', 1);
      await store.append('a', item(3), STOPPED);
      expect([await other.due(9000, 10), await other.nextDue()]).toEqual([[], undefined]);
      sent.length = 0;
      expect(await store.nextDue()).toBeUndefined();
      // Nothing is left to be looked at: one query for each shard.
      expect(new Set(sent.map(({ request, input }) => `${request} ${String(input.IndexName)}`))).toEqual(
        new Set(['Query gsi1']),
      );
    });

    it('of a settled item are forgotten although its absorbing process died', async () => {
      const { store, other, strike } = await make({}, { maxAttempts: 1 });
      await store.create(newRun('a'));
      await store.append('a', item(2, { opens: ['cb'] }), RUNNING);
      await store.settle('a', 'cb', DONE, 4000);
      strike('TimeoutError', update('o'));
      await store.append('a', item(3, { absorbs: ['cb'] }), RUNNING);
      expect([await other.due(9000, 10), await other.nextDue()]).toEqual([[], undefined]);
      expect(await other.outside('a')).toEqual([]);
      expect(await other.settle('a', 'cb', DONE, 9000)).toEqual({ settled: DONE });
    });

    it('follow a lease that is renewed, and one that is not any more', async () => {
      const { store, other } = await make();
      await store.create(newRun('a', { dueAt: 1000 }));
      await store.append('a', started(2, 5000), working(5000));
      await store.append('a', item(3), working(6000));
      expect([await other.due(5500, 10), await other.nextDue()]).toEqual([[], 6000]);
      // The hint was moved behind the writer's back, who still trusts it.
      await store.append('a', item(4), working(7000));
      expect([await other.due(6999, 10), await other.due(7000, 10)]).toEqual([[], ['a']]);
      await store.append('a', item(5), due(6500));
      expect(await other.due(6500, 10)).toEqual(['a']);
    });

    it('of many runs that are due at once are all found', async () => {
      const { store, other } = await make();
      const ids = Array.from({ length: 120 }, (_, index) => `run-${index}`);
      await Promise.all(ids.map((id) => store.create(newRun(id, { dueAt: 1000 }))));
      expect((await other.due(1000, 1000)).sort()).toEqual([...ids].sort());
      expect(await other.due(1000, 7)).toHaveLength(7);
    });
  });

  describe('a table that cannot be used', () => {
    it('is named, with what to do', async () => {
      const { client, store } = await make();
      const missing = dynamoDBStore({ tableName: 'missing', client });
      await expect(missing.head('a')).rejects.toThrow(/There is no table missing .* tableDefinition\(\)/);
      await expect(missing.create(newRun('a'))).rejects.toBeInstanceOf(StoreError);
      const backend = dynamoDBBackend({ tableName: 'missing', client });
      await expect(backend.executions.start({ functionName: 'orders' })).rejects.toMatchObject({
        name: 'ServiceException',
        message: expect.stringContaining('There is no table missing'),
      });
      await store.close();
    });

    it('may have other keys, or no index', async () => {
      const { client } = engine();
      const { GlobalSecondaryIndexes: _, ...definition } = tableDefinition('no-index');
      const AttributeDefinitions = definition.AttributeDefinitions?.slice(0, 2);
      await client.send(new CreateTableCommand({ ...definition, AttributeDefinitions }));
      const noIndex = dynamoDBStore({ tableName: 'no-index', client });
      await expect(noIndex.nextDue()).rejects.toThrow(/lacks the index gsi1/);
      await client.send(
        new CreateTableCommand({
          TableName: 'other-keys',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
      const otherKeys = dynamoDBStore({ tableName: 'other-keys', client });
      await expect(otherKeys.create(newRun('a'))).rejects.toThrow(/other keys than pk and sk/);
    });
  });
});
