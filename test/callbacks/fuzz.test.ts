import { createHmac } from 'node:crypto';
import { expect, it, jest } from '@jest/globals';
import { callbackClient, signedCallbackLinks, UnknownCallbackError } from '@middy-durable/callbacks';
import { encodeCallbackId, parseExecutionArn } from '@middy-durable/protocol';
import fc from 'fast-check';
import { approvalIn } from './support/approval.ts';
import { ENTRANCES, type Sent } from './support/entrances.ts';
import { inEveryPlace } from './support/places.ts';

jest.setTimeout(120_000);

const SEED = 20_261_121;
const RUNS = 10_000;
const WEBHOOK = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

inEveryPlace((open) => {
  it(`none of ${RUNS.toLocaleString('en')} requests without a valid token completes a callback`, async () => {
    jest.spyOn(console, 'error').mockImplementation(() => {});
    const place = await open();
    const now = Math.floor(place.time.now() / 1000);
    const { endpoint, mint, callbackId, arn, browser, result } = await approvalIn(
      place,
      {
        webhooks: { secrets: [WEBHOOK], target: (message) => (message as { target?: never }).target },
        completion: (answer) => ({ result: answer }),
      },
      { days: 30 },
    );
    const good = await mint();
    const [expired, forOther] = [
      await mint({ expiresIn: { seconds: 1 } }),
      await mint({ callbackId: await otherId() }),
    ];
    const stranger = signedCallbackLinks({
      secrets: [{ id: 'one', secret: 'nobody would ever guess this secret!' }],
      url: 'https://evil.example',
      now: () => place.time.now(),
    });
    const forged = await stranger.mint({
      callbackId,
      durableExecutionArn: arn,
      operation: 'approval',
      actions: ['approve'],
      expiresIn: { days: 30 },
    });
    await place.pass(1000);
    async function otherId(): Promise<string> {
      const { id: runId } = parseExecutionArn(arn);
      return encodeCallbackId({ runId, operationId: 'other' }, 'guess');
    }

    const tokens = [good.token, expired.token, forOther.token, forged.token];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~%+/ \u0000é🎉';
    const character = fc.constantFrom(...alphabet);
    /** Every way to spoil a token: the ones that are bad as they are, pieces, changes, mixtures, noise. */
    const bad = fc
      .oneof(
        fc.constantFrom(
          expired.token,
          forOther.token,
          forged.token,
          callbackId,
          arn,
          good.id,
          '',
          '..',
          '1..',
          '1.one.',
        ),
        fc.tuple(fc.constantFrom(...tokens), fc.nat(), character).map(([token, at, one]) => {
          const place = at % token.length;
          return token.slice(0, place) + one + token.slice(place + 1);
        }),
        fc.tuple(fc.constantFrom(...tokens), fc.nat()).map(([token, at]) => token.slice(0, at % token.length)),
        fc.tuple(fc.constantFrom(...tokens), fc.nat()).map(([token, at]) => token.slice(at % token.length)),
        fc.tuple(fc.constantFrom(...tokens), fc.nat(), character).map(([token, at, one]) => {
          const place = at % (token.length + 1);
          return token.slice(0, place) + one + token.slice(place);
        }),
        fc
          .tuple(fc.constantFrom(...tokens), fc.constantFrom(...tokens), fc.nat())
          .map(([one, other, at]) => one.slice(0, at % one.length) + other.slice(at % one.length)),
        fc.tuple(fc.constantFrom(...tokens), fc.nat(), fc.nat({ max: 255 })).map(([token, at, flip]) => {
          const [version, key, body = ''] = token.split('.');
          const bytes = Buffer.from(body, 'base64url');
          const index = at % bytes.length;
          bytes[index] = (bytes[index] as number) ^ flip;
          return `${version}.${key}.${bytes.toString('base64url')}`;
        }),
        fc.uint8Array({ maxLength: 600 }).map((bytes) => `1.one.${Buffer.from(bytes).toString('base64url')}`),
        fc.constantFrom(...tokens).map((token) => token.toUpperCase()),
        fc.constantFrom(...tokens).map((token) => encodeURIComponent(encodeURIComponent(`${token} `))),
        fc
          .tuple(fc.constantFrom(...tokens), fc.integer({ min: 2, max: 40 }))
          .map(([token, times]) => token.repeat(times)),
        fc.integer({ min: 6_000, max: 40_000 }).map((length) => `1.one.${'A'.repeat(length)}`),
        fc.string({ unit: 'binary', maxLength: 200 }),
      )
      .filter((token) => token !== good.token);
    const action = fc.oneof(fc.constantFrom('approve', 'reject', 'pay', '', '__proto__', 'toString'), fc.string());
    /** The good token, with what makes the request none that it allows. */
    const goodButWrong = fc.constantFrom<Sent>(
      { query: { token: good.token } },
      { query: { token: good.token, action: 'approve' } },
      { method: 'HEAD', query: { token: good.token, action: 'approve' } },
      { method: 'PUT', query: { token: good.token, action: 'approve' } },
      { method: 'OPTIONS', query: { token: good.token, action: 'approve' } },
      { method: 'POST', query: { token: good.token, action: 'pay' } },
      { method: 'POST', query: { token: good.token } },
      { method: 'POST', query: { token: good.token, action: 'APPROVE' } },
      { method: 'POST', query: { token: good.token, action: 'approve ' } },
    );
    const headers = fc.oneof(
      fc.constant({}),
      fc
        .constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'application/json;x', '')
        .map((type) => ({ 'content-type': type })),
    );
    const withBadToken = fc
      .record({
        method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT'),
        token: bad,
        action,
        where: fc.constantFrom('query', 'form', 'json', 'both', 'noise', 'webhook', 'signed webhook'),
        headers,
        payload: fc.jsonValue({ maxDepth: 2 }),
        noise: fc.string({ unit: 'binary', maxLength: 100 }),
        base64: fc.boolean(),
      })
      .map(({ method, token, action: chosen, where, headers: some, payload, noise, base64 }): Sent => {
        const form = { 'content-type': 'application/x-www-form-urlencoded' };
        const json = { 'content-type': 'application/json' };
        const target = { token, action: chosen, payload };
        switch (where) {
          case 'query':
            return { method, query: { token, action: chosen }, headers: some, base64 };
          case 'form':
            return { method, headers: form, body: new URLSearchParams({ token, action: chosen }).toString(), base64 };
          case 'json':
            return { method, headers: json, body: JSON.stringify(target), base64 };
          case 'both':
            // A good token in the query, and a bad one in the body, which counts.
            return { method, query: { token: good.token }, headers: json, body: JSON.stringify(target), base64 };
          case 'noise':
            return { method, query: { token }, headers: { ...json, ...some }, body: noise, base64 };
          case 'webhook':
            return {
              method,
              headers: {
                ...json,
                'webhook-id': 'm',
                'webhook-timestamp': String(now),
                'webhook-signature': `v1,${noise}`,
              },
              body: JSON.stringify({ target: { callbackId, completion: { result: 1 } } }),
            };
          default: {
            // Signed by the provider, for a token that is none.
            const body = JSON.stringify({ target });
            const signature = createHmac('sha256', Buffer.alloc(32, 3)).update(`m.${now}.${body}`).digest('base64');
            return {
              method: 'POST',
              headers: {
                ...json,
                'webhook-id': 'm',
                'webhook-timestamp': String(now),
                'webhook-signature': `v1,${signature}`,
              },
              body,
            };
          }
        }
      });
    const entrance = fc.constantFrom(...Object.values(ENTRANCES));

    const { callbacks } = place.backend;
    const completions: unknown[] = [];
    const noted =
      <Args extends unknown[]>(send: (...args: Args) => Promise<void>) =>
      (...args: Args): Promise<void> => {
        // Only a good token of another callback may get this far.
        completions.push(args[0]);
        return send(...args);
      };
    const { succeed, fail, heartbeat } = callbacks;
    jest.spyOn(callbacks, 'succeed').mockImplementation(noted(succeed.bind(callbacks)));
    jest.spyOn(callbacks, 'fail').mockImplementation(noted(fail.bind(callbacks)));
    jest.spyOn(callbacks, 'heartbeat').mockImplementation(noted(heartbeat.bind(callbacks)));
    const before = await place.history(arn);
    const other = await otherId();
    let requests = 0;
    await fc.assert(
      fc.asyncProperty(
        entrance,
        fc.oneof({ weight: 9, arbitrary: withBadToken }, goodButWrong),
        async (eventOf, sent) => {
          requests += 1;
          const { statusCode, body } = await endpoint(eventOf(sent));
          expect([200, 400, 401, 404, 405, 413, 415]).toContain(statusCode);
          expect(body).not.toContain('recorded');
          expect(body).not.toContain(callbackId);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
    expect(requests).toBe(RUNS);
    expect(completions.filter((id) => id !== other)).toEqual([]);
    // Some did get through to the last door.
    expect(completions.length).toBeGreaterThan(10);
    await place.settle();
    expect((await place.look(arn)).Status).toBe('RUNNING');
    expect(await place.history(arn)).toEqual(before);
    jest.restoreAllMocks();

    // And all the while the good one was as good as ever.
    expect((await browser.submit({ token: good.token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('no id but the callback’s own completes it, nor keeps it alive', async () => {
    const place = await open();
    const { callbackId, arn, browser, mint, result } = await approvalIn(place);
    const parts = JSON.parse(Buffer.from(callbackId, 'base64').toString()) as string[];
    const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
    const bytes = Buffer.from(callbackId, 'base64');
    const ids = fc
      .oneof(
        fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
          const copy = Buffer.from(bytes);
          copy[at] = (copy[at] as number) ^ flip;
          return copy.toString('base64');
        }),
        fc.nat({ max: callbackId.length - 1 }).map((at) => callbackId.slice(0, at)),
        fc.nat({ max: callbackId.length - 1 }).map((at) => callbackId.slice(at)),
        fc
          .tuple(fc.nat({ max: parts.length - 1 }), fc.jsonValue({ maxDepth: 1 }))
          .map(([at, value]) => encoded(parts.with(at, value as string))),
        fc.constantFrom(
          encoded(parts.slice(0, -1)),
          encoded([...parts, '']),
          encoded({ ...parts }),
          `${callbackId}A`,
          callbackId.toLowerCase(),
        ),
        fc.uuid().map((guess) => encoded([...parts.slice(0, -1), guess])),
        fc.base64String({ maxLength: 1100 }),
        fc.string({ unit: 'binary', maxLength: 60 }),
      )
      .filter((id) => id !== callbackId);
    const sender = callbackClient(place.client);
    const before = await place.history(arn);
    await fc.assert(
      fc.asyncProperty(ids, fc.constantFrom('sendSuccess', 'sendFailure', 'sendHeartbeat'), async (id, call) => {
        await expect(sender[call](id, 'x')).rejects.toThrow(UnknownCallbackError);
      }),
      { numRuns: 1_000, seed: SEED },
    );
    await place.settle();
    expect(await place.history(arn)).toEqual(before);
    expect((await browser.submit({ token: (await mint()).token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });
});
