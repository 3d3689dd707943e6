import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import type { DurableContext } from '@middy-durable/core';
import type { Bench } from '../support/bench.ts';
import type { Row } from '../support/row.ts';

const record = (messageId: string): object => ({ messageId, body: messageId, eventSource: 'aws:sqs' });
const event = { Records: [record('a'), record('b')] };
const failing = (...ids: string[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

const charged = ({ effects }: Bench): unknown => effects.push('charged');
const BOTH = ['charged', 'charged'];

export const batchRows: Row[] = [
  {
    package: '@middy/sqs-partial-batch-failure',
    code: 'sqsPartialBatchFailure()',
    advice: 'as it is, with the handler returning `Promise.allSettled` of one child context per record',
    event,
    answer: [{ status: 'fulfilled' }, { status: 'rejected', reason: 'no stock' }],
    use: (bench) => [
      bench.noted(sqsPartialBatchFailure({ logger: (reason: unknown) => void bench.effects.push(String(reason)) })),
    ],
    cells: {
      first: {
        hooks: ['after'],
        effects: ['no stock'],
        outcome: failing('b'),
        says: 'rejected records are the item failures',
      },
      replay: { hooks: ['', 'after'], effects: ['no stock'], outcome: failing('b'), says: 'once, on the final answer' },
      suspension: {
        hooks: ['', 'after'],
        effects: ['no stock'],
        outcome: failing('b'),
        says: 'once, on the final answer',
      },
      failure: {
        hooks: ['onError'],
        effects: ['RangeError: no stock', 'RangeError: no stock'],
        caller: failing('a', 'b'),
        says: 'the execution fails with the error; the queue gets all records back',
      },
      thaw: { hooks: ['', 'after'], effects: ['no stock'], outcome: failing('b'), says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/batch',
    code: 'processPartialResponse(event, recordHandler, processor)',
    advice: 'with one child context per record: `context.runInChildContext(record.messageId, ...)`',
    event,
    answer: failing(),
    wrap: (handler, bench) => {
      const processor = new BatchProcessor(EventType.SQS);
      return (batch, context) =>
        processPartialResponse(
          batch,
          ({ messageId, ...rest }: { messageId: string }) =>
            context.runInChildContext(messageId, (child: DurableContext) =>
              messageId === 'a' ? handler(rest, child) : child.step('charge', async () => charged(bench)),
            ),
          processor,
        );
    },
    look: ({ body }) => body,
    inside: charged,
    cells: {
      first: { saw: ['a'], effects: BOTH, says: 'the item failures are the result' },
      replay: { saw: ['a', 'a'], effects: BOTH, says: 'records that are done are not run again' },
      suspension: {
        saw: ['a', 'a'],
        effects: BOTH,
        says: 'when no record can go on; records that are done are not run again',
      },
      failure: {
        saw: ['a'],
        effects: BOTH,
        outcome: failing('a'),
        caller: failing('a'),
        says: 'the record is an item failure, the execution succeeds with that',
      },
      thaw: { saw: ['a', 'a'], effects: BOTH, says: 'nothing runs late' },
    },
  },
];
