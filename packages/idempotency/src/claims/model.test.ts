import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENGINES, type EngineKind, isAvailable, openDynamoDB } from '../../../../test/support/dynamodb-engines.ts';
import { type ClientPlan, type Fault, ModelWorld } from '../../test-support/model-world.ts';
import { DynamoDBPersistenceLayer } from '../dynamodb/dynamodb-persistence-layer.ts';
import type { FencedPersistenceLayer, PutOutcome } from '../persistence/fenced-persistence-layer.ts';
import { MemoryPersistenceLayer } from '../persistence/memory-persistence-layer.ts';
import type { StoredRecord } from '../persistence/record.ts';
import { permits, type WriteCondition } from '../persistence/write-condition.ts';

const plan: fc.Arbitrary<ClientPlan> = fc.record({
  key: fc.constantFrom('k', 'l'),
  kind: fc.constantFrom('call' as const, 'execution' as const),
  lease: fc.constantFrom(5000, 60_000),
  dies: fc.array(fc.constantFrom('never', 'before effect', 'after effect', 'after record'), { maxLength: 3 }),
  stops: fc.option(fc.constantFrom('after claim', 'after effect'), { nil: undefined }),
  fails: fc.boolean(),
});
const faults: fc.Arbitrary<Fault[]> = fc.array(fc.constantFrom('none', 'none', 'none', 'refused', 'lost'), {
  maxLength: 40,
});
const jumps = fc.array(fc.constantFrom(10, 3000, 6000, 61_000, 130_000, -2500, -70_000, 20 * 86_400_000), {
  maxLength: 5,
});

const property = (make: () => Promise<FencedPersistenceLayer>) =>
  fc.asyncProperty(
    fc.array(fc.nat({ max: 11 }), { maxLength: 80 }),
    fc.array(plan, { minLength: 2, maxLength: 5 }),
    faults,
    jumps,
    async (order, plans, struck, moments) => {
      const world = new ModelWorld(await make(), order, struck);
      await world.run(plans, moments);
      expect(world.violations).toEqual([]);
    },
  );

describe('many clients, crashes, clock jumps and store faults: one owner, no lost result, no effect too many', () => {
  it('in memory', async () => {
    await fc.assert(
      property(async () => new MemoryPersistenceLayer()),
      { numRuns: 1500 },
    );
  }, 120_000);

  for (const kind of ENGINES) {
    (isAvailable(kind) ? it : it.skip)(`on ${kind}`, () => onEngine(kind), 180_000);
  }
});

async function onEngine(kind: EngineKind): Promise<void> {
  const engine = await openDynamoDB(kind);
  try {
    const tableName = await engine.createTable((TableName) => ({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }));
    let worlds = 0;
    const make = async () =>
      prefixed(new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: engine.client }), `world-${++worlds}-`);
    await fc.assert(property(make), { numRuns: 60 });
  } finally {
    await engine.close();
  }
}

/** A store whose rule about what may be written is weaker. */
class WeakerStore extends MemoryPersistenceLayer {
  readonly #records = new Map<string, StoredRecord>();
  readonly #permits: typeof permits;

  constructor(weaker: typeof permits) {
    super();
    this.#permits = weaker;
  }

  override async put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    const existing = this.#records.get(record.key);
    if (!this.#permits(existing, condition)) return { stored: false, existing };
    this.#records.set(record.key, record);
    return { stored: true };
  }

  override async get(key: string): Promise<StoredRecord | undefined> {
    return this.#records.get(key);
  }

  override async delete(key: string, owner: string): Promise<void> {
    const existing = this.#records.get(key);
    if (existing && this.#permits(existing, { kind: 'replace', owner })) this.#records.delete(key);
  }
}

/** Of the same owner under another name. */
function renamed(condition: WriteCondition): WriteCondition {
  return { ...condition, owner: condition.owner.replace('execution ', 'x ') };
}

describe('the model finds a store that is broken', () => {
  const violates = async (weaker: typeof permits) => {
    const { failed } = await fc.check(
      property(async () => new WeakerStore(weaker)),
      { numRuns: 5000, endOnFailure: true },
    );
    return failed;
  };

  it('but not one whose rule is the rule', async () => {
    expect(await violates(permits)).toBe(false);
  }, 60_000);

  it.each<[string, typeof permits]>([
    ['results that are not fenced', (existing, on) => on.kind === 'settle' || permits(existing, on)],
    [
      'takeovers and releases that are not fenced',
      (existing, on) => (on.kind === 'replace' ? existing?.status === 'INPROGRESS' : permits(existing, on)),
    ],
    [
      'claims that count as over too early',
      (existing, on) => permits(existing, 'now' in on ? { ...on, now: on.now + 10_000 } : on),
    ],
    [
      "executions' claims that end by the clock",
      (existing, on) =>
        permits(existing && { ...existing, owner: existing.owner?.replace('execution ', 'x ') }, renamed(on)),
    ],
    ['claims over results', (existing, on) => on.kind === 'claim' || permits(existing, on)],
  ])(
    '%s',
    async (_what, weaker) => {
      expect(await violates(weaker)).toBe(true);
    },
    60_000,
  );
});

/** Each run has keys of its own in one table. */
function prefixed(layer: FencedPersistenceLayer, prefix: string): FencedPersistenceLayer {
  const { put, get } = layer;
  const remove = layer.delete;
  layer.put = async (record, condition) => {
    const outcome = await put.call(layer, { ...record, key: prefix + record.key }, condition);
    return 'existing' in outcome && outcome.existing
      ? { stored: false, existing: { ...outcome.existing, key: record.key } }
      : outcome;
  };
  layer.get = async (key, format) => {
    const record = await get.call(layer, prefix + key, format);
    return record && { ...record, key };
  };
  layer.delete = (key, owner) => remove.call(layer, prefix + key, owner);
  return layer;
}
