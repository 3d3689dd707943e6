import { describeTableTemplate } from '@middy-durable-examples/shared/test-support/table-template.ts';
import { httpRequest, ORDER } from './outside/client.ts';

const LARGE = { ...ORDER, amount: 250_000 };

describeTableTemplate(import.meta.dirname, {
  functionName: 'orders',
  plays: [
    { what: 'an order', event: httpRequest(ORDER, { key: 'key-7' }), answer: { statusCode: 201 } },
    { what: 'its retry', event: httpRequest(ORDER, { key: 'key-7' }), answer: { statusCode: 201 } },
    { what: 'a large order', event: httpRequest(LARGE, { key: 'key-8' }), answer: { statusCode: 202 } },
    {
      what: 'its retry, once it is approved',
      first: { script: ['approve.ts', 'key-8'], prints: 'grace approves key-8' },
      event: httpRequest(LARGE, { key: 'key-8' }),
      answer: { statusCode: 201 },
    },
    {
      what: 'another one, which is rejected',
      first: { script: ['look.ts', 'key-8'], prints: 'key-8 SUCCEEDED' },
      event: httpRequest(LARGE, { key: 'key-9' }),
      answer: { statusCode: 202 },
    },
    {
      what: 'the retry of that',
      first: { script: ['approve.ts', 'key-9', '--reject'], prints: 'grace rejects key-9' },
      event: httpRequest(LARGE, { key: 'key-9' }),
      answer: { statusCode: 403 },
    },
  ],
});
