import { afterEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import inputOutputLogger from '@middy/input-output-logger';
import {
  type CallbackEndpointOptions,
  callbackClient,
  callbackEndpoint,
  html,
  type PayloadSchema,
  signedCallbackLinks,
} from '@middy-durable/callbacks';
import { z } from 'zod';
import { approvalIn, SECRETS } from './support/approval.ts';
import { client, ENTRANCES, headerOf, SOURCE_IP } from './support/entrances.ts';
import { PLACES, type Place } from './support/places.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const place of opened.splice(0)) await place.close();
});

async function approval(options?: Partial<CallbackEndpointOptions>) {
  const place = (await PLACES.memory?.()) as Place & { close(): Promise<void> };
  opened.push(place);
  return { place, ...(await approvalIn(place, options)) };
}

describe.each(Object.keys(ENTRANCES))('behind %s', (entrance) => {
  it('a page is shown, and its form completes the callback', async () => {
    const { endpoint, mint, result } = await approval();
    const at = client(endpoint, entrance);
    const { token } = await mint({ audience: 'ann' });
    const page = await at.get({ token }, { Accept: 'text/html' });
    expect(page).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(headerOf(page, 'content-type')).toBe('text/html; charset=utf-8');
    const { action, fields, buttons } = formOf(page.body);
    expect(action).toBe('?');
    expect(buttons).toEqual(['approve', 'reject']);
    expect((await at.submit({ ...fields, action: 'reject' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'reject', audience: 'ann' });
  });

  it('machines get and send JSON, in base64 too', async () => {
    const { endpoint, mint, result } = await approval();
    const at = client(endpoint, entrance);
    const { token, expiresAt } = await mint({ actions: ['finish'] });
    const shown = await at.get({ token }, { Accept: 'application/json' });
    expect(JSON.parse(shown.body)).toEqual({
      operation: 'approval',
      actions: ['finish'],
      expiresAt: expiresAt.toISOString(),
    });
    const body = JSON.stringify({ payload: { total: 7 } });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await at.send({ method: 'POST', query: { token }, headers, body, base64: true });
    expect(answer.statusCode).toBe(200);
    expect(headerOf(answer, 'content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.body)).toEqual({ status: 'recorded', action: 'finish' });
    expect(await result()).toMatchObject({ action: 'finish', payload: { total: 7 } });
  });

  it('every answer has the headers that keep its URL secret, in the form that the entrance takes', async () => {
    const { endpoint, mint } = await approval();
    const at = client(endpoint, entrance);
    const { token } = await mint();
    const answers = [
      await at.get({ token }),
      await at.get({}),
      await at.submit({ token, action: 'approve' }),
      await at.post({ token: 'bad' }),
      await at.send({ method: 'PUT' }),
    ];
    for (const answer of answers) {
      expect(headerOf(answer, 'cache-control')).toBe('no-store');
      expect(headerOf(answer, 'referrer-policy')).toBe('no-referrer');
      expect(headerOf(answer, 'x-frame-options')).toBe('DENY');
      expect(headerOf(answer, 'x-content-type-options')).toBe('nosniff');
      expect(headerOf(answer, 'x-robots-tag')).toBe('noindex, nofollow');
      expect(headerOf(answer, 'cross-origin-opener-policy')).toBe('same-origin');
      expect(headerOf(answer, 'cross-origin-resource-policy')).toBe('same-origin');
      expect(headerOf(answer, 'permissions-policy')).toContain('camera=()');
      expect(headerOf(answer, 'strict-transport-security')).toMatch(/^max-age=\d+$/);
      const policy = headerOf(answer, 'content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("form-action 'self'; frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      const [, nonce] = /nonce-([\w-]+)/.exec(policy) ?? [];
      if (nonce) expect(answer.body).toContain(`<style nonce="${nonce}">`);
      const isBalancer = entrance.startsWith('a load balancer');
      expect('statusDescription' in answer).toBe(isBalancer);
      expect('multiValueHeaders' in answer).toBe(entrance.endsWith('multi-value headers'));
    }
    expect(headerOf(answers[4] as never, 'allow')).toBe('GET, HEAD, POST');
  });

  it('limits are asked first, with what they may count by', async () => {
    const asked: object[] = [];
    let verdict: boolean | { retryAfter: number } = true;
    const { endpoint, mint, result } = await approval({
      rateLimit: (request) => {
        asked.push(request);
        return verdict;
      },
    });
    const at = client(endpoint, entrance);
    const { token } = await mint();
    await at.get({ token });
    await at.post({ token: 'bad' });
    expect(asked).toEqual([
      { method: 'GET', sourceIp: SOURCE_IP, tokenFingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
      { method: 'POST', sourceIp: SOURCE_IP, tokenFingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
    ]);
    for (const [limit, seconds] of [
      [false, '60'],
      [{ retryAfter: 1.2 }, '2'],
      [{ retryAfter: Number.NaN }, '60'],
      [{ retryAfter: -1 }, '1'],
    ] as const) {
      verdict = limit;
      for (const answer of [await at.submit({ token, action: 'approve' }), await at.post('no JSON')]) {
        expect(answer.statusCode).toBe(429);
        expect(headerOf(answer, 'retry-after')).toBe(seconds);
      }
    }
    expect(await result()).toBe('RUNNING');
  });
});

it('behind a load balancer the address is the one that it added, however many headers a stranger sends', async () => {
  const asked: unknown[] = [];
  const { endpoint } = await approval({ rateLimit: ({ sourceIp }) => asked.push(sourceIp) > 0 });
  const event = ENTRANCES['a load balancer with multi-value headers']?.({}) as { multiValueHeaders: object };
  const multiValueHeaders = {
    ...event.multiValueHeaders,
    'x-forwarded-for': ['203.0.113.9', `10.0.0.1, ${SOURCE_IP}`],
  };
  await endpoint({ ...event, multiValueHeaders });
  expect(asked).toEqual([SOURCE_IP]);
});

it.each([false, true])('behind a load balancer a query is decoded, multi-value headers: %p', async (multiple) => {
  const { endpoint, mint } = await approval();
  const { token } = await mint();
  const eventOf = ENTRANCES[multiple ? 'a load balancer with multi-value headers' : 'a load balancer'];
  const withQuery = (value: string) => ({
    ...(eventOf?.({}) as object),
    ...(multiple
      ? { multiValueQueryStringParameters: { token: [value] } }
      : { queryStringParameters: { token: value } }),
  });
  // As mail programs rewrite links.
  expect((await endpoint(withQuery(token.replaceAll('.', '%2E')))).statusCode).toBe(200);
  for (const bad of [token.replaceAll('.', '%252E'), `${token}%`, `%E0%A4%A${token}`]) {
    expect((await endpoint(withQuery(bad))).statusCode).toBe(404);
  }
});

describe('the page', () => {
  it('is accessible: a language, a title, one heading, labels for all fields, buttons with text', async () => {
    const { browser, mint } = await approval({
      labels: { approve: 'Yes, ship it' },
      fields: { comment: { label: 'Comment <b>', multiline: true }, code: { label: 'Code', required: true } },
    });
    const { token } = await mint({ actions: ['approve', 'send_back'] });
    const { body } = await browser.get({ token });
    expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(body.match(/<title>[^<]+<\/title>/g)).toHaveLength(1);
    expect(body.match(/<h1>/g)).toHaveLength(1);
    expect(body.match(/<main>/g)).toHaveLength(1);
    expect(body).toContain('name="viewport"');
    const inputs = [...body.matchAll(/<(?:input type="text"|textarea) id="([^"]+)"/g)].map(([, id]) => id);
    expect(inputs).toHaveLength(2);
    for (const id of inputs) expect(body).toContain(`<label for="${id}">`);
    expect(body).toContain('name="code" required');
    expect(body).toContain('Comment &lt;b&gt;');
    expect(body).toContain('>Yes, ship it</button>');
    expect(body).toContain('>Send back</button>');
    expect(body).not.toMatch(/<script| on\w+=|style="/);
  });

  it('has no button that Enter in a field would press', async () => {
    const fields = { comment: { label: 'Comment' } };
    const { browser, mint } = await approval({ fields });
    const { body } = await browser.get({ token: (await mint()).token });
    const buttons = body.match(/<button [^>]*>/g) ?? [];
    expect(buttons).toHaveLength(3);
    expect(buttons[0]).toBe('<button type="submit" disabled hidden>');
    expect(body.indexOf(buttons[0] as string)).toBeLessThan(body.indexOf('<input type="text"'));
  });

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['application/json, text/html', 'text/html'],
    ['application/json', 'application/json'],
    ['application/problem+json', 'application/json'],
    ['*/*', 'text/html'],
    [undefined, 'text/html'],
  ])('is for who takes pages, JSON for who does not: Accept %s', async (accept, type) => {
    const { browser, mint, endpoint } = await approval();
    const { token } = await mint();
    const headers = accept === undefined ? {} : { Accept: accept };
    expect(headerOf(await browser.get({ token }, headers), 'content-type')).toContain(type);
    // Who sends JSON, and does not say what it takes, takes JSON.
    const sent = { 'Content-Type': 'application/json', ...headers };
    const posted = await client(endpoint).send({ method: 'POST', headers: sent, body: JSON.stringify({ token }) });
    const takesPages = accept?.includes('text/html') === true;
    expect(headerOf(posted, 'content-type')).toContain(takesPages ? 'text/html' : 'application/json');
  });

  it('shows one action alone when the link asks for it', async () => {
    const { browser, mint } = await approval();
    const link = await mint();
    const { body } = await browser.get(Object.fromEntries(new URL(link.to('reject')).searchParams));
    expect(formOf(body).buttons).toEqual(['reject']);
  });

  it('never shows what a stranger wrote as markup', async () => {
    const { browser, mint } = await approval();
    const { token } = await mint({
      operation: '<script>alert(1)</script>',
      audience: `"'><img src=x onerror=alert(1)>`,
    });
    const { body } = await browser.get({ token });
    expect(body).not.toContain('<script>');
    expect(body).not.toContain('<img');
    expect(body).toContain('&lt;script&gt;');
    const echo = await browser.get({ token: '"><script>alert(1)</script>', action: '<b>' });
    expect(echo.body).not.toContain('alert');
  });

  it('can be one’s own, for every kind', async () => {
    const kinds: string[] = [];
    const { browser, mint } = await approval({
      page: ({ kind, nonce, token, actions }) => {
        kinds.push(kind);
        return `${kind} ${nonce.length} ${token?.slice(0, 2)} ${actions.map(({ label }) => label)}`;
      },
    });
    const { token } = await mint();
    expect((await browser.get({ token })).body).toBe('confirm 22 1. Approve,Reject');
    expect((await browser.submit({ token, action: 'approve' })).body).toBe('recorded 22 undefined Approve');
    await browser.get({});
    await browser.send({ method: 'PUT' });
    expect(kinds).toEqual(['confirm', 'recorded', 'invalid', 'refused']);
  });

  it('can be made with a template that escapes all that is shown', async () => {
    const { browser, mint } = await approval({
      page: ({ kind, link, problems }) => html`<p title="${link?.audience}">${kind} ${link?.operation} ${problems}</p>`,
    });
    const { token } = await mint({ operation: '<script>alert(1)</script>', audience: `" onload="alert(1)` });
    expect((await browser.get({ token })).body).toBe(
      '<p title="&quot; onload=&quot;alert(1)">confirm &lt;script&gt;alert(1)&lt;/script&gt; </p>',
    );
  });

  it('asks again with what was written, as it was written', async () => {
    const { browser, mint } = await approval({
      fields: { code: { label: 'Code' }, comment: { label: 'Comment', multiline: true } },
      payload: z.object({ code: z.string().max(3), comment: z.string() }),
    });
    const { token } = await mint();
    const comment = '\n</textarea><script>alert(1)</script> "fine"';
    const { statusCode, body } = await browser.submit({ token, action: 'approve', code: '"><b>', comment, more: 'x' });
    expect(statusCode).toBe(422);
    expect(body).toContain('name="code" value="&quot;&gt;&lt;b&gt;"');
    expect(body).toContain('\n\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;fine&quot;</textarea>');
    expect(body).not.toContain('<script');
    expect(formOf(body).fields.token).toBe(token);
  });

  it('is sent without its body for HEAD', async () => {
    const { browser, mint } = await approval();
    const { token } = await mint();
    expect(await browser.send({ method: 'HEAD', query: { token } })).toMatchObject({ statusCode: 200, body: '' });
  });
});

describe('a payload', () => {
  const schema = z.object({ amount: z.coerce.number().positive(), note: z.string().default('none') });

  it('is checked by a schema, and what the schema gives is what arrives', async () => {
    const { browser, mint, result, refusals } = await approval({ payload: schema });
    const { token } = await mint();
    const refused = await browser.submit({ token, action: 'approve', amount: '-5' });
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('<li>amount: ');
    expect(formOf(refused.body).fields.token).toBe(token);
    expect(refusals).toEqual(['BAD_PAYLOAD']);
    expect((await browser.submit({ token, action: 'approve', amount: '5' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ payload: { amount: 5, note: 'none' } });
  });

  it('has a schema for each action, from any library', async () => {
    const own: PayloadSchema<string> = {
      '~standard': {
        version: 1,
        vendor: 'hand-made',
        validate: async (value) =>
          typeof value === 'string'
            ? { value: value.toUpperCase() }
            : { issues: [{ message: 'must be text' }, { message: 'bad', path: ['a', { key: 0 }] }] },
      },
    };
    const { endpoint, mint, result } = await approval({ payload: { approve: own } });
    const machine = client(endpoint);
    const { token } = await mint();
    const refused = await machine.post({ token, action: 'approve', payload: 7 });
    expect(refused.statusCode).toBe(422);
    expect(JSON.parse(refused.body)).toMatchObject({ problems: ['must be text', 'a.0: bad'] });
    expect((await machine.post({ token, action: 'approve', payload: 'yes' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ payload: 'YES' });
  });

  it('may have schemas that are functions', async () => {
    const validate = (value: unknown) => (value === 7 ? { value: 'seven' } : { issues: [{ message: 'must be 7' }] });
    const callable = Object.assign(() => {}, { '~standard': { version: 1 as const, vendor: 'function', validate } });
    for (const payload of [callable, { approve: callable }]) {
      const { endpoint, mint, result } = await approval({ payload });
      const machine = client(endpoint);
      const { token } = await mint({ actions: ['approve'] });
      expect((await machine.post({ token, payload: 8 })).statusCode).toBe(422);
      expect((await machine.post({ token, payload: 7 })).statusCode).toBe(200);
      expect(await result()).toMatchObject({ payload: 'seven' });
    }
  });

  it('of an action without a schema is taken as it is', async () => {
    const { endpoint, mint, result } = await approval({ payload: { approve: schema } });
    const { token } = await mint({ actions: ['approve', 'toString'] });
    expect((await client(endpoint).post({ token, action: 'toString', payload: [1] })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'toString', payload: [1] });
  });

  it('is not looked at before the link is a good one', async () => {
    const { endpoint, refusals } = await approval({ payload: schema });
    expect((await client(endpoint).post({ token: 'bad', action: 'approve', payload: {} })).statusCode).toBe(404);
    expect(refusals).toEqual(['MALFORMED']);
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['a token that is no text', '{"token":7}', 400],
    ['an action that is no text', '{"action":{}}', 400],
    ['what changes prototypes', '{"payload":{"__proto__":{"admin":true}}}', 400],
    ['what changes them by another name', '{"payload":[{"constructor":{"prototype":{"admin":true}}}]}', 400],
    ['nested without end', `{"payload":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['a huge body', JSON.stringify({ payload: 'x'.repeat(70_000) }), 413],
  ])('that is %s is refused', async (_what, body, status) => {
    const { endpoint, mint } = await approval();
    const { token } = await mint();
    const answer = await client(endpoint).send({
      method: 'POST',
      query: { token, action: 'approve' },
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.statusCode).toBe(status);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('that is no text, or of another type, is refused', async () => {
    const { endpoint, mint, result } = await approval();
    const { token } = await mint();
    const query = { token, action: 'approve' };
    const send = (type: string, body: string, base64 = false) =>
      client(endpoint).send({ method: 'POST', query, headers: { 'content-type': type }, body, base64 });
    expect((await send('text/plain', 'x')).statusCode).toBe(415);
    expect((await send('multipart/form-data; boundary=x', '--x--')).statusCode).toBe(415);
    const bytes = ENTRANCES['a function URL']?.({
      method: 'POST',
      query,
      headers: { 'content-type': 'application/json' },
    });
    const latin = { ...bytes, body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'), isBase64Encoded: true };
    expect((await endpoint(latin)).statusCode).toBe(400);
    expect((await send('application/x-www-form-urlencoded', '__proto__=1')).statusCode).toBe(400);
    expect(await result()).toBe('RUNNING');
    expect((await send('', '')).statusCode).toBe(200);
  });

  it('that can not be recorded for its size is refused, and the link stays good', async () => {
    const { endpoint, mint, result } = await approval({ maxBodyBytes: 2 * 1024 * 1024 });
    const { token } = await mint();
    const machine = client(endpoint);
    expect((await machine.post({ token, action: 'approve', payload: 'x'.repeat(1024 * 1024) })).statusCode).toBe(422);
    expect((await machine.post({ token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });
});

describe('an audience', () => {
  it('must be who calls, where the endpoint knows callers', async () => {
    let caller: string | undefined;
    const { browser, mint, result, refusals } = await approval({ audience: async () => caller });
    const [forAnn, forAll] = [await mint({ audience: 'ann' }), await mint()];
    for (const [who, token] of [
      [undefined, forAnn.token],
      ['bob', forAnn.token],
      ['', forAnn.token],
      ['ann ', forAnn.token],
      ['ann', forAll.token],
      [undefined, forAll.token],
    ] as const) {
      caller = who;
      expect((await browser.get({ token })).statusCode).toBe(404);
      expect((await browser.submit({ token, action: 'approve' })).statusCode).toBe(404);
    }
    expect(new Set(refusals)).toEqual(new Set(['OTHER_AUDIENCE']));
    caller = 'ann';
    expect((await browser.submit({ token: forAnn.token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ audience: 'ann' });
  });
});

describe('when something fails', () => {
  const FAILED = '{"error":"Something went wrong. Try again later."}';
  const silence = () => jest.spyOn(console, 'error').mockImplementation(() => {});

  it('an authentic link of a callback that is not there is a line for who runs the endpoint', async () => {
    const log = silence();
    const { browser, mint } = await approval();
    const { token } = await mint({ callbackId: 'c2VjcmV0' });
    expect((await browser.submit({ token, action: 'approve' })).statusCode).toBe(404);
    expect((await browser.submit({ token: 'x', action: 'approve' })).statusCode).toBe(404);
    expect(log.mock.calls).toEqual([
      [expect.stringMatching(/nothing was recorded: Callback [0-9a-f]{12}: it does not/)],
    ]);
  });

  it('a backend that is away burns no click, and 503 says to come back', async () => {
    const log = silence();
    let down = true;
    const made = await approval();
    const { mint, result, links, place, callbackId } = made;
    const reasons: string[] = [];
    const backend = {
      callbacks: {
        ...place.backend.callbacks,
        succeed: async (...args: Parameters<typeof place.backend.callbacks.succeed>) => {
          if (down) throw new Error(`connection to ${callbackId} lost`);
          return place.backend.callbacks.succeed(...args);
        },
      },
    };
    const endpoint = callbackEndpoint({
      links,
      client: callbackClient({ backend, pause: async () => {} }),
      onRefused: (reason) => reasons.push(reason),
    });
    const { token } = await mint();
    for (const answer of [
      await client(endpoint).submit({ token, action: 'approve' }),
      await client(endpoint).post({ token, action: 'approve' }),
    ]) {
      expect(answer.statusCode).toBe(503);
      expect(headerOf(answer, 'retry-after')).toBe('5');
      expect(answer.body).not.toContain(callbackId);
    }
    expect(reasons).toEqual(['NOT_SENT', 'NOT_SENT']);
    expect(log.mock.calls).toEqual(
      Array(2).fill([
        expect.stringMatching(/nothing was recorded: Callback [0-9a-f]{12}: not sent: connection to \[secret\] lost/),
      ]),
    );
    down = false;
    expect((await client(endpoint).submit({ token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('a hook that throws is an answer without a word of it, and a line without a token', async () => {
    const log = silence();
    for (const option of ['page', 'completion', 'rateLimit', 'audience'] as const) {
      const { browser, mint, endpoint } = await approval({
        [option]: () => {
          throw new Error(`${option} failed with ${token}`);
        },
      });
      const { token } = await mint();
      const answer = await browser.submit({ token, action: 'approve' });
      expect(answer.statusCode).toBe(500);
      expect(answer.body).toContain('<h1>Please try again</h1>');
      for (const word of ['failed with', token]) expect(answer.body).not.toContain(word);
      expect(await client(endpoint).post({ token, action: 'approve' })).toMatchObject(
        option === 'page' ? { statusCode: 200 } : { statusCode: 500, body: FAILED },
      );
      const line = String(log.mock.calls[0]);
      log.mockClear();
      expect(line).toContain(`${option} failed with [token`);
      expect(line).not.toContain(token);
    }
  });

  it('secrets that can not be fetched, and a schema that throws, burn no click', async () => {
    const log = silence();
    let fails = true;
    const failing = <Value>(value: Value): Promise<Value> =>
      fails ? Promise.reject(new Error(`no answer for ${token}`)) : Promise.resolve(value);
    const made = await approval();
    const { mint, place, result } = made;
    const { token } = await mint();
    const links = signedCallbackLinks({
      secrets: () => failing(SECRETS),
      url: 'https://api.example.com',
      now: () => place.time.now(),
    });
    const validate = (value: unknown) => failing({ value });
    const payload = { '~standard': { version: 1 as const, vendor: 'x', validate } };
    const endpoints = [{ links }, { payload }].map((options) =>
      callbackEndpoint({ links: made.links, client: callbackClient(place.client), ...options }),
    );
    for (const endpoint of endpoints) {
      const answer = await client(endpoint).submit({ token, action: 'approve' });
      expect([answer.statusCode, answer.body.includes('no answer')]).toEqual([500, false]);
    }
    expect(String(log.mock.calls)).toContain('no answer for [token');
    expect(String(log.mock.calls)).not.toContain(token);
    expect(await result()).toBe('RUNNING');
    fails = false;
    for (const endpoint of endpoints) {
      expect((await client(endpoint).submit({ token, action: 'approve' })).statusCode).toBe(200);
    }
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('that is true of the page that says why a request can not be taken', async () => {
    const log = silence();
    const { endpoint, mint } = await approval({
      page: ({ kind }) => {
        throw new Error(`no template for ${kind}, ${token}`);
      },
    });
    const { token } = await mint();
    const request = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x', query: { token } };
    const { statusCode, body } = await client(endpoint).send(request);
    expect([statusCode, body.includes('<h1>Please try again</h1>'), body.includes(token)]).toEqual([500, true, false]);
    expect(String(log.mock.calls)).toContain('no template for refused, [token');
    expect(String(log.mock.calls)).not.toContain(token);
  });

  it('who notes refusals does not change them', async () => {
    const log = silence();
    const { browser } = await approval({
      onRefused: () => {
        throw new Error('no disk');
      },
    });
    expect((await browser.get({})).statusCode).toBe(404);
    expect(String(log.mock.calls)).toContain('onRefused failed: Error: no disk');
  });

  it('no token and no callback id gets into a log, an answer to a POST, or what is noted', async () => {
    const lines: unknown[] = [];
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...line) => void lines.push(line));
    }
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    }
    const noted: unknown[] = [];
    const { browser, mint, callbackId, endpoint } = await approval({ onRefused: (...args) => noted.push(args) });
    const { token } = await mint();
    const answers = [
      await browser.submit({ token, action: 'approve' }),
      await browser.submit({ token, action: 'reject' }),
      await browser.submit({ token: `${token}A`, action: 'reject' }),
      await client(endpoint).post({ token, action: 'reject' }),
      await client(endpoint).post('{'),
      await browser.send({ method: 'PATCH', query: { token } }),
    ];
    const written = JSON.stringify([lines, noted, answers]);
    for (const secret of [token, callbackId]) expect(written).not.toContain(secret);
    expect(noted).toHaveLength(3);
  });
});

describe('with middy', () => {
  it('is a handler like any other', async () => {
    const logged: unknown[] = [];
    const { endpoint, mint, result } = await approval();
    const handler = middy(endpoint as (event: unknown) => Promise<unknown>).use(
      inputOutputLogger({
        logger: (line: unknown) => void logged.push(line),
        omitPaths: ['event.rawQueryString', 'event.body'],
      } as never),
    );
    const { token } = await mint();
    const event = ENTRANCES['an HTTP API']?.({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, action: 'approve' }),
    });
    expect(await handler(event as never, {} as never)).toMatchObject({ statusCode: 200 });
    expect(await result()).toMatchObject({ action: 'approve' });
    expect(JSON.stringify(logged)).not.toContain(token);
  });

  it('says which middleware must go', async () => {
    const { endpoint } = await approval();
    const handler = middy(endpoint as (event: unknown) => Promise<unknown>).use(httpJsonBodyParser() as object);
    const event = ENTRANCES['an HTTP API']?.({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    await expect(handler(event as never, {} as never)).rejects.toThrow('take body parsers away');
  });
});

describe('options', () => {
  it.each([
    [{ links: undefined }, 'option links'],
    [{ maxBodyBytes: 0 }, 'maxBodyBytes'],
    [{ maxBodyBytes: 10_000_000 }, 'maxBodyBytes'],
    [{ page: 'html' }, 'option page must be a function'],
    [{ audience: 'ann' }, 'option audience must be a function'],
    [{ payload: { approve: {} } }, 'option payload for approve must be a schema'],
    [{ payload: { '~standard': { version: 2 } } }, 'option payload must be a schema'],
    [{ payload: { 'a b': z.string() } }, 'no action is named a b'],
    [{ fields: { token: { label: 'x' } } }, 'no field can have the name token'],
    [{ fields: { comment: 'Comment' } }, 'field comment needs a label'],
    [{ client: { callbacks: {} } }, 'option client'],
    [{ webhooks: { secrets: [], target() {} } }, 'option webhooks'],
    [{ webhooks: { secrets: ['whsec_c2hvcnQ='], target() {} } }, 'secret 1 of webhooks'],
    [{ webhooks: { secrets: ['plain'], target() {} } }, 'secret 1 of webhooks'],
    [
      { webhooks: { secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`], target() {}, tolerance: 5 } },
      'tolerance',
    ],
  ])('that can not be right are refused at start-up: %j', (options, message) => {
    const links = { open: async () => undefined, mint: async () => undefined };
    expect(() => callbackEndpoint({ links, ...options } as never)).toThrow(message);
  });

  it('do not make HTTP of another event', async () => {
    const { endpoint } = await approval();
    for (const event of [{ Records: [] }, {}, null, undefined, 'x']) {
      await expect(endpoint(event)).rejects.toThrow('is no HTTP request');
    }
  });
});

function formOf(body: string): { action: string | undefined; fields: Record<string, string>; buttons: string[] } {
  expect(body.match(/<form /g)).toHaveLength(1);
  const [, action] = /<form method="post" action="([^"]*)">/.exec(body) ?? [];
  const hidden = [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
  const buttons = [...body.matchAll(/<button type="submit" name="action" value="([^"]*)">/g)].map(
    ([, value]) => value ?? '',
  );
  return { action, fields: Object.fromEntries(hidden.map(([, key, value]) => [key, value])), buttons };
}
