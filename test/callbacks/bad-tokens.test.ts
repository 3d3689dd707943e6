import { createHmac } from 'node:crypto';
import { afterEach, expect, it, jest } from '@jest/globals';
import { callbackClient, callbackEndpoint, type LinkSecrets, signedCallbackLinks } from '@middy-durable/callbacks';
import { approvalIn, SECRETS } from './support/approval.ts';
import { client } from './support/entrances.ts';
import { inEveryPlaceAndDynamoDBLocal, type Place } from './support/places.ts';

jest.setTimeout(60_000);
afterEach(() => {
  jest.restoreAllMocks();
});

const NEXT = { id: 'two', secret: Buffer.alloc(32, 2) };
const RETIRED = { id: 'zero', secret: Buffer.alloc(32, 9) };

type Waiting = Awaited<ReturnType<typeof approvalIn>>;

/** Tokens that are none, for a callback that waits all the while. Each is shown as a form and as JSON sends it. */
const BAD: Readonly<Record<string, (waiting: Waiting, place: Place) => Promise<(string | undefined)[]>>> = {
  'tampered with, a bit of each byte': async ({ mint }) => {
    const { token } = await mint();
    const [version, key, body = ''] = token.split('.');
    const bytes = Buffer.from(body, 'base64url');
    const spoilt = [...bytes.keys()].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 << (at % 8));
      return `${version}.${key}.${copy.toString('base64url')}`;
    });
    return [...spoilt, token.replace('1.', '2.'), token.replace('.one.', '.two.'), `${token}=`, ` ${token}`];
  },
  'swapped: the halves of two': async ({ mint }) => {
    const [one, other] = [await mint(), await mint({ actions: ['approve'], audience: 'bob' })];
    const [a = '', b = ''] = [one, other].map(({ token }) => token.split('.')[2]);
    return [16, 100, a.length - 22].flatMap((at) => [
      `1.one.${a.slice(0, at)}${b.slice(at)}`,
      `1.one.${b.slice(0, at)}${a.slice(at)}`,
    ]);
  },
  expired: async ({ mint }, place) => {
    const { token, expiresAt } = await mint({ expiresIn: { seconds: 60 } });
    await place.pass(expiresAt.getTime() - place.time.now());
    return [token];
  },
  'truncated, anywhere': async ({ mint }) => {
    const { token } = await mint();
    return [...token].flatMap((_, at) => (at % 5 === 0 ? [token.slice(0, at), token.slice(at + 1)] : []));
  },
  huge: async ({ mint }) => {
    const { token } = await mint();
    return [token.repeat(30), `1.one.${'A'.repeat(60_000)}`, '.'.repeat(60_000)];
  },
  'with letters of elsewhere': async ({ mint }) => {
    const { token } = await mint();
    const wide = [...token].map((letter) => String.fromCodePoint((letter.codePointAt(0) as number) + 0xfee0));
    return [
      wide.join(''),
      `${token}é`,
      `é${token}`,
      `${token}\u0000`,
      `${token}\u200b`,
      '🎉'.repeat(100),
      '１.one.AAAA',
    ];
  },
  'of a wrong key under the right name': async ({ callbackId, arn }, place) => [
    await mintedWith([{ id: 'one', secret: 'x'.repeat(32) }], callbackId, arn, place),
  ],
  'of a key that is retired': async ({ callbackId, arn }, place) => [
    await mintedWith([RETIRED], callbackId, arn, place),
    await mintedWith([{ ...RETIRED, id: 'one' }], callbackId, arn, place),
  ],
  'of a key that comes with the next change': async ({ callbackId, arn }, place) => [
    await mintedWith([NEXT], callbackId, arn, place),
  ],
  'no token: the callback id itself, what is public of a link, nothing': async ({ mint, callbackId, arn }) => {
    const { id } = await mint();
    const sealedByHand = createHmac('sha256', SECRETS[0]?.secret ?? '')
      .update(callbackId)
      .digest('base64url');
    return [callbackId, arn, id, `1.one.${id}`, `1.one.${sealedByHand}`, 'null', '', undefined];
  },
};

async function mintedWith(secrets: LinkSecrets, callbackId: string, arn: string, place: Place): Promise<string> {
  const links = signedCallbackLinks({ secrets, url: 'https://api.example.com', now: () => place.time.now() });
  const request = { callbackId, durableExecutionArn: arn, operation: 'approval', actions: ['approve', 'reject'] };
  return (await links.mint(request)).token;
}

inEveryPlaceAndDynamoDBLocal((open) => {
  it.each(Object.keys(BAD))('a token that is %s completes nothing, and hears what all hear', async (kind) => {
    const place = await open();
    const waiting = await approvalIn(place, {}, { days: 30 });
    const { browser, endpoint, mint, result, arn } = waiting;
    const tokens = (await BAD[kind]?.(waiting, place)) ?? [];
    expect(tokens.length).toBeGreaterThan(0);
    const before = await place.history(arn);
    const machine = client(endpoint);
    const answers = new Set<string>();
    for (const token of tokens) {
      const fields = token === undefined ? { action: 'approve' } : { token, action: 'approve' };
      const [shown, pressed, sent] = [
        await browser.get(fields),
        await browser.submit(fields),
        await machine.post(fields),
      ];
      for (const { statusCode, body } of [shown, pressed, sent])
        answers.add(`${statusCode} ${body.replace(/nonce="[\w-]+"/, '')}`);
    }
    expect([...answers].map((answer) => answer.slice(0, 7))).toEqual(['404 <!d', '404 {"e']);
    await place.settle();
    expect(await place.history(arn)).toEqual(before);
    // All the while it waited, for a good one.
    expect((await browser.submit({ token: (await mint()).token, action: 'reject' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'reject' });
  });

  it('a token of one callback completes that one and no other, of the same execution or of another', async () => {
    // Who runs the endpoint is told of the callback that is not there.
    jest.spyOn(console, 'error').mockImplementation(() => {});
    const place = await open();
    const other = await approvalIn(place);
    const { browser, mint, result } = await approvalIn(place);
    const { token } = await mint();
    expect((await browser.submit({ token, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
    expect((await place.look(other.arn)).Status).toBe('RUNNING');
    // And one that was made for a callback that there is not completes none.
    const stray = Buffer.from(Buffer.from(other.callbackId, 'base64').toString().replace('callback', 'callbacK'));
    const { token: strayToken } = await other.mint({ callbackId: stray.toString('base64') });
    expect((await browser.submit({ token: strayToken, action: 'approve' })).statusCode).toBe(404);
    expect((await place.look(other.arn)).Status).toBe('RUNNING');
  });

  it('a token allows its own actions and no other, and of several one has to be named', async () => {
    const place = await open();
    const { browser, endpoint, mint, result, arn, refusals } = await approvalIn(place);
    const [one, both] = [await mint({ actions: ['approve'] }), await mint()];
    const before = await place.history(arn);
    const others = ['reject', 'APPROVE', 'approve ', '', 'pay', '__proto__', 'toString', 'approve,reject'];
    const tries = [
      ...others.map((action) => ({ token: one.token, action })),
      ...others.slice(1).map((action) => ({ token: both.token, action })),
      { token: both.token },
    ];
    for (const fields of tries as Record<string, string>[]) {
      expect((await browser.submit(fields)).statusCode).toBe(404);
      expect((await client(endpoint).post(fields)).statusCode).toBe(404);
      if ('action' in fields) expect((await browser.get(fields)).statusCode).toBe(404);
    }
    expect(new Set(refusals)).toEqual(new Set(['OTHER_ACTION']));
    await place.settle();
    expect(await place.history(arn)).toEqual(before);
    // One that has only one needs no name for it.
    expect((await browser.submit({ token: one.token })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('a token that is shown again, by whomever and wherever, completes nothing more', async () => {
    const place = await open();
    const { browser, endpoint, mint, result, arn } = await approvalIn(place);
    const { token } = await mint();
    expect((await browser.submit({ token, action: 'approve', comment: 'first' })).statusCode).toBe(200);
    const first = await result();
    const before = await place.history(arn);
    expect((await browser.submit({ token, action: 'approve', comment: 'second' })).statusCode).toBe(200);
    expect((await client(endpoint, 'a load balancer').post({ token, action: 'approve', payload: 3 })).statusCode).toBe(
      200,
    );
    expect((await browser.submit({ token, action: 'reject' })).statusCode).toBe(404);
    await place.settle();
    expect(first).toMatchObject({ payload: { comment: 'first' } });
    expect([await result(), await place.history(arn)]).toEqual([first, before]);
  });

  it('links of all keys that are still there are good, and those of a retired one are not', async () => {
    const place = await open();
    const { callbackId, arn, result } = await approvalIn(place);
    const served = (secrets: LinkSecrets) =>
      client(
        callbackEndpoint({
          links: signedCallbackLinks({ secrets, url: 'https://api.example.com', now: () => place.time.now() }),
          client: callbackClient(place.client),
        }),
      );
    const old = await mintedWith([RETIRED, NEXT], callbackId, arn, place);
    const rotated = await mintedWith([NEXT, RETIRED], callbackId, arn, place);
    const endpoint = served([NEXT, RETIRED]);
    for (const token of [old, rotated]) expect((await endpoint.get({ token })).statusCode).toBe(200);
    const after = served([NEXT]);
    expect((await after.submit({ token: old, action: 'approve' })).statusCode).toBe(404);
    expect((await place.look(arn)).Status).toBe('RUNNING');
    expect((await after.submit({ token: rotated, action: 'approve' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('both buttons of one link at once: one of them counts, and it is the one that was answered so', async () => {
    const place = await open();
    const { browser, mint, result } = await approvalIn(place);
    const { token } = await mint();
    const actions = ['approve', 'reject'] as const;
    const both = await Promise.all(actions.map((action) => browser.submit({ token, action })));
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 404]);
    const won = actions.find((_, index) => both[index]?.statusCode === 200);
    expect(await result()).toMatchObject({ action: won });
  });
});
