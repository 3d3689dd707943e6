import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { afterEach, expect, it, jest } from '@jest/globals';
import type { WebhookOptions } from '@middy-durable/callbacks';
import { approvalIn } from './support/approval.ts';
import { client } from './support/entrances.ts';
import { inEveryPlace } from './support/places.ts';

jest.setTimeout(30_000);
afterEach(() => {
  jest.restoreAllMocks();
});

const BYTES = randomBytes(32);
const SECRET = `whsec_${BYTES.toString('base64')}`;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const PUBLIC = `whpk_${Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')}`;

interface Message {
  token?: string;
  callbackId?: string;
  status?: string;
  total?: number;
}

interface Signing {
  id?: string;
  at?: number;
  key?: Buffer;
  /** Replaces the signatures. */
  signatures?: (good: string) => string;
}

/** A provider that was given a token, or a callback id, and hands it back with its message. */
const USUAL: WebhookOptions = {
  secrets: [SECRET],
  target: (message) => {
    const { token, callbackId, status, total } = message as Message;
    if (token !== undefined) return { token, action: status, payload: total };
    if (callbackId === undefined) return undefined;
    return { callbackId, completion: status === 'failed' ? { error: 'it failed' } : { result: { total } } };
  },
};

function hmac(id: string, at: number, body: string, key: Buffer = BYTES): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
}

inEveryPlace((open, name) => {
  async function provider(webhooks: WebhookOptions = USUAL) {
    const place = await open();
    const made = await approvalIn(place, { webhooks });
    const machine = client(made.endpoint);
    const send = (message: unknown, { id = 'msg_1', at, key, signatures }: Signing = {}) => {
      const seconds = at ?? Math.floor(place.time.now() / 1000);
      const body = JSON.stringify(message);
      const good = hmac(id, seconds, body, key);
      return machine.post(body, {
        'Webhook-Id': id,
        'Webhook-Timestamp': String(seconds),
        'Webhook-Signature': signatures?.(good) ?? good,
      });
    };
    return { ...made, place, send, now: Math.floor(place.time.now() / 1000), machine };
  }

  it('a signed message completes the callback of the token that it brings, however often it is delivered', async () => {
    const { place, send, mint, result, arn } = await provider();
    const { token } = await mint({ actions: ['paid', 'failed'], audience: 'payments' });
    const message = { token, status: 'paid', total: 7 };
    expect(await send(message)).toMatchObject({ statusCode: 200, body: '{"status":"recorded"}' });
    await place.settle();
    expect(await send(message)).toMatchObject({ statusCode: 200, body: '{"status":"recorded"}' });
    expect(await result()).toMatchObject({ action: 'paid', payload: 7, audience: 'payments' });
    expect(await send({ token, status: 'failed' }, { id: 'msg_2' })).toMatchObject({ body: '{"status":"closed"}' });
    expect((await place.history(arn)).filter((type) => type === 'CallbackSucceeded')).toHaveLength(1);
  });

  it('or of the callback id, as the writer that its id names', async () => {
    // Who runs the endpoint is told of the callback that is not there.
    jest.spyOn(console, 'error').mockImplementation(() => {});
    const { place, send, callbackId, result, refusals } = await provider();
    expect((await send({ callbackId, total: 7 })).statusCode).toBe(200);
    await place.settle();
    if (name !== 'the Lambda API')
      expect(await send({ callbackId, total: 7 })).toMatchObject({ body: '{"status":"recorded"}' });
    expect(await send({ callbackId, status: 'failed' }, { id: 'msg_2' })).toMatchObject({
      body: '{"status":"closed"}',
    });
    expect(await send({ callbackId: 'AAAA' }, { id: 'msg_3' })).toMatchObject({ body: '{"status":"closed"}' });
    expect(refusals).toEqual(['CALLBACK_CLOSED', 'CALLBACK_UNKNOWN']);
    // The result is no answer of a link: whoever waits for one is told.
    expect(await result()).toMatchObject({ message: expect.stringContaining('is no answer of a callbackEndpoint') });
  });

  it('fails a callback, where the mapping says so', async () => {
    const { send, callbackId, result } = await provider();
    expect((await send({ callbackId, status: 'failed' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ failed: 'CallbackExternalError' });
  });

  it('messages that nobody maps are acknowledged', async () => {
    const { send, result } = await provider();
    expect(await send({ about: 'something else' })).toMatchObject({ statusCode: 200, body: '{"status":"ignored"}' });
    expect(await result()).toBe('RUNNING');
  });

  it('several signatures, and several keys, make a change of keys without a gap', async () => {
    const next = randomBytes(64);
    const secrets = [`whsec_${next.toString('base64')}`, SECRET];
    const { send, mint, now, result } = await provider({ ...USUAL, secrets });
    const { token } = await mint({ actions: ['paid'] });
    const message = { token };
    const body = JSON.stringify(message);
    const foreign = hmac('msg_1', now, body, randomBytes(32));
    expect((await send(message, { signatures: (good) => `${foreign} v2,AAAA ${good}` })).statusCode).toBe(200);
    expect((await send(message, { key: next })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'paid' });
  });

  it('signatures of a public key', async () => {
    const { send, mint, now, result } = await provider({ ...USUAL, secrets: [PUBLIC] });
    const { token } = await mint({ actions: ['paid'] });
    const body = JSON.stringify({ token });
    const signed = `v1a,${sign(null, Buffer.from(`msg_1.${now}.${body}`), privateKey).toString('base64')}`;
    expect((await send({ token })).statusCode).toBe(401);
    expect((await send({ token }, { signatures: () => signed.replace('v1a', 'v1') })).statusCode).toBe(401);
    expect((await send({ token: 'x' }, { signatures: () => signed })).statusCode).toBe(401);
    expect((await send({ token }, { signatures: () => signed })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'paid' });
  });

  it('a message that is not signed, too old, too early or changed completes nothing', async () => {
    const { send, mint, now, result, machine, refusals } = await provider();
    const { token } = await mint({ actions: ['paid'] });
    const message = { token };
    const answers = [
      await send(message, { key: randomBytes(32) }),
      await send(message, { at: now - 301 }),
      await send(message, { at: now + 301 }),
      await send(message, { at: Number.NaN }),
      await send(message, { id: '' }),
      await send(message, { id: 'x'.repeat(257) }),
      await send(message, { signatures: (good) => good.slice(3) }),
      await send(message, { signatures: (good) => good.slice(0, -4) }),
      await send(message, { signatures: () => 'v1,' }),
      await send(message, { signatures: (good) => `${'v1,AAAA '.repeat(16)}${good}` }),
      await send({ ...message, total: 8 }, { signatures: () => hmac('msg_1', now, JSON.stringify(message)) }),
      await send(message, { signatures: () => hmac('msg_2', now, JSON.stringify(message)) }),
      await machine.post(message, { 'Webhook-Signature': hmac('msg_1', now, JSON.stringify(message)) }),
    ];
    expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual(
      answers.map(() => [401, '{"error":"The signature is not valid, or too old."}']),
    );
    expect(new Set(refusals)).toEqual(new Set(['BAD_SIGNATURE']));
    expect(await result()).toBe('RUNNING');
    expect((await send(message, { at: now - 300 })).statusCode).toBe(200);
  });

  it('how old a message may be is an option', async () => {
    const { send, callbackId, now } = await provider({ ...USUAL, tolerance: { hours: 1 } });
    expect((await send({ callbackId }, { at: now - 3601 })).statusCode).toBe(401);
    expect((await send({ callbackId }, { at: now + 3601 })).statusCode).toBe(401);
    expect((await send({ callbackId }, { at: now - 3600 })).statusCode).toBe(200);
  });

  it('an authentic message with a bad token completes nothing', async () => {
    const { send, mint, result, refusals } = await provider();
    const { token } = await mint();
    for (const bad of [
      { token: 'x' },
      { token: `${token}A`, status: 'approve' },
      { token, status: 'pay' },
      { token },
    ]) {
      expect(await send(bad)).toMatchObject({ statusCode: 200, body: '{"status":"closed"}' });
    }
    expect(refusals).toEqual(['MALFORMED', 'MALFORMED', 'OTHER_ACTION', 'OTHER_ACTION']);
    expect(await result()).toBe('RUNNING');
  });

  it('an authentic message that can not be recorded is not asked for again', async () => {
    const result = 'x'.repeat(1024 * 1024);
    const { send, callbackId, refusals } = await provider({
      ...USUAL,
      target: (message) => (message === null ? (null as never) : { callbackId, completion: { result } }),
    });
    expect(await send({})).toMatchObject({ statusCode: 200, body: '{"status":"closed"}' });
    expect(refusals).toEqual(['BAD_PAYLOAD']);
    expect(await send(null)).toMatchObject({ statusCode: 200, body: '{"status":"ignored"}' });
  });

  it('without a clock nothing is young enough', async () => {
    const { place, callbackId, send } = await provider();
    const { endpoint } = await approvalIn(place, { webhooks: USUAL, now: () => Number.NaN });
    const at = Math.floor(place.time.now() / 1000);
    const body = JSON.stringify({ callbackId });
    const headers = { 'Webhook-Id': 'm', 'Webhook-Timestamp': String(at), 'Webhook-Signature': hmac('m', at, body) };
    expect((await client(endpoint).post(body, headers)).statusCode).toBe(401);
    expect((await send({ callbackId })).statusCode).toBe(200);
  });

  it('a mapping that throws is asked again, and what it says of a token is not logged', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    let fails = true;
    const target: WebhookOptions['target'] = (message) => {
      const { token = '' } = message as Message;
      if (fails) throw new Error(`no order for ${token}`);
      return { token, action: 'approve' };
    };
    const { send, mint, result } = await provider({ ...USUAL, target });
    const { token } = await mint();
    expect((await send({ token })).statusCode).toBe(500);
    expect(log.mock.calls).toEqual([['callbackEndpoint: a request failed: Error: no order for [token]']]);
    fails = false;
    expect((await send({ token })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('a body that is too large or no JSON is refused', async () => {
    const { send, machine, now } = await provider();
    expect((await send({ total: 'x'.repeat(70_000) })).statusCode).toBe(413);
    const text = '{"token":';
    const headers = {
      'Webhook-Id': 'msg_1',
      'Webhook-Timestamp': String(now),
      'Webhook-Signature': hmac('msg_1', now, text),
    };
    expect((await machine.post(text, headers)).statusCode).toBe(400);
  });
});
