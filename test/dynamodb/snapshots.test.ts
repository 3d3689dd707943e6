import { describe, expect, it } from '@jest/globals';
import { createService } from '@middy-durable/backend';
import { type DynamoDBBackend, dynamoDBBackend, dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import type { DurableExecutionInvocationInput, OperationUpdate } from '@middy-durable/protocol';
import type { DynamoDBEngine } from '../support/dynamodb-engines.ts';
import { faultyDynamoDB, type SentRequest } from '../support/faulty-dynamodb.ts';
import { newRun, onEveryEngine } from './stores.ts';

const SUSPENSIONS = 20;
const STEPS = 30;
const NEVER = { items: Number.MAX_SAFE_INTEGER };

interface Costs {
  readRequests: number;
  readUnits: number;
  /** Snapshots and their parts. */
  snapshotWrites: number;
  snapshotUnits: number;
  otherUnits: number;
  result: string | undefined;
}

/**
 * A run that waits 20 times and does 30 steps between, in the items of a map or not. Who wakes it is a new process each
 * time, and so is who executes it: nothing is in memory that somebody else has read.
 */
async function costsOf(engine: DynamoDBEngine, grouped: boolean, snapshots?: { items: number }): Promise<Costs> {
  const tableName = await engine.createTable(tableDefinition);
  const { client, sent } = faultyDynamoDB(engine);
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, randomId: () => crypto.randomUUID(), schedule: () => () => {} };
  const begin = (): DynamoDBBackend => dynamoDBBackend({ tableName, client, wakeUp: false, clock, snapshots });
  const first = begin();
  const { DurableExecutionArn: arn } = await first.executions.start({ functionName: 'orders', input: '{"order":7}' });
  for (let ticks = 0; ticks < SUSPENSIONS + 1; ticks++) {
    const service = createService({
      backend: begin(),
      invoke: (_name, envelope) => invocation(begin(), envelope, grouped),
    });
    await service.tick();
    await service.idle();
    await service.close();
    now += 60_000;
  }
  const { Result: result } = await first.executions.get(arn);
  return { ...sums(sent), result };
}

async function invocation(
  { client }: DynamoDBBackend,
  envelope: DurableExecutionInvocationInput,
  grouped: boolean,
): Promise<unknown> {
  const round = envelope.InvocationCount ?? 0;
  if (round > SUSPENSIONS) return { Status: 'SUCCEEDED', Result: '"done"' };
  let token = envelope.CheckpointToken;
  const send = async (...Updates: OperationUpdate[]): Promise<void> => {
    const request = { DurableExecutionArn: envelope.DurableExecutionArn, CheckpointToken: token, Updates };
    token = (await client.checkpoint(request)).CheckpointToken ?? '';
  };
  const Id = wireId(`map ${round}`);
  const map = { Id, Type: 'CONTEXT', SubType: 'Map', Name: 'orders' } as const;
  if (grouped) await send({ ...map, Action: 'START' });
  for (let step = 0; step < STEPS; step++) {
    const members = { Id: wireId(`${round} ${step}`), Type: 'STEP', SubType: 'Step', Name: `charge-${step}` } as const;
    const Payload = JSON.stringify({ orderId: crypto.randomUUID(), status: 'charged', amount: step * 100 });
    const start = { ...members, Action: 'START', ...(grouped && { ParentId: Id }) } as const;
    await send(start, { Id: members.Id, Type: 'STEP', Action: 'SUCCEED', Payload });
  }
  if (grouped) await send({ ...map, Action: 'SUCCEED', Payload: '"30 orders"' });
  await send({ Id: wireId(`wait ${round}`), Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 60 } });
  return { Status: 'PENDING' };
}

const wireIds = new Map<string, string>();

/** As random as the hash that it is. */
function wireId(path: string): string {
  const id = wireIds.get(path) ?? crypto.randomUUID().replaceAll('-', '').slice(0, 16);
  wireIds.set(path, id);
  return id;
}

function sums(sent: readonly SentRequest[]): Omit<Costs, 'result'> {
  const costs = { readRequests: 0, readUnits: 0, snapshotWrites: 0, snapshotUnits: 0, otherUnits: 0 };
  for (const { request, input, capacity } of sent) {
    const units = capacity?.CapacityUnits ?? 0;
    if (request === 'Query' || request === 'GetItem') {
      costs.readRequests += 1;
      costs.readUnits += units;
    } else if (((input.Item as { pk?: { S?: string } } | undefined)?.pk?.S ?? '').startsWith('p#')) {
      costs.snapshotWrites += 1;
      costs.snapshotUnits += units;
    } else costs.otherUnits += units;
  }
  return costs;
}

/** What a read unit costs is the price; a write unit costs five of them. */
const price = ({ readUnits, snapshotUnits, otherUnits }: Costs): number => readUnits + 5 * (snapshotUnits + otherUnits);

onEveryEngine((make, engine) => {
  describe('a run that waits again and again', () => {
    it.each([
      ['in one row', false, 0.6],
      ['in finished contexts', true, 0.5],
    ])(
      'is read for less with snapshots, and costs less in all: steps %s',
      async (_what, grouped, most) => {
        const without = await costsOf(engine(), grouped, NEVER);
        const costs = await costsOf(engine(), grouped);
        expect([without.result, costs.result]).toEqual(['"done"', '"done"']);
        expect(without.snapshotWrites).toBe(0);
        expect(costs.snapshotWrites).toBeGreaterThan(1);
        expect(costs.readUnits).toBeLessThan(without.readUnits * most);
        expect(price(costs)).toBeLessThan(price(without));
        // Each is one request more to write, and two for who loads a long run.
        expect(costs.readRequests - without.readRequests).toBeLessThanOrEqual(2 * (SUSPENSIONS + 1) + 2);
      },
      120_000,
    );
  });

  describe('a snapshot', () => {
    it('is one put that expires with its run, and one query', async () => {
      const { store, other, sent } = await make();
      await store.create(newRun('a'));
      sent.length = 0;
      await store.keepSnapshot('a', { sequence: 1, text: 'all '.repeat(20_000) });
      expect(sent.map(({ request }) => request)).toEqual(['PutItem']);
      const item = sent[0]?.input.Item as Record<string, { N?: string }>;
      // Started at second 1, for 60 seconds at most, and 30 days.
      expect(item.expiresAt).toEqual({ N: String(61 + 30 * 86_400) });
      expect(sent[0]?.capacity?.CapacityUnits).toBe(1);
      sent.length = 0;
      expect(await store.snapshot('a')).toMatchObject({ sequence: 1 });
      expect(sent.map(({ request, input }) => [request, input.ConsistentRead])).toEqual([['Query', true]]);
      expect(await other.snapshot('a')).toEqual(await store.snapshot('a'));
    });

    it('of a run that this process does not know expires with it, too, and of no run is none', async () => {
      const { store, other, sent } = await make();
      await other.create(newRun('a'));
      await store.keepSnapshot('a', { sequence: 1, text: 'one' });
      expect(sent.at(-1)?.input.Item).toMatchObject({ expiresAt: { N: String(61 + 30 * 86_400) } });
      await store.keepSnapshot('none', { sequence: 1, text: 'one' });
      expect(await store.snapshot('none')).toBeUndefined();
    });

    it.each(['lost', 'twice'] as const)('whose put is %s stands once', async (fault) => {
      const { store, strike } = await make({}, { maxAttempts: 3 });
      await store.create(newRun('a'));
      strike(fault, (request) => request === 'PutItem');
      await store.keepSnapshot('a', { sequence: 1, text: 'one' });
      expect(await store.snapshot('a')).toEqual({ sequence: 1, text: 'one' });
    });

    it('whose process died between its parts and its item leaves the one before', async () => {
      const { store, strike } = await make({}, { maxAttempts: 1 });
      await store.create(newRun('a'));
      await store.keepSnapshot('a', { sequence: 1, text: 'one' });
      const isItem = (_request: string, input: Record<string, unknown>): boolean =>
        JSON.stringify(input).includes('#snapshot');
      strike('InternalServerError', isItem);
      const text = Array.from({ length: 20_000 }, () => crypto.randomUUID()).join('');
      await expect(store.keepSnapshot('a', { sequence: 2, text })).rejects.toThrow();
      expect(await store.snapshot('a')).toEqual({ sequence: 1, text: 'one' });
      await store.keepSnapshot('a', { sequence: 2, text });
      expect(await store.snapshot('a')).toEqual({ sequence: 2, text });
    });

    it('goes through the codec, which knows whose it is', async () => {
      const items: string[] = [];
      const turned = (bytes: Uint8Array, { item }: { item: string }): Uint8Array => {
        items.push(item);
        return bytes.map((byte) => byte ^ 0x55);
      };
      const codec = { encode: turned, decode: turned };
      const { store, client, sent } = await make({ codec });
      await store.create(newRun('a'));
      items.length = 0;
      await store.keepSnapshot('a', { sequence: 1, text: 'secret' });
      expect(await store.snapshot('a')).toEqual({ sequence: 1, text: 'secret' });
      expect(items).toEqual(['snapshot/1', 'snapshot/1']);
      const tableName = String(sent.at(-1)?.input.TableName);
      await expect(dynamoDBStore({ tableName, client }).snapshot('a')).rejects.toThrow(/codec/);
    });

    it('that is large is one object where there is a bucket', async () => {
      const objects = new Map<string, Uint8Array>();
      const bucket = {
        put: async (key: string, bytes: Uint8Array) => void objects.set(key, bytes),
        get: async (key: string) => objects.get(key) ?? new Uint8Array(),
      };
      const { store } = await make({ bucket });
      await store.create(newRun('a'));
      const text = Array.from({ length: 5000 }, () => crypto.randomUUID()).join('');
      await store.keepSnapshot('a', { sequence: 1, text });
      expect(objects.size).toBe(1);
      expect(await store.snapshot('a')).toEqual({ sequence: 1, text });
    });
  });
});
