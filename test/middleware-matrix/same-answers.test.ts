import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import doNotWaitForEmptyEventLoop from '@middy/do-not-wait-for-empty-event-loop';
import errorLogger from '@middy/error-logger';
import httpCors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpEventNormalizer from '@middy/http-event-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpResponseSerializer from '@middy/http-response-serializer';
import httpSecurityHeaders from '@middy/http-security-headers';
import inputOutputLogger from '@middy/input-output-logger';
import validator from '@middy/validator';
import warmup from '@middy/warmup';
import { durableStep } from '@middy-durable/core';
import { BACKENDS } from '../support/backends.ts';
import { FORMS, type LambdaHandler } from './support/forms.ts';
import type { Handler, Middleware } from './support/row.ts';

interface Order {
  body: { id: number };
}

class AlreadyCharged extends Error {
  override readonly name = 'AlreadyCharged';
  readonly statusCode = 409;
}

/** A function of the existing handler: a plain call before, a step after. */
const charge = durableStep(
  async (id: number) => {
    if (id === 409 || id === 410) throw new AlreadyCharged('already charged');
    return { charged: id, at: 'checkout' };
  },
  { name: 'charge', retryStrategy: () => ({ shouldRetry: false }) },
);

const handler: Handler = async ({ body: { id } }: Order) => {
  if (id === 418) throw Object.assign(new Error('{"teapot":true}'), { statusCode: 418, headers: { 'X-Tea': '1' } });
  if (id === 500) throw new RangeError('no stock');
  const body = await charge(id).catch((error: Error) => {
    throw id === 410 ? error : Object.assign(new Error(error.message), { statusCode: 409 });
  });
  return { statusCode: 201, body };
};

/** The stack of an HTTP function. @param lines what its loggers print */
function stack(lines: string[], errors = true): Middleware[] {
  const log = (what: unknown): void => void lines.push(what instanceof Error ? String(what) : JSON.stringify(what));
  return [
    doNotWaitForEmptyEventLoop(),
    warmup(),
    ...(errors ? [httpErrorHandler({ logger: log })] : []),
    errorLogger({ logger: ({ error }) => log(error) }),
    inputOutputLogger({ logger: log }),
    httpCors({ origins: ['https://shop.example'], credentials: true, disableBeforePreflightResponse: false }),
    httpSecurityHeaders(),
    httpEventNormalizer(),
    httpJsonBodyParser(),
    httpResponseSerializer({
      serializers: [{ regex: /^application\/json$/, serializer: ({ body }) => JSON.stringify(body) }],
      defaultContentType: 'application/json',
    }),
    validator({ eventSchema: ((event: Order) => typeof event.body.id === 'number') as never }),
  ];
}

const httpEvent = (body: string, changes: object = {}): object => ({
  version: '2.0',
  rawPath: '/orders',
  headers: { 'content-type': 'application/json', origin: 'https://shop.example' },
  requestContext: { http: { method: 'POST', path: '/orders' }, stage: '$default' },
  body,
  isBase64Encoded: false,
  ...changes,
});

const CASES: Record<string, [event: object, status: number | undefined]> = {
  'a success': [httpEvent('{"id":7}'), 201],
  'a body in base64': [httpEvent(btoa('{"id":7}'), { isBase64Encoded: true }), 201],
  'a validation error': [httpEvent('{"id":"7"}'), 400],
  'a malformed body': [httpEvent('{"id":'), 422],
  'another content type': [httpEvent('id=7', { headers: { 'content-type': 'text/plain' } }), 415],
  'a thrown HTTP error': [httpEvent('{"id":418}'), 418],
  'an error of the function that becomes a step, made an HTTP error by the handler': [httpEvent('{"id":409}'), 409],
  'an unexpected error': [httpEvent('{"id":500}'), 500],
  'a preflight': [
    httpEvent('', { requestContext: { http: { method: 'OPTIONS', path: '/orders' }, stage: '$default' } }),
    204,
  ],
  'a warm-up ping': [{ source: 'serverless-plugin-warmup' }, undefined],
};

interface Answered {
  /** JSON text of the answer, or the error that Lambda reports. */
  text: string;
  lines: string[];
  waitsForEmptyEventLoop: boolean;
}

async function call(lambdaHandler: LambdaHandler, lines: string[], event: object): Promise<Answered> {
  const context = {
    functionName: 'orders',
    awsRequestId: 'request-1',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => 900_000,
  };
  const text = await lambdaHandler(structuredClone(event), context).then(JSON.stringify, errorText);
  return { text, lines, waitsForEmptyEventLoop: context.callbackWaitsForEmptyEventLoop };
}

/** As Lambda reports it: type and message. */
const errorText = (error: Error): string => `${error.name}: ${error.message}`;

function plain(event: object, errors?: boolean): Promise<Answered> {
  const lines: string[] = [];
  return call(middy(handler as never).use(stack(lines, errors) as never) as never, lines, event);
}

describe.each(Object.entries(BACKENDS))('an existing handler that never suspends, with %s', (_backend, open) => {
  describe.each(Object.entries(FORMS))('in %s', (_form, form) => {
    async function durable(event: object, errors?: boolean): Promise<Answered & { operations: number }> {
      const { backend, close } = await open();
      try {
        const lines: string[] = [];
        const answered = await call(form(handler, stack(lines, errors), { backend }), lines, event);
        const [execution] = (await backend.executions.list()).DurableExecutions;
        const { Events } = await backend.executions.history(execution?.DurableExecutionArn ?? '');
        return { ...answered, operations: Events.filter(({ EventType }) => EventType === 'StepStarted').length };
      } finally {
        await close();
      }
    }

    it.each(Object.entries(CASES))('gives the same bytes as before: %s', async (_name, [event, status]) => {
      const expected = await plain(event);
      const { operations, ...answered } = await durable(event);
      expect(answered).toEqual(expected);
      expect(JSON.parse(expected.text).statusCode).toBe(status);
      expect(operations).toBe([201, 409].includes(status ?? 0) ? 1 : 0);
    });

    it.each(['a thrown HTTP error', 'an unexpected error'])(
      'rejects with the same error where no middleware answers: %s',
      async (name) => {
        const [event] = CASES[name] as [object, number];
        const expected = await plain(event, false);
        const { operations: _operations, ...answered } = await durable(event, false);
        expect(answered).toEqual(expected);
        expect(expected.text).toMatch(/Error: /);
      },
    );

    it('has another error only where one leaves a step: a StepError, which is answered as what was thrown', async () => {
      const event = httpEvent('{"id":410}');
      const [expected, answered] = [await plain(event), await durable(event)];
      expect(JSON.parse(expected.text)).toMatchObject({ statusCode: 409, body: 'already charged' });
      expect(answered.text).toBe(expected.text);
      expect(expected.lines.slice(1)).toEqual(Array(2).fill('AlreadyCharged: already charged'));
      expect(answered.lines.slice(1)).toEqual(Array(2).fill('StepError: already charged'));
    });
  });
});
