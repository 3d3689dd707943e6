import { describe, expect, it } from '@jest/globals';
import { item, newRun, onEveryEngine, RUNNING, started, working } from './stores.ts';

const UUID = '5fe1a2b3-0123-4abc-8def-0123456789a';
const RUN = `${UUID}0`;
const LEASE = Date.UTC(2026, 0, 2);
const at = Date.UTC(2026, 0, 1);

onEveryEngine((make) => {
  describe('cost', () => {
    it('of a step with a result of 700 bytes is one request and one write unit, 250 bytes of it overhead', async () => {
      const { store, sent } = await make();
      await store.create(newRun(RUN, { startedAt: at, dueAt: at }));
      await store.append(RUN, started(2, LEASE), working(LEASE));
      sent.length = 0;
      const result = JSON.stringify({ text: '"'.repeat(345) });
      const id = '0123456789abcdef';
      await store.append(
        RUN,
        item(3, {
          writeId: `${UUID}1`,
          clientToken: `${UUID}2-1`,
          events: [
            { type: 'StepStarted', at, id, name: 'validate-order', subType: 'Step' },
            { type: 'StepSucceeded', at: at + 5, id, result },
          ],
        }),
        working(LEASE),
      );
      expect(sent.map(({ request }) => request)).toEqual(['PutItem']);
      expect(sent[0]?.capacity?.CapacityUnits).toBe(1);
      const attributes = Object.entries(sent[0]?.input.Item as Record<string, Record<string, unknown>>);
      const bytes = attributes.reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
      expect(bytes - result.length).toBeLessThanOrEqual(250);
    });

    it('of other calls, in requests and units', async () => {
      const { store, sent } = await make();
      const costs: Record<string, number[]> = {};
      let countsIndex = false;
      const measure = async (name: string, call: () => Promise<unknown>): Promise<void> => {
        sent.length = 0;
        await call();
        const writes = sent.filter(({ request }) => request !== 'Query' && request !== 'GetItem');
        const sum = (units: (number | undefined)[]): number => units.reduce<number>((all, one) => all + (one ?? 0), 0);
        const all = sum(writes.map(({ capacity }) => capacity?.CapacityUnits));
        const table = sum(writes.map(({ capacity }) => capacity?.Table?.CapacityUnits ?? capacity?.CapacityUnits));
        countsIndex ||= all > table;
        costs[name] = [sent.length, table, all - table];
      };
      const due = { ...RUNNING, dueAt: at + 1000 };
      const done = { status: 'SUCCEEDED', result: '1' } as const;
      await measure('start', () => store.create(newRun('a', { startedAt: at, dueAt: at })));
      await measure('invocation begins', () => store.append('a', started(2, LEASE), working(LEASE)));
      await measure('callback opened', () => store.append('a', item(3, { opens: ['cb'] }), working(LEASE)));
      await measure('suspended on a wait', () => store.append('a', item(4), due));
      await measure('callback completed', () => store.settle('a', 'cb', done, at));
      await measure('callback absorbed', () =>
        store.append('a', { ...started(5, LEASE), absorbs: ['cb'] }, working(LEASE)),
      );
      await measure('end', () => store.append('a', item(6), { ...RUNNING, status: 'SUCCEEDED', endedAt: at }));
      // Requests, write units of the table, and of the index: an entry that is made or removed is one.
      const expected: Record<string, number[]> = {
        start: [2, 2, 2],
        'invocation begins': [2, 2, 2],
        'callback opened': [2, 2, 0],
        'suspended on a wait': [2, 2, 2],
        'callback completed': [2, 1, 1],
        'callback absorbed': [3, 3, 3],
        end: [2, 2, 1],
      };
      // dynalite does not count what the index costs.
      const counted = ([requests = 0, table = 0, index = 0]: number[]) => [requests, table, countsIndex ? index : 0];
      expect(costs).toEqual(Object.fromEntries(Object.entries(expected).map(([name, cost]) => [name, counted(cost)])));
    });
  });
});

/** Bytes of an attribute's value as DynamoDB counts them. */
function sizeOf({ S, N, B }: Record<string, unknown>): number {
  if (S !== undefined) return Buffer.byteLength(S as string);
  if (B !== undefined) return (B as Uint8Array).length;
  return N === undefined ? 1 : Math.ceil((N as string).length / 2) + 1;
}
