import { describe, expect, it } from '@jest/globals';
import {
  type FencedPersistenceLayer,
  permits,
  type StoredRecord,
  type WriteCondition,
} from '@middy-durable/idempotency';
import fc from 'fast-check';
import { onEveryStore } from './support/stores.ts';

const NOW = 1_800_000_000_000;
const record = (members: Partial<StoredRecord> = {}): StoredRecord => ({
  key: 'k',
  status: 'INPROGRESS',
  owner: 'a',
  expiresAt: NOW + 60_000,
  claimExpiresAt: NOW + 60_000,
  ...members,
});
const completed = record({
  status: 'COMPLETED',
  claimExpiresAt: undefined,
  data: { text: '{"n":1}', encoding: 'json' },
});
const claim = (owner: string, now = NOW): WriteCondition => ({ kind: 'claim', owner, now });

/** Moments in whole seconds, around now. */
const moment = fc.constantFrom(undefined, NOW - 2000, NOW, NOW + 2000);
const owner = fc.constantFrom('a', 'b');
const existing = fc.option(
  fc.record({
    key: fc.constant('k'),
    status: fc.constantFrom('INPROGRESS' as const, 'COMPLETED' as const, 'FAILED' as const),
    owner: fc.option(owner, { nil: undefined }),
    expiresAt: moment,
    claimExpiresAt: moment,
  }),
  { nil: undefined },
);
const condition: fc.Arbitrary<WriteCondition> = fc.oneof(
  owner.map((by) => claim(by)),
  owner.map((by) => ({ kind: 'replace' as const, owner: by })),
  owner.map((by) => ({ kind: 'settle' as const, owner: by })),
);

onEveryStore((make) => {
  it('writes what the condition permits, and nothing else', async () => {
    const store = await make();
    let keys = 0;
    await fc.assert(
      fc.asyncProperty(existing, condition, async (before, on) => {
        const key = `k-${++keys}`;
        if (before) await write(store, { ...before, key });
        const next = record({ key, owner: 'new' });
        const outcome = await store.put(next, on);
        expect(outcome.stored).toBe(permits(before, on));
        const after = await store.get(key, 'powertools-typescript');
        if (!outcome.stored && !before) expect(after).toBeUndefined();
        else expect(after).toMatchObject(outcome.stored ? next : { ...before, key });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('lets one of many have a key', async () => {
    const store = await make();
    const owners = Array.from({ length: 20 }, (_, index) => `owner-${index}`);
    const outcomes = await Promise.all(owners.map((one) => store.put(record({ owner: one }), claim(one))));
    expect(outcomes.filter(({ stored }) => stored)).toHaveLength(1);
  });

  it('deletes only the claim of that owner', async () => {
    const store = await make();
    await store.delete('k', 'a');
    await store.put(record(), claim('a'));
    await store.delete('k', 'b');
    expect(await store.get('k', 'powertools-typescript')).toMatchObject({ owner: 'a' });
    await store.delete('k', 'a');
    expect(await store.get('k', 'powertools-typescript')).toBeUndefined();
    await store.put(completed, { kind: 'settle', owner: 'a' });
    await store.delete('k', 'a');
    expect(await store.get('k', 'powertools-typescript')).toMatchObject({ status: 'COMPLETED' });
  });

  describe('a result', () => {
    it.each(['powertools-typescript', 'powertools-python'] as const)('comes back as it was: %s', async (format) => {
      const store = await make();
      const values = ['{"a":[1,2.5,null,true,"x",{}]}', '"text"', 'null', 'false', '0', '""', '1e300', '[]', '-0.1'];
      const deep = `${'['.repeat(60)}${']'.repeat(60)}`;
      const proto = '{"__proto__":{"polluted":true},"b":1}';
      // What JSON has and DynamoDB has not.
      const odd = ['{"":{"":1}}', '["\\ud800"]', '{"\\udfff":1}', '[1e-300]', `{"${'n'.repeat(66_000)}":1}`];
      for (const text of [...values, ...odd, deep, proto, JSON.stringify({ long: 'é'.repeat(500_000) })]) {
        const data = { text, encoding: 'json' as const };
        await store.put({ ...completed, key: text.slice(0, 20), data, format }, { kind: 'settle', owner: 'a' });
        const stored = await store.get(text.slice(0, 20), format);
        expect(JSON.parse(stored?.data?.text as string)).toEqual(JSON.parse(text));
      }
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    it.each(['powertools-typescript', 'powertools-python'] as const)('that is text stays text: %s', async (format) => {
      const store = await make();
      for (const [index, text] of ['plain', '{"a": 1}', '', 'z'.repeat(800_000)].entries()) {
        const data = { text, encoding: 'text' as const };
        await store.put({ ...completed, key: `t-${index}`, data, format }, { kind: 'settle', owner: 'a' });
        expect((await store.get(`t-${index}`, format))?.data?.text).toBe(text);
      }
    });

    it('of nothing is nothing', async () => {
      const store = await make();
      await store.put({ ...completed, data: undefined }, { kind: 'settle', owner: 'a' });
      const stored = await store.get('k', 'powertools-typescript');
      expect(stored).toMatchObject({ status: 'COMPLETED', owner: 'a' });
      expect(stored?.data).toBeUndefined();
    });
  });
});

/** Brings a record about, whatever it is. */
async function write(store: FencedPersistenceLayer, one: StoredRecord): Promise<void> {
  await store.put(one, { kind: 'settle', owner: 'nobody' });
}
