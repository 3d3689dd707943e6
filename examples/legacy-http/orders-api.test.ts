import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OUTSIDE_VARIABLE } from '@middy-durable-examples/shared/outside/folder.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { OrdinaryFunction } from '@middy-durable-examples/shared/test-support/ordinary-function.ts';
import { switchedBackend } from '@middy-durable-examples/shared/test-support/switched-backend.ts';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { BACKENDS } from '../../test/support/backends.ts';
import { readInbox } from './outside/approvals.ts';
import { type HttpEvent, httpRequest, ORDER, type RequestChanges, restRequest } from './outside/client.ts';
import { planTroubles, readRequests, type Troubles } from './outside/services.ts';

// http-error-handler takes it when the handlers' modules load.
jest.spyOn(console, 'error').mockImplementation(() => {});
const backend = switchedBackend();
jest.unstable_mockModule('./backend.ts', () => ({ backend }));
const { handler: before } = await import('./before.ts');
const { handler: after } = await import('./after.ts');
const { handler: withApproval } = await import('./with-approval.ts');

const APIS = { 'a REST API': restRequest, 'an HTTP API': httpRequest };
const KEY = { key: 'key-7' };
/** More than a person need not look at. */
const LARGE = { ...ORDER, amount: 250_000 };

const beforeIt = (event: HttpEvent): Promise<unknown> => before(event as never, {} as never);
const statusOf = (answer: unknown): number => (answer as APIGatewayProxyResult).statusCode;
const bodyOf = (answer: unknown): Record<string, unknown> => JSON.parse((answer as APIGatewayProxyResult).body);
const requests = (): string[] => readRequests().map(({ call, outcome }) => `${call} ${outcome}`);
const count = (request: string): number => requests().filter((one) => one === request).length;

useFreshOutside();

describe.each(Object.entries(BACKENDS))('the order API on %s', (_, make) => {
  let served: OrdinaryFunction;
  beforeEach(async () => {
    served = await OrdinaryFunction.on(make, after, backend);
  });
  afterEach(() => served.close());

  describe.each(Object.entries(APIS))('behind %s', (_api, request) => {
    /** What a function answers, and what it asked the services for, in an outside world of its own. */
    async function outcome(world: string, troubles: Troubles, send: () => Promise<unknown>) {
      const usual = String(process.env[OUTSIDE_VARIABLE]);
      process.env[OUTSIDE_VARIABLE] = join(usual, world);
      planTroubles(troubles);
      try {
        return { answer: JSON.stringify(await send()), requests: requests() };
      } finally {
        process.env[OUTSIDE_VARIABLE] = usual;
      }
    }

    it.each<[string, number, RequestChanges, Troubles?]>([
      ['an order', 201, KEY],
      ['an order without a key', 201, {}],
      ['an order in base64', 201, { isBase64Encoded: true }],
      ['an order from another origin', 201, { headers: { Origin: 'https://elsewhere.example' } }],
      ['a preflight request', 204, { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'POST' } }],
      ['no JSON', 422, { body: '{"id":' }],
      ['JSON that would change prototypes', 422, { body: '{"__proto__":{"admin":true}}' }],
      ['another content type', 415, { headers: { 'Content-Type': 'text/plain' } }],
      ['an order without an article', 400, { ...KEY, body: JSON.stringify({ ...ORDER, article: '' }) }],
      ['an order of nothing', 400, { ...KEY, body: JSON.stringify({ ...ORDER, quantity: 0 }) }],
      ['null', 400, { body: 'null' }],
      ['an article that is sold out', 409, KEY, { reserve: ['refused'] }],
      ['a card that is declined', 402, KEY, { charge: ['refused'] }],
      ['a warehouse that is down', 503, KEY, { reserve: ['down'] }],
      ['a payment service that is down', 500, KEY, { charge: ['down'] }],
      ['a payment service that is busy', 429, KEY, { charge: ['busy'] }],
      ['a mail service that is down', 500, KEY, { mail: ['down'] }],
      ['a card that is declined and can not be released', 500, KEY, { charge: ['refused'], release: ['down'] }],
    ])('%s is answered byte for byte as before: %i', async (_what, status, changes, troubles = {}) => {
      const event = (): HttpEvent => request(ORDER, changes);
      const old = await outcome('before', troubles, () => beforeIt(event()));
      const now = await outcome('after', troubles, () => served.send(event()));
      expect(now).toEqual(old);
      expect(statusOf(JSON.parse(now.answer))).toBe(status);
    });
  });

  const order = (requestId: string, changes: RequestChanges = KEY, of = ORDER): Promise<unknown> =>
    served.send(restRequest(of, { requestId, ...changes }));

  it('gives the stored answer to a retry, and runs nothing', async () => {
    const first = await order('1');
    expect(await order('2')).toEqual(first);
    expect(requests()).toEqual(['reserve done', 'charge done', 'mail done']);
  });

  it('places each order without a key', async () => {
    await order('1', {});
    await order('2', {}, { ...ORDER, id: 'order-8' });
    expect(count('charge done')).toBe(2);
  });

  it('places one order when its requests come at once', async () => {
    const answers = await Promise.all(['1', '2', '3'].map((requestId) => order(requestId)));
    // Who comes while it is placed is told that it goes on.
    expect(answers.map(statusOf)).toContain(201);
    expect([201, 202]).toEqual(expect.arrayContaining(answers.map(statusOf)));
    expect(requests()).toEqual(['reserve done', 'charge done', 'mail done']);
    expect(statusOf(await order('4'))).toBe(201);
  });

  it('refuses another order under the same key', async () => {
    await order('1');
    await expect(order('2', KEY, { ...ORDER, id: 'order-8' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
    });
    expect(count('charge done')).toBe(1);
  });

  it.each<[string, Troubles, number, string[]]>([
    ['reserve', { reserve: ['down'] }, 503, ['reserve down', 'reserve done', 'charge done', 'mail done']],
    ['charge', { charge: ['down'] }, 500, ['reserve done', 'charge down', 'charge done', 'mail done']],
    [
      'charge, whose answer was lost',
      { charge: ['lost answer'] },
      500,
      ['reserve done', 'charge done', 'charge done before', 'mail done'],
    ],
    ['mail', { mail: ['down'] }, 500, ['reserve done', 'charge done', 'mail down', 'mail done']],
  ])('goes on where it failed when the client asks again: %s', async (_step, troubles, status, asked) => {
    planTroubles(troubles);
    expect(statusOf(await order('1'))).toBe(status);
    expect(statusOf(await order('2'))).toBe(201);
    expect(requests()).toEqual(asked);
    expect(await served.executions()).toEqual(['key-7 FAILED', 'key-7 SUCCEEDED']);
  });

  it('would charge twice as it was before', async () => {
    planTroubles({ mail: ['down'] });
    for (const requestId of ['1', '2']) await beforeIt(restRequest(ORDER, { requestId, ...KEY }));
    expect(count('charge done')).toBe(2);
  });

  it('keeps what the card and the warehouse said, whoever asks again', async () => {
    planTroubles({ charge: ['refused'] });
    const first = await order('1');
    expect(statusOf(first)).toBe(402);
    expect(await order('2')).toEqual(first);
    expect(requests()).toEqual(['reserve done', 'charge refused', 'release done']);
  });

  describe.each(['before', 'after'] as const)('when its process dies %s the record', (moment) => {
    it.each([
      ['reserve', 'reserve done before'],
      ['charge', 'charge done before'],
      // The mail service knows no keys: nobody can keep it from sending twice.
      ['mail', 'mail done'],
    ])('of %s, it goes on when the client asks again', async (step, again) => {
      served.dies(moment, step);
      await expect(order('1')).rejects.toThrow('the process died');
      // As long as that process could be alive.
      expect(statusOf(await order('2'))).toBe(202);
      served.endLeases();
      expect(statusOf(await order('3'))).toBe(201);
      const once = ['reserve done', 'charge done', 'mail done'];
      const at = once.findIndex((one) => one.startsWith(step)) + 1;
      expect(requests()).toEqual(moment === 'before' ? once.toSpliced(at, 0, again) : once);
    });

    it.each(['reserve', 'charge', 'mail'])('of %s, the loop goes on, and a retry gets the answer', async (step) => {
      served.dies(moment, step);
      await expect(order('1')).rejects.toThrow('the process died');
      served.endLeases();
      await served.settle();
      const asked = requests();
      expect(await served.executions()).toEqual(['key-7 SUCCEEDED']);
      expect(await order('2')).toMatchObject({
        statusCode: 201,
        headers: { Location: '/orders/order-7', 'Access-Control-Allow-Origin': 'https://shop.example' },
      });
      expect(requests()).toEqual(asked);
      expect(count('charge done')).toBe(1);
    });

    it('of the release of a declined order, nothing is charged, and the answer is the same', async () => {
      planTroubles({ charge: ['refused'] });
      served.dies(moment, 'release');
      await expect(order('1')).rejects.toThrow('the process died');
      served.endLeases();
      expect(statusOf(await order('2'))).toBe(402);
      expect(requests()).toEqual([
        'reserve done',
        'charge refused',
        'release done',
        ...(moment === 'before' ? ['release done before'] : []),
      ]);
    });
  });

  it('stores no credentials', async () => {
    const secrets = { Authorization: 'Bearer secret', cookie: 'session=secret', 'X-Api-Key': 'secret' };
    const identity = { identity: { apiKey: 'secret', apiKeyId: 'key-id', sourceIp: '192.0.2.1' } };
    const v1 = { ...restRequest(ORDER, { headers: secrets }), requestContext: identity };
    const v2 = { ...httpRequest(ORDER, { headers: secrets }), cookies: ['session=secret'] };
    for (const event of [v1, v2]) {
      expect(statusOf(await served.send(event))).toBe(201);
      const [{ ExecutionStartedDetails } = {}] = await served.history();
      const input = String(ExecutionStartedDetails?.Input?.Payload);
      expect(input).toContain('192.0.2.1');
      expect(input).not.toContain('secret');
    }
  });
});

describe.each(Object.entries(BACKENDS))('the order API with an approval, on %s', (_, make) => {
  let served: OrdinaryFunction;
  beforeEach(async () => {
    served = await OrdinaryFunction.on(make, withApproval, backend);
  });
  afterEach(() => served.close());
  const order = (of = LARGE): Promise<unknown> => served.send(restRequest(of, KEY));
  const decide = (approved: boolean): Promise<void> =>
    served.backend.callbacks.succeed(String(readInbox()[0]?.callbackId), JSON.stringify({ approved, by: 'grace' }));

  it('answers at once what needs none', async () => {
    expect(statusOf(await order(ORDER))).toBe(201);
    expect(readInbox()).toEqual([]);
  });

  it('accepts, waits, and goes on without the client, who gets the answer later', async () => {
    const accepted = await order();
    expect(accepted).toMatchObject({
      statusCode: 202,
      headers: { 'Access-Control-Allow-Origin': 'https://shop.example' },
    });
    expect(bodyOf(accepted)).toMatchObject({ executionName: 'key-7', status: 'RUNNING' });
    await served.settle();
    expect(await order()).toEqual(accepted);
    expect([readInbox().length, requests()]).toEqual([1, []]);

    await decide(true);
    await served.settle();
    expect(requests()).toEqual(['reserve done', 'charge done', 'mail done']);
    expect(statusOf(await order())).toBe(201);
    expect(requests()).toHaveLength(3);
  });

  it('goes on in the request of a client who asks before the loop looks', async () => {
    await order();
    await decide(true);
    expect(statusOf(await order())).toBe(201);
    expect(requests()).toEqual(['reserve done', 'charge done', 'mail done']);
  });

  it('answers a rejected order, whoever asks again, and places nothing', async () => {
    await order();
    await decide(false);
    await served.settle();
    expect(await order()).toMatchObject({ statusCode: 403, body: 'The order was rejected by grace.' });
    expect(requests()).toEqual([]);
  });

  it('charges once when the process dies after the approval', async () => {
    await order();
    await decide(true);
    served.dies('before', 'charge');
    await expect(order()).rejects.toThrow('the process died');
    served.endLeases();
    await served.settle();
    expect(statusOf(await order())).toBe(201);
    expect([count('charge done'), readInbox().length]).toEqual([1, 1]);
  });
});
