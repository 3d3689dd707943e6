import { describe, expect, it } from '@jest/globals';
import { asksForAllAgain, reportedFailures } from './batch-item-failures.ts';

const answer = (...ids: unknown[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('reportedFailures', () => {
  it.each([[undefined], [null], ['text'], [7], [{}], [{ batchItemFailures: null }], [answer()]])(
    'has none in %j',
    (none) => {
      expect(reportedFailures(none)).toEqual([]);
    },
  );

  it('has the ids, and undefined where Lambda could make nothing of an entry', () => {
    expect(reportedFailures(answer('a', 'b'))).toEqual(['a', 'b']);
    const entries = [null, 'a', {}, { itemIdentifier: '' }, { itemIdentifier: 7 }];
    expect(reportedFailures({ batchItemFailures: entries })).toEqual(entries.map(() => undefined));
    expect(reportedFailures({ batchItemFailures: 'a' })).toEqual([undefined]);
  });
});

describe('asksForAllAgain', () => {
  const batch = (...Records: unknown[]): object => ({ Records });
  const message = (messageId: string): object => ({ eventSource: 'aws:sqs', messageId });
  const record = (sequenceNumber: string): object => ({ eventSource: 'aws:kinesis', kinesis: { sequenceNumber } });
  const change = (SequenceNumber: string): object => ({ eventSource: 'aws:dynamodb', dynamodb: { SequenceNumber } });

  it.each<[string, object, object, boolean]>([
    ['a message that failed', batch(message('a')), answer('a'), true],
    ['a message that did not', batch(message('a')), answer(), false],
    ['all messages', batch(message('a'), message('b')), answer('b', 'a'), true],
    ['some messages: the others are deleted', batch(message('a'), message('b')), answer('a'), false],
    ['a message that is not in the batch', batch(message('a'), message('b')), answer('c'), true],
    ['an entry without an id', batch(message('a'), message('b')), answer(''), true],
    ['the first record of a stream', batch(record('1'), record('2')), answer('1'), true],
    ['a later record: the batch begins there', batch(record('1'), record('2')), answer('2'), false],
    ['the first change of a table', batch(change('1'), change('2')), answer('2', '1'), true],
    ['a later change', batch(change('1'), change('2')), answer('2'), false],
  ])('%s', (_title, event, given, expected) => {
    expect(asksForAllAgain(event, given)).toBe(expected);
  });

  it('is false for events that nothing is reported to', () => {
    for (const event of [
      undefined,
      null,
      'text',
      {},
      { Records: 'a' },
      batch(),
      batch(null),
      batch({ eventSource: 'aws:s3' }),
    ]) {
      expect(asksForAllAgain(event, answer('a'))).toBe(false);
    }
  });
});
