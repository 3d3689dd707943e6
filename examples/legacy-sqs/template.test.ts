import { describeTableTemplate } from '@middy-durable-examples/shared/test-support/table-template.ts';
import { batchOf } from './outside/queue.ts';

const MESSAGE = { id: 'message-1', body: '{"id":"order-1","address":"London"}' };
const POISON = { id: 'message-2', body: 'no order at all' };

describeTableTemplate(import.meta.dirname, {
  functionName: 'shipping',
  plays: [
    { what: 'a message', event: batchOf([MESSAGE]), answer: { batchItemFailures: [] } },
    {
      what: 'a batch with one that can not be read',
      first: { script: ['look.ts', 'message-1'], prints: 'message-1 SUCCEEDED' },
      event: batchOf([MESSAGE, POISON], 2),
      answer: { batchItemFailures: [{ itemIdentifier: 'message-2' }] },
    },
  ],
});
