import { Router } from '@aws-lambda-powertools/event-handler/http';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { expect } from '@jest/globals';
import { z } from 'zod';
import type { Bench } from '../support/bench.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import type { Row } from '../support/row.ts';

const stores = new WeakMap<Bench, MemoryPersistence>();
/** The table of a bench: it outlives the processes. */
function tableOf(bench: Bench): MemoryPersistence {
  const table = stores.get(bench) ?? new MemoryPersistence((write) => void bench.effects.push(write));
  stores.set(bench, table);
  return table;
}

const config = new IdempotencyConfig({});
const charge = async ({ id }: { id: number }): Promise<string> => `charged ${id}`;

const ONE_RUN = ['INPROGRESS', 'COMPLETED'];
const TWO_RUNS = { saw: ['ran', 'ran'], effects: ['INPROGRESS', 'refused', 'COMPLETED'] };
const REFUSED = {
  hooks: ['before', 'before onError'],
  saw: ['ran'],
  effects: ['INPROGRESS', 'refused', 'DELETED'],
  outcome: expect.stringMatching(/^IdempotencyAlreadyInProgressError: /),
};
const order = { id: 7 };

const ROUTED = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/orders/7',
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
  requestContext: {
    http: { method: 'POST', path: '/orders/7', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    stage: '$default',
    domainName: 'shop.example',
  },
};
const routed = (statusCode: number, body: object): object => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});
const ROUTED_500 = routed(500, {
  statusCode: 500,
  error: 'Internal Server Error',
  message: 'Internal Server Error',
});

export const powertoolsRows: Row[] = [
  {
    package: '@aws-lambda-powertools/parser',
    code: 'parser({ schema })',
    advice: 'as it is, with a schema that does the same each time',
    event: { id: '7' },
    use: (bench) => [bench.noted(parser({ schema: z.object({ id: z.string().transform(Number) }) }))],
    look: (event) => event,
    cells: {
      first: { hooks: ['before'], saw: [order], says: 'the handler gets the parsed event' },
      replay: { hooks: ['before', 'before'], saw: [order, order], says: 'on a fresh event' },
      suspension: { hooks: ['before', 'before'], saw: [order, order], says: 'on a fresh event' },
      failure: { hooks: ['before onError'], saw: [order], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before'], saw: [order, order], says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/idempotency',
    code: 'makeIdempotent(handler, { persistenceStore })',
    advice: '`idempotentExecution` of `@middy-durable/idempotency`, on the same table',
    event: order,
    wrap: (handler, bench) => makeIdempotent(handler, { persistenceStore: tableOf(bench), config }) as never,
    look: () => 'ran',
    cells: {
      first: { saw: ['ran'], effects: ONE_RUN, says: 'the record is completed with the result' },
      replay: { ...TWO_RUNS, says: 'a replay passes its own record' },
      suspension: { ...TWO_RUNS, says: 'the record stays in progress; the resumed execution passes it' },
      failure: { saw: ['ran'], effects: ['INPROGRESS', 'DELETED'], says: 'the record is deleted' },
      thaw: {
        saw: ['ran', 'ran'],
        effects: ['INPROGRESS', 'refused', 'COMPLETED'],
        late: ['COMPLETED'],
        says: '**what the abandoned handler returns late is written into the record**',
      },
    },
  },
  {
    package: '@aws-lambda-powertools/idempotency',
    code: "context.step('charge', () => idempotentCharge(order))",
    advice:
      'this, made with `makeIdempotent(charge, { persistenceStore, config })`; `config.registerLambdaContext(context)` before',
    event: order,
    outside: (_bench, context) => config.registerLambdaContext(context),
    inside: (bench) => makeIdempotent(charge, { persistenceStore: tableOf(bench), config })(order),
    cells: {
      first: { effects: ONE_RUN, says: 'the record is completed with the result' },
      replay: { effects: ONE_RUN, says: 'not called again: the step is recorded' },
      suspension: { effects: ONE_RUN, says: 'not called again: the step is recorded' },
      failure: { effects: ONE_RUN, says: 'the execution fails; the record stands' },
      thaw: { effects: ONE_RUN, says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/idempotency',
    code: 'makeHandlerIdempotent({ persistenceStore })',
    advice: 'not around what suspends: `idempotentExecution` of `@middy-durable/idempotency`, on the same table',
    event: order,
    use: (bench) => [bench.noted(makeHandlerIdempotent({ persistenceStore: tableOf(bench) }))],
    look: () => 'ran',
    cells: {
      first: {
        hooks: ['before after'],
        saw: ['ran'],
        effects: ONE_RUN,
        says: 'the record is completed with the result',
      },
      replay: { ...REFUSED, says: '**the execution fails: its own record refuses it**' },
      suspension: { ...REFUSED, says: '**the execution fails: its own record refuses it**' },
      failure: {
        hooks: ['before onError'],
        saw: ['ran'],
        effects: ['INPROGRESS', 'DELETED'],
        says: 'the record is deleted',
      },
      thaw: { ...REFUSED, says: 'nothing runs late; **the execution fails: its own record refuses it**' },
    },
  },
  {
    package: '@aws-lambda-powertools/event-handler',
    code: 'router.resolve(event, context)',
    advice: 'as it is; with an `errorHandler` for answers to errors. The route has the durable context in `context`',
    event: ROUTED,
    answer: routed(200, { id: '7', ok: true }),
    wrap: (handler) => {
      const router = new Router();
      router.post('/orders/:id', async ({ params, event, context }) => {
        await handler(event, context as never);
        return { id: params.id, ok: true };
      });
      return (event, context) => router.resolve(event, context as never);
    },
    look: (_event, { step }) => typeof step,
    cells: {
      first: { saw: ['function'], says: 'the answer of the route is the result' },
      replay: { saw: ['function', 'function'], says: 'the route runs again' },
      suspension: { saw: ['function', 'function'], says: 'in the middle of the route' },
      failure: {
        saw: ['function'],
        outcome: ROUTED_500,
        caller: ROUTED_500,
        says: '**the execution succeeds with the 500 of the router**',
      },
      thaw: { saw: ['function', 'function'], says: 'nothing runs late' },
    },
  },
];
