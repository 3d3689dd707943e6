import { Router } from '@aws-lambda-powertools/event-handler/http';
import { describe, expect, it } from '@jest/globals';
import validator from '@middy/validator';
import type { DurableContext } from '@middy-durable/core';
import { onlyFirst } from '@middy-durable/core/middleware';
import { DurableRun } from '../support/durable-run.ts';
import { FORMS } from './support/forms.ts';
import type { Handler, Middleware } from './support/row.ts';

const HOUR = { hours: 1 };

describe.each(Object.entries(FORMS))('what the table advises, in %s', (_form, form) => {
  const runOf = (handler: Handler, middlewares: Middleware[], event: object): DurableRun =>
    DurableRun.of((durableExecutionClient) => form(handler, middlewares, { durableExecutionClient }), {
      input: JSON.stringify(event),
    });

  it.each([
    ['in each invocation ends what is under way', (middleware: Middleware) => middleware, 'FAILED'],
    ['onlyFirst leaves what is under way alone', onlyFirst as (middleware: Middleware) => Middleware, 'SUCCEEDED'],
  ])('a schema that is made stricter, checked %s', async (_what, used, status) => {
    let required = ['id'];
    const eventSchema = (event: object): boolean => required.every((name) => name in event);
    const run = runOf(
      async (_event, context) => context.wait(HOUR),
      [used(validator({ eventSchema: eventSchema as never }))],
      { id: 7 },
    );
    expect((await run.invoke()).output.Status).toBe('PENDING');
    required = ['id', 'currency'];
    expect(await run.finish()).toMatchObject({
      Status: status,
      ...(status === 'FAILED' && { Error: { ErrorMessage: 'Event object failed validation' } }),
    });
  });

  it("an errorHandler of the router's decides the answer to an error", async () => {
    const router = new Router();
    router.errorHandler(RangeError, async ({ message }) => ({ statusCode: 409, error: 'Conflict', message }));
    router.post('/orders', async ({ context }) => {
      await (context as unknown as DurableContext).wait(HOUR);
      throw new RangeError('no stock');
    });
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: '/orders',
      rawQueryString: '',
      headers: {},
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', path: '/orders' }, stage: '$default', domainName: 'shop.example' },
    };
    const run = runOf((received, context) => router.resolve(received, context as never), [neutral], event);
    expect(await run.result()).toMatchObject({ statusCode: 409, body: expect.stringContaining('no stock') });
  });
});

/** Middy refuses an empty list. */
const neutral: Middleware = { before: async () => {} };
