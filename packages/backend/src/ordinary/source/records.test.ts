import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  eventBridgeEvent,
  kinesisRecord,
  s3Event,
  snsEvent,
  sqsEvent,
  sqsMessage,
  tableChange,
} from '../../../test-support/source-events.ts';
import { type DescribedEvent, describeEvent } from './index.ts';

const EXECUTION = { durableExecutionArn: 'arn:e', executionName: 'n', status: 'RUNNING' } as const;
const HASH = /^[0-9a-f]{64}$/;

const described = (event: unknown): Promise<DescribedEvent> => describeEvent(event, {}, {});
/** Whether both are one event, and whether they mean the same. */
async function compare(a: unknown, b: unknown): Promise<{ name: boolean; fingerprint: boolean }> {
  const [first, second] = [await described(a), await described(b)];
  return { name: first.name === second.name, fingerprint: first.fingerprint === second.fingerprint };
}

const SAME = { name: true, fingerprint: true };
const MEANS_ANOTHER = { name: true, fingerprint: false };
const ANOTHER_OF_THAT_MEANING = { name: false, fingerprint: true };

describe('messages of a queue', () => {
  it('go by the message id, and a failed one is resumed', async () => {
    const event = await described(sqsEvent(sqsMessage('059f36b4-87a3', '{}')));
    expect(event).toMatchObject({ kind: 'sqs', name: '059f36b4-87a3', onRedelivery: 'resume' });
    expect(event.pending(EXECUTION)).toEqual({ ...EXECUTION, batchItemFailures: [] });
  });

  it('stay the same over deliveries, in any order', async () => {
    const message = fc.record({ id: fc.uuid(), body: fc.string() });
    const batch = fc.uniqueArray(message, { minLength: 1, maxLength: 5, selector: ({ id }) => id });
    await fc.assert(
      fc.asyncProperty(batch, fc.nat(), async (messages, deliveries) => {
        const on = (n: number): unknown[] => messages.map(({ id, body }) => sqsMessage(id, body, n));
        expect(await compare({ Records: on(1) }, { Records: on(deliveries).reverse() })).toEqual(SAME);
      }),
    );
  });

  it('are another event with one message more or less, and mean another with one changed', async () => {
    const [a, b, c] = [sqsMessage('a', '1'), sqsMessage('b', '2'), sqsMessage('c', '3')];
    expect(await compare(sqsEvent(a, b), sqsEvent(a, b, c))).toEqual({ name: false, fingerprint: false });
    expect((await described(sqsEvent(a, b))).name).toMatch(HASH);
    expect(await compare(sqsEvent(a, b), sqsEvent(a, sqsMessage('b', '4')))).toEqual(MEANS_ANOTHER);
    expect(await compare(sqsEvent(a), sqsEvent(sqsMessage('z', '1')))).toEqual(ANOTHER_OF_THAT_MEANING);
    const attributes = { messageAttributes: { kind: { dataType: 'String', stringValue: 'x' } } };
    expect(await compare(sqsEvent(a), sqsEvent(sqsMessage('a', '1', 1, attributes)))).toEqual(MEANS_ANOTHER);
  });

  it('have no name when one of them has no id', async () => {
    const event = sqsEvent(sqsMessage('a', '1'), sqsMessage('b', '2', 1, { messageId: undefined }));
    expect(await described(event)).toMatchObject({ kind: 'sqs', name: undefined });
  });
});

describe('notifications of a topic', () => {
  it('go by the message id', async () => {
    const event = await described(snsEvent());
    expect(event).toMatchObject({ kind: 'sns', name: 'f3c8d4c2-0c1e-5f0e-9f0a-85a8a0d1b7c1', onRedelivery: 'resume' });
    expect(event.pending(EXECUTION)).toEqual(EXECUTION);
  });

  it('stay the same over deliveries; each part of the sender counts', async () => {
    expect(await compare(snsEvent(), snsEvent({}, 2))).toEqual(SAME);
    for (const changes of [
      { Subject: 's' },
      { Message: 'm' },
      { MessageAttributes: { a: {} } },
      { TopicArn: 'arn:t' },
    ]) {
      expect(await compare(snsEvent(), snsEvent(changes))).toEqual(MEANS_ANOTHER);
    }
    expect(await compare(snsEvent(), snsEvent({ MessageId: 'm-2' }))).toEqual(ANOTHER_OF_THAT_MEANING);
  });
});

describe('events of a bus', () => {
  it('go by their id', async () => {
    const event = await described(eventBridgeEvent());
    expect(event).toMatchObject({
      kind: 'eventbridge',
      name: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      onRedelivery: 'resume',
    });
    expect(event.pending(EXECUTION)).toEqual(EXECUTION);
  });

  it('stay the same when they are delivered again or replayed; each part of the sender counts', async () => {
    expect(await compare(eventBridgeEvent(), eventBridgeEvent({ time: 'later', 'replay-name': 'r' }))).toEqual(SAME);
    for (const changes of [{ 'detail-type': 'x' }, { source: 'x' }, { detail: {} }, { resources: ['arn:r'] }]) {
      expect(await compare(eventBridgeEvent(), eventBridgeEvent(changes))).toEqual(MEANS_ANOTHER);
    }
    expect(await compare(eventBridgeEvent(), eventBridgeEvent({ id: 'other' }))).toEqual(ANOTHER_OF_THAT_MEANING);
  });

  it('need all that makes an event of a bus', async () => {
    for (const missing of ['id', 'detail-type', 'source', 'detail']) {
      expect((await described(eventBridgeEvent({ [missing]: undefined }))).kind).toBe('other');
    }
  });
});

describe.each([
  ['kinesis', kinesisRecord],
  ['dynamodb-stream', tableChange],
] as const)('a batch of %s', (kind, record) => {
  const batch = (...Records: object[]): object => ({ Records });

  it('goes by its stream and both ends, and a failed one is resumed', async () => {
    const event = await described(batch(record('1', '1'), record('2', '2')));
    expect(event).toMatchObject({ kind, onRedelivery: 'resume' });
    expect(event.name).toMatch(HASH);
    expect(event.pending(EXECUTION)).toEqual({ ...EXECUTION, batchItemFailures: [] });
  });

  it('stays the same over deliveries; its halves, data and order do not', async () => {
    const whole = batch(record('1', '1'), record('2', '2'), record('3', '3'));
    expect(await compare(whole, batch(record('1', '1', 2), record('2', '2', 2), record('3', '3', 2)))).toEqual(SAME);
    expect(await compare(whole, batch(record('1', '1'), record('2', '9'), record('3', '3')))).toEqual(MEANS_ANOTHER);
    for (const half of [
      [record('1', '1'), record('2', '2')],
      [record('2', '2'), record('3', '3')],
    ]) {
      expect(await compare(whole, batch(...half))).toEqual({ name: false, fingerprint: false });
    }
    const turned = batch(record('3', '3'), record('2', '2'), record('1', '1'));
    expect(await compare(whole, turned)).toEqual({ name: false, fingerprint: false });
  });

  it('is another on another stream, and nameless without its ids', async () => {
    const one = record('1', '1');
    const elsewhere = { ...one, eventSourceARN: 'arn:aws:other' };
    expect(await compare(batch(one), batch(elsewhere))).toEqual(ANOTHER_OF_THAT_MEANING);
    expect((await described(batch({ ...one, eventID: undefined }))).name).toBeUndefined();
  });
});

describe('notifications of a bucket', () => {
  it('go by object, version and sequencer', async () => {
    const event = await described(s3Event());
    expect(event).toMatchObject({ kind: 's3', onRedelivery: 'resume' });
    expect(event.name).toMatch(HASH);
    expect(event.pending(EXECUTION)).toEqual(EXECUTION);
    expect(await compare(s3Event(), s3Event({}, 2))).toEqual(SAME);
    expect(await compare(s3Event(), s3Event({ sequencer: '1' }))).toEqual(ANOTHER_OF_THAT_MEANING);
    for (const changes of [{ key: 'b.csv' }, { versionId: 'v2' }, { versionId: undefined }]) {
      expect(await compare(s3Event(), s3Event(changes))).toEqual({ name: false, fingerprint: false });
    }
    expect(await compare(s3Event(), s3Event({ eTag: 'e2' }))).toEqual(MEANS_ANOTHER);
  });

  it('have no name without a sequencer', async () => {
    expect((await described(s3Event({ sequencer: undefined }))).name).toBeUndefined();
  });
});

describe('everything else', () => {
  it.each<[string, unknown]>([
    ['a plain invoke', { id: 42 }],
    ['text', 'hello'],
    ['a number', 7],
    ['nothing', null],
    ['a list', [1]],
    ['no records', { Records: [] }],
    ['records of two sources', { Records: [{ eventSource: 'aws:sqs' }, { eventSource: 'aws:s3' }] }],
    ['a test notification', { Service: 'Amazon S3', Event: 's3:TestEvent' }],
  ])('is the whole event without a name: %s', async (_title, event) => {
    const it = await described(event);
    expect(it).toMatchObject({ kind: 'other', name: undefined, onRedelivery: 'resume', input: JSON.stringify(event) });
    expect(it.pending(EXECUTION)).toEqual(EXECUTION);
    expect(it.fingerprint).not.toBe((await described({ another: event })).fingerprint);
  });

  it('means the same in any order of members', async () => {
    expect(await compare({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual(SAME);
  });

  it('takes no event at all as null', async () => {
    expect(await described(undefined)).toMatchObject({ kind: 'other', input: 'null' });
  });
});
