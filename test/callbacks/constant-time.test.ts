import * as realCrypto from 'node:crypto';
import { createHmac } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';

/** What was compared, and whether it was the same: what a comparison by `===` would hide. */
const compared: { lengths: number[]; same: boolean }[] = [];
jest.unstable_mockModule('node:crypto', () => ({
  ...realCrypto,
  default: realCrypto,
  timingSafeEqual: (one: NodeJS.ArrayBufferView, other: NodeJS.ArrayBufferView): boolean => {
    const same = realCrypto.timingSafeEqual(one, other);
    compared.push({ lengths: [one.byteLength, other.byteLength], same });
    return same;
  },
}));
const { approvalIn } = await import('./support/approval.ts');
const { client } = await import('./support/entrances.ts');
const { inEveryPlace } = await import('./support/places.ts');
const { callbackClient } = await import('@middy-durable/callbacks');

const KEY = Buffer.alloc(32, 3);

/** The outcomes of all comparisons that `work` made. */
async function comparisons(work: () => Promise<unknown>): Promise<boolean[]> {
  compared.length = 0;
  await work();
  for (const { lengths } of compared) expect(lengths[0]).toBe(lengths[1]);
  return compared.map(({ same }) => same);
}

inEveryPlace((open) => {
  it('a callback id is compared in constant time, with its whole length', async () => {
    const place = await open();
    const { callbackId, result } = await approvalIn(place);
    const sender = callbackClient(place.client);
    const parts = JSON.parse(Buffer.from(callbackId, 'base64').toString()) as string[];
    const secret = parts.at(-1) as string;
    const other = (letter: string | undefined): string => (letter === '0' ? '1' : '0');
    for (const guess of [`${other(secret[0])}${secret.slice(1)}`, `${secret.slice(0, -1)}${other(secret.at(-1))}`]) {
      const id = Buffer.from(JSON.stringify([...parts.slice(0, -1), guess]));
      const wrong = sender.sendSuccess(id.toString('base64'), 1);
      expect(await comparisons(() => expect(wrong).rejects.toThrow('does not exist'))).toEqual([false]);
    }
    expect(await comparisons(() => sender.sendHeartbeat(callbackId))).toEqual([true]);
    expect(await result()).toBe('RUNNING');
  });

  it('an audience and the signatures of a webhook are, too', async () => {
    const place = await open();
    let caller: string | undefined;
    const webhooks = { secrets: [`whsec_${KEY.toString('base64')}`], target: () => undefined };
    const { browser, endpoint, mint } = await approvalIn(place, { audience: () => caller, webhooks });
    const { token } = await mint({ audience: 'ann' });
    for (const [who, same] of [
      ['bob', false],
      ['a much longer name', false],
      ['ann', true],
    ] as const) {
      caller = who;
      expect(await comparisons(() => browser.get({ token }))).toEqual([same]);
    }
    const at = Math.floor(place.time.now() / 1000);
    const signature = (key: Buffer): string => createHmac('sha256', key).update(`m.${at}.{}`).digest('base64');
    const headers = (signatures: string) => ({
      'webhook-id': 'm',
      'webhook-timestamp': String(at),
      'webhook-signature': signatures,
    });
    const send = (signatures: string) => comparisons(() => client(endpoint).post('{}', headers(signatures)));
    const [good, bad] = [`v1,${signature(KEY)}`, `v1,${signature(Buffer.alloc(32, 4))}`];
    expect(await send(bad)).toEqual([false]);
    // All of them, also after the one that fits.
    expect(await send(`${good} ${bad} ${good}`)).toEqual([true, false, true]);
  });
});

describe('the tag of a token', () => {
  it('is compared by OpenSSL, in constant time: there is no other way to its content', async () => {
    const { signedCallbackLinks } = await import('@middy-durable/callbacks');
    const links = signedCallbackLinks({ secrets: [{ id: 'a', secret: KEY }], url: 'https://api.example.com' });
    const request = { callbackId: 'AAAA', durableExecutionArn: 'arn', operation: 'x', actions: ['y'] };
    const { token } = await links.mint(request);
    expect(await comparisons(() => links.open(token))).toEqual([]);
    const [version, id, body = ''] = token.split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let at = bytes.length - 16; at < bytes.length; at++) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 1;
      const spoilt = `${version}.${id}.${copy.toString('base64url')}`;
      await expect(links.open(spoilt)).rejects.toMatchObject({ reason: 'NOT_AUTHENTIC' });
    }
  });
});
