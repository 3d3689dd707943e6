import { expect } from '@jest/globals';
import httpCors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpEventNormalizer from '@middy/http-event-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpResponseSerializer from '@middy/http-response-serializer';
import httpSecurityHeaders from '@middy/http-security-headers';
import httpUrlencodeBodyParser from '@middy/http-urlencode-body-parser';
import type { Bench } from '../support/bench.ts';
import type { Row, Situation } from '../support/row.ts';

/** Cells of a middleware that reads and changes the event, and does nothing else. */
function onTheEvent(seen: unknown): Row['cells'] {
  const [once, twice] = [
    { hooks: ['before'], saw: [seen] },
    { hooks: ['before', 'before'], saw: [seen, seen] },
  ];
  return {
    first: { ...once, says: 'the handler gets the changed event' },
    replay: { ...twice, says: 'on a fresh event' },
    suspension: { ...twice, says: 'on a fresh event' },
    failure: { ...once, says: 'the execution fails with the error' },
    thaw: { ...twice, says: 'nothing runs late' },
  };
}

const SHOP = { 'Access-Control-Allow-Origin': 'https://shop.example' };
const ANSWER = { statusCode: 200, body: 'ok' };

/** Cells of a middleware that changes the answer, and does nothing else. */
function onTheAnswer(outcome: unknown, before = ''): Row['cells'] {
  const last = `${before} after`.trim();
  const later = { hooks: [before, last], outcome };
  return {
    first: { hooks: [last], outcome, says: 'on the answer of the handler' },
    replay: { ...later, says: 'once, on the final answer' },
    suspension: { ...later, says: 'once, on the final answer' },
    failure: { hooks: [`${before} onError`.trim()], says: 'the execution fails with the error' },
    thaw: { ...later, says: 'nothing runs late' },
  };
}

/** Cells of http-error-handler, which has something to do in `failure` only. */
function onErrors(says: string, failure: Omit<Row['cells'][Situation], 'says'>): Row['cells'] {
  const nothing = { says: 'does not run' };
  return {
    first: nothing,
    replay: nothing,
    suspension: nothing,
    failure: { hooks: ['onError'], ...failure, says },
    thaw: { says: 'nothing runs late' },
  };
}

const stockError = (): Error => Object.assign(new Error('no stock'), { statusCode: 422 });
const answer422 = { statusCode: 422, headers: { 'Content-Type': 'text/plain' }, body: 'no stock' };
const errorHandler = (bench: Bench) =>
  bench.noted(httpErrorHandler({ logger: (error: unknown) => void bench.effects.push(String(error)) }));

export const httpRows: Row[] = [
  {
    package: '@middy/http-json-body-parser',
    code: 'httpJsonBodyParser()',
    advice: 'as it is',
    event: { headers: { 'content-type': 'application/json' }, body: '{"id":7}' },
    use: (bench) => [bench.noted(httpJsonBodyParser())],
    look: ({ body }) => body,
    cells: onTheEvent({ id: 7 }),
  },
  {
    package: '@middy/http-urlencode-body-parser',
    code: 'httpUrlencodeBodyParser()',
    advice: 'as it is',
    event: { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'id=7' },
    use: (bench) => [bench.noted(httpUrlencodeBodyParser())],
    look: ({ body }) => ({ ...body }),
    cells: onTheEvent({ id: '7' }),
  },
  {
    package: '@middy/http-event-normalizer',
    code: 'httpEventNormalizer()',
    advice: 'as it is',
    event: { version: '2.0', requestContext: { http: { method: 'POST' } } },
    use: (bench) => [bench.noted(httpEventNormalizer())],
    look: ({ pathParameters, queryStringParameters }) => ({ pathParameters, queryStringParameters }),
    cells: onTheEvent({ pathParameters: {}, queryStringParameters: {} }),
  },
  {
    package: '@middy/http-error-handler',
    code: 'httpErrorHandler()',
    advice: 'as it is',
    error: stockError,
    use: (bench) => [errorHandler(bench)],
    cells: onErrors('the execution fails with the error; the caller of an ordinary event gets the 422', {
      effects: ['Error: no stock'],
      outcome: 'Error: no stock',
      caller: answer422,
    }),
  },
  {
    package: '@middy/http-error-handler',
    code: 'httpErrorHandler()',
    advice: 'as it is; an error without `statusCode`',
    use: (bench) => [errorHandler(bench)],
    cells: onErrors(
      'the execution fails with the error that the handler threw; the caller of an ordinary event gets the 500',
      {
        effects: ['RangeError: no stock'],
        caller: { statusCode: 500, headers: {} },
      },
    ),
  },
  {
    package: '@middy/http-error-handler',
    code: 'httpErrorHandler()',
    advice: "with `recoveredErrors: 'succeed'`, if the answer is to be the result",
    error: stockError,
    config: { recoveredErrors: 'succeed' },
    use: (bench) => [errorHandler(bench)],
    cells: onErrors('the execution succeeds with the 422', {
      effects: ['Error: no stock'],
      outcome: answer422,
      caller: answer422,
    }),
  },
  {
    package: '@middy/http-cors',
    code: "httpCors({ origin: 'https://shop.example' })",
    advice: 'as it is',
    answer: ANSWER,
    use: (bench) => [bench.noted(httpCors({ origin: 'https://shop.example' }))],
    cells: onTheAnswer({ ...ANSWER, headers: SHOP }, 'before'),
  },
  {
    package: '@middy/http-security-headers',
    code: 'httpSecurityHeaders()',
    advice: 'as it is',
    answer: ANSWER,
    use: (bench) => [bench.noted(httpSecurityHeaders())],
    cells: onTheAnswer({ ...ANSWER, headers: expect.objectContaining({ 'X-Frame-Options': 'DENY' }) }),
  },
  {
    package: '@middy/http-response-serializer',
    code: 'httpResponseSerializer({ serializers })',
    advice: 'as it is',
    answer: { statusCode: 200, body: { id: 7 } },
    use: (bench) => [
      bench.noted(
        httpResponseSerializer({
          serializers: [{ regex: /^application\/json$/, serializer: ({ body }) => JSON.stringify(body) }],
          defaultContentType: 'application/json',
        }),
      ),
    ],
    cells: onTheAnswer({ statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{"id":7}' }),
  },
];
