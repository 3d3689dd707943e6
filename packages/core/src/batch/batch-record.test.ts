import { describe, expect, it } from '@jest/globals';
import { ChildContextError, StepError } from '../errors.ts';
import { defaultSerdes, type Serdes } from '../serdes.ts';
import { batchSerdes, readOutcome, summarize } from './batch-record.ts';
import { Batch } from './batch-result.ts';
import type { BatchItem, BatchResult } from './types.ts';

const CONTEXT = { entityId: '2', durableExecutionArn: 'arn:example' };
const plain = batchSerdes<unknown>(defaultSerdes as Serdes<unknown>);

async function roundTrip<R>(serdes: Serdes<BatchResult<R>>, all: BatchItem<R>[]): Promise<BatchItem<R>[]> {
  const text = await serdes.serialize(new Batch(all, 'ALL_COMPLETED'), CONTEXT);
  return ((await serdes.deserialize(text, CONTEXT)) as BatchResult<R>).all;
}

describe('the record of a batch', () => {
  it('is the official format', async () => {
    const my = Object.assign(new RangeError('m'), { name: 'MyErr' });
    const batch = new Batch<unknown>(
      [
        { result: 1, index: 0, status: 'SUCCEEDED' },
        { error: new ChildContextError('m', new StepError('m', my)), index: 1, status: 'FAILED' },
        { index: 2, status: 'STARTED' },
      ],
      'MIN_SUCCESSFUL_REACHED',
    );
    expect(await plain.serialize(batch, CONTEXT)).toBe(
      '{"all":[{"result":1,"index":0,"status":"SUCCEEDED"},' +
        '{"error":{"ErrorType":"ChildContextError","ErrorMessage":"m","Cause":{"ErrorType":"StepError","ErrorMessage":"m",' +
        '"Cause":{"ErrorType":"MyErr","ErrorMessage":"m"}}},"index":1,"status":"FAILED"},' +
        '{"index":2,"status":"STARTED"}],"completionReason":"MIN_SUCCESSFUL_REACHED"}',
    );
  });

  it('holds nothing where there is nothing', async () => {
    expect(await plain.serialize(undefined, CONTEXT)).toBeUndefined();
    expect(await plain.deserialize(undefined, CONTEXT)).toBeUndefined();
  });

  it('gives errors back with their causes, types of user code by their names', async () => {
    const my = Object.assign(new Error('inner'), { name: 'MyErr' });
    const error = new ChildContextError('outer', new StepError('middle', my, '{"code":7}'));
    const [item] = await roundTrip(plain, [{ error, index: 0, status: 'FAILED' }]);
    const { error: restored } = item as { error: ChildContextError };
    expect(restored).toBeInstanceOf(ChildContextError);
    expect(restored.cause).toBeInstanceOf(StepError);
    expect((restored.cause as StepError).errorData).toBe('{"code":7}');
    expect((restored.cause as StepError).cause).toMatchObject({ name: 'MyErr', message: 'inner' });
    expect((restored.cause as StepError).cause?.cause).toBeUndefined();
  });

  it('wraps an item’s error that is none of a context', async () => {
    const stored =
      '{"all":[{"error":{"ErrorType":"MyErr","ErrorMessage":"m"},"index":0,"status":"FAILED"}],"completionReason":"ALL_COMPLETED"}';
    const [item] = ((await plain.deserialize(stored, CONTEXT)) as BatchResult<unknown>).all;
    expect(item?.error).toBeInstanceOf(ChildContextError);
    expect(item?.error?.cause).toMatchObject({ name: 'MyErr', message: 'm' });
  });

  it('ends the causes of an error that is its own cause', async () => {
    const ring = new Error('ring');
    ring.cause = ring;
    const [item] = await roundTrip(plain, [{ error: new ChildContextError('m', ring), index: 0, status: 'FAILED' }]);
    let depth = 0;
    for (let cause: unknown = item?.error; cause instanceof Error; cause = cause.cause) depth++;
    expect(depth).toBe(11);
  });

  it('keeps undefined and null results', async () => {
    const all: BatchItem<unknown>[] = [
      { result: undefined, index: 0, status: 'SUCCEEDED' },
      { result: null, index: 1, status: 'SUCCEEDED' },
    ];
    expect(await roundTrip(plain, all)).toEqual(all);
  });
});

describe('items with a serdes of their own', () => {
  class Money {
    cents: number;
    constructor(cents: number) {
      this.cents = cents;
    }
  }
  const places: string[] = [];
  const money: Serdes<Money> = {
    async serialize(value, { entityId }) {
      places.push(entityId);
      return value && `EUR ${value.cents}`;
    },
    async deserialize(text, { entityId }) {
      places.push(entityId);
      return text === undefined ? undefined : new Money(Number(text.slice(4)));
    },
  };

  it('11.2 #20: come back as what they are', async () => {
    const all: BatchItem<Money>[] = [{ result: new Money(5), index: 0, status: 'SUCCEEDED' }];
    const [item] = await roundTrip(batchSerdes(money), all);
    expect(item?.result).toBeInstanceOf(Money);
    expect(item?.result?.cents).toBe(5);
  });

  it('are written as in their own records, so that a serdes that keeps values elsewhere mixes nothing up', async () => {
    places.length = 0;
    const all = [7, 8].map(
      (cents, index): BatchItem<Money> => ({ result: new Money(cents), index, status: 'SUCCEEDED' }),
    );
    await roundTrip(batchSerdes(money), all);
    expect(places).toEqual(['2-1', '2-2', '2-1', '2-2']);
  });

  it('stand in the record as plain JSON too, which the official SDK reads', async () => {
    const batch = new Batch<Money>([{ result: new Money(5), index: 0, status: 'SUCCEEDED' }], 'ALL_COMPLETED');
    const text = await batchSerdes(money).serialize(batch, CONTEXT);
    expect(JSON.parse(text as string).all).toEqual([
      { result: { cents: 5 }, serialized: 'EUR 5', index: 0, status: 'SUCCEEDED' },
    ]);
  });

  it('may be values that JSON can’t hold', async () => {
    const big: Serdes<bigint> = {
      serialize: async (value) => value?.toString(),
      deserialize: async (text) => (text === undefined ? undefined : BigInt(text)),
    };
    expect(await roundTrip(batchSerdes(big), [{ result: 5n, index: 0, status: 'SUCCEEDED' }])).toEqual([
      { result: 5n, index: 0, status: 'SUCCEEDED' },
    ]);
  });

  it('of the official SDK, without their text, are read as the JSON that is there', async () => {
    const stored = '{"all":[{"result":{"cents":5},"index":0,"status":"SUCCEEDED"}],"completionReason":"ALL_COMPLETED"}';
    const batch = (await batchSerdes(money).deserialize(stored, CONTEXT)) as BatchResult<Money>;
    expect(batch.getResults()).toEqual([{ cents: 5 }]);
  });
});

describe('the record of a batch that is too large', () => {
  const batch = new Batch<number>(
    [
      { result: 1, index: 0, status: 'SUCCEEDED' },
      { error: new ChildContextError('m'), index: 1, status: 'FAILED' },
      { index: 2, status: 'STARTED' },
    ],
    'MIN_SUCCESSFUL_REACHED',
  );

  it('is the official summary', () => {
    expect(summarize('Map', batch, undefined)).toBe(
      '{"type":"MapResult","totalCount":3,"successCount":1,"failureCount":1,"completionReason":"MIN_SUCCESSFUL_REACHED",' +
        '"status":"FAILED","itemStatuses":"SF-"}',
    );
    expect(summarize('Parallel', batch, 'in short')).toBe(
      '{"type":"ParallelResult","totalCount":3,"successCount":1,"failureCount":1,"startedCount":1,' +
        '"completionReason":"MIN_SUCCESSFUL_REACHED","status":"FAILED","itemStatuses":"SF-","summary":"in short"}',
    );
  });

  it('tells why the batch ended and how far its items had come', () => {
    const outcome = { reason: 'MIN_SUCCESSFUL_REACHED', statuses: 'SF-' };
    expect(readOutcome(summarize('Map', batch, undefined))).toEqual(outcome);
    expect(readOutcome(JSON.stringify({ all: batch.all, completionReason: batch.completionReason }))).toEqual(outcome);
  });

  it.each([
    [undefined],
    [''],
    ['not JSON'],
    ['null'],
    ['7'],
    ['{"completionReason":"BECAUSE","itemStatuses":"S?"}'],
    ['{"itemStatuses":""}'],
    ['{"all":[]}'],
  ])('%p tells nothing', (text) => expect(readOutcome(text)).toEqual({}));
});
