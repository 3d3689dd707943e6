import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { encodeCallbackId } from '@middy-durable/protocol';
import { InvalidLinkError } from './invalid-link-error.ts';
import { type LinkRequest, type SignedCallbackLinks, signedCallbackLinks } from './signed-callback-links.ts';

const CALLBACK = encodeCallbackId({ runId: 'run-7', operationId: '0123456789abcdef' }, 'secret');
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/order-7/run-7';
const REQUEST: LinkRequest = {
  callbackId: CALLBACK,
  durableExecutionArn: ARN,
  operation: 'approval',
  actions: ['approve', 'reject'],
};
const NEW = { id: '2026-11', secret: 'n'.repeat(32) };
const OLD = { id: '2026-10', secret: randomBytes(32) };
const URL_TEXT = 'https://api.example.com/approvals';
const START = Date.UTC(2026, 0, 1);

function linksOf(options: Partial<Parameters<typeof signedCallbackLinks>[0]> = {}) {
  let now = START;
  const links = signedCallbackLinks({ secrets: [NEW], url: URL_TEXT, now: () => now, ...options });
  return { links, pass: (ms: number) => (now += ms) };
}

async function refusal(links: SignedCallbackLinks, token: unknown): Promise<InvalidLinkError> {
  const error = await links.open(token as string).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InvalidLinkError);
  expect((error as Error).message).toBe('The link is not valid, or not valid any more.');
  return error as InvalidLinkError;
}

describe('a link', () => {
  it('says what it allows to who has the key, and nothing to anybody else', async () => {
    const { links } = linksOf();
    const link = await links.mint({ ...REQUEST, audience: 'änn@example.com' });
    expect(await links.open(link.token)).toEqual({
      ...REQUEST,
      audience: 'änn@example.com',
      id: link.id,
      expiresAt: new Date(START + 7 * 86_400_000),
    });
    const visible = Buffer.from(link.token.split('.')[2] ?? '', 'base64url').toString('latin1');
    for (const hidden of [CALLBACK, 'run-7', 'approve', 'example.com', 'approval'])
      expect(visible).not.toContain(hidden);
  });

  it('is a URL, with one action or all of them', async () => {
    const { links } = linksOf({ url: `${URL_TEXT}?stage=test#top` });
    const link = await links.mint(REQUEST);
    expect(link.url).toBe(`${URL_TEXT}?stage=test&token=${link.token}`);
    expect(link.to('approve')).toBe(`${link.url}&action=approve`);
    expect(() => link.to('pay')).toThrow('does not allow pay, but approve, reject');
    expect(JSON.stringify(link)).not.toContain(CALLBACK);
  });

  it('is another one each time', async () => {
    const { links } = linksOf();
    const [one, other] = [await links.mint(REQUEST), await links.mint(REQUEST)];
    expect(one.token).not.toBe(other.token);
    expect(one.id).not.toBe(other.id);
  });

  it('expires, to the second', async () => {
    const { links, pass } = linksOf({ expiresIn: { hours: 1 } });
    pass(500);
    const link = await links.mint(REQUEST);
    expect(link.expiresAt).toEqual(new Date(START + 3_600_000));
    pass(3_599_499);
    expect((await links.open(link.token)).id).toBe(link.id);
    pass(1);
    expect((await refusal(links, link.token)).reason).toBe('EXPIRED');
  });

  it('is of no use without a clock', async () => {
    const { token } = await linksOf().links.mint(REQUEST);
    expect((await refusal(linksOf({ now: () => Number.NaN }).links, token)).reason).toBe('EXPIRED');
  });

  it('never outlives its callback', async () => {
    const { links } = linksOf();
    const callbackEndsAt = new Date(START + 60_999);
    expect((await links.mint({ ...REQUEST, callbackEndsAt })).expiresAt).toEqual(new Date(START + 60_000));
    const short = await links.mint({ ...REQUEST, callbackEndsAt, expiresIn: { seconds: 5 } });
    expect(short.expiresAt).toEqual(new Date(START + 5_000));
    const late = await links.mint({ ...REQUEST, callbackEndsAt: new Date(START) });
    expect((await refusal(links, late.token)).reason).toBe('EXPIRED');
  });

  it('holds the longest that it may', async () => {
    const { links } = linksOf();
    const request = {
      callbackId: 'A'.repeat(1024),
      durableExecutionArn: 'a'.repeat(1024),
      operation: 'o'.repeat(256),
      actions: Array.from({ length: 16 }, (_, index) => `${'a'.repeat(30)}${index.toString(16)}`),
      audience: '🎉'.repeat(160),
    };
    const { token } = await links.mint(request);
    expect(await links.open(token)).toMatchObject(request);
  });
});

describe('what is no link of ours is refused', () => {
  it('with any character changed, left out, doubled or exchanged for its neighbour', async () => {
    const { links } = linksOf();
    const { token } = await links.mint(REQUEST);
    for (let at = 0; at < token.length; at++) {
      const [before, own, after] = [token.slice(0, at), token[at] as string, token.slice(at + 1)];
      const changes = ['A', 'B', '_', '.', '=', ' ', 'é', '\u0000', '', own + own, (after[0] ?? '') + own].filter(
        (change) => change !== own,
      );
      for (const change of changes) {
        const changed =
          change.length === 2 && change[0] !== own ? before + change + after.slice(1) : before + change + after;
        if (changed !== token) await refusal(links, changed);
      }
    }
  });

  it('cut off anywhere, or with something at either end', async () => {
    const { links } = linksOf();
    const { token } = await links.mint(REQUEST);
    for (let length = 0; length < token.length; length++) await refusal(links, token.slice(0, length));
    for (const around of ['A', '=', '.', '\n', ' ', '%00']) {
      await refusal(links, token + around);
      await refusal(links, around + token);
    }
  });

  it('put together of two', async () => {
    const { links } = linksOf({ secrets: [NEW, OLD] });
    const [one, other] = [await links.mint(REQUEST), await links.mint({ ...REQUEST, actions: ['approve'] })];
    const bytes = [one, other].map(({ token }) => Buffer.from(token.split('.')[2] ?? '', 'base64url'));
    const [a, b] = bytes as [Buffer, Buffer];
    for (const at of [1, 12, 13, 40, a.length - 16, a.length - 1]) {
      const mixed = Buffer.concat([a.subarray(0, at), b.subarray(at)]).toString('base64url');
      await refusal(links, `1.${NEW.id}.${mixed}`);
    }
    await refusal(links, one.token.replace(NEW.id, OLD.id));
    await refusal(links, one.token.replace('1.', '2.'));
  });

  it.each([
    ['nothing', ''],
    ['no text', undefined],
    ['a list', ['a', 'b']],
    ['a huge one', `1.${NEW.id}.${'A'.repeat(1_000_000)}`],
    ['a million dots', '.'.repeat(1_000_000)],
    ['letters of elsewhere', `1.${NEW.id}.${'ｅ'.repeat(100)}`],
    ['a key that is a property', `1.__proto__.${'A'.repeat(100)}`],
    ['too few bytes', `1.${NEW.id}.${Buffer.alloc(27).toString('base64url')}`],
    ['zeros', `1.${NEW.id}.${Buffer.alloc(28).toString('base64url')}`],
    ['the raw id of a callback', CALLBACK],
  ])('%s', async (_what, token) => {
    await refusal(linksOf().links, token);
  });

  it('a huge one, without any work on it', async () => {
    // Well-formed, but for its length.
    const error = await refusal(linksOf().links, `1.${NEW.id}.${'A'.repeat(1_000_000)}`);
    expect(error.reason).toBe('MALFORMED');
  });

  it('base64url with padding, or with bits in its last character that count for nothing', async () => {
    const { links } = linksOf();
    for (const audience of ['a', 'aa', 'aaa']) {
      const { token } = await links.mint({ ...REQUEST, audience });
      await refusal(links, `${token}=`);
      await refusal(links, `${token}==`);
      const twins = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        .split('')
        .map((last) => token.slice(0, -1) + last)
        .filter((twin) => twin !== token);
      for (const twin of twins) await refusal(links, twin);
    }
  });

  it('an authentic one whose content is of no version that we know', async () => {
    const { links } = linksOf();
    const key = Buffer.from(
      hkdfSync('sha256', NEW.secret, '', 'middy-durable callback link, AES-256-GCM, version 1', 32),
    );
    const sealed = (text: string): string => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(`1.${NEW.id}`));
      const body = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
      return `1.${NEW.id}.${body.toString('base64url')}`;
    };
    const good = [CALLBACK, ARN, 'approval', ['approve'], null, START / 1000 + 60];
    expect((await links.open(sealed(JSON.stringify(good)))).actions).toEqual(['approve']);
    const bad = [
      [],
      {},
      null,
      good.slice(0, 5),
      good.with(3, []),
      good.with(3, 'approve'),
      good.with(0, 7),
      good.with(5, null),
      good.with(5, '∞'),
      good.with(4, ''),
    ];
    for (const content of bad)
      expect((await refusal(links, sealed(JSON.stringify(content)))).reason).not.toBe('NOT_AUTHENTIC');
    await refusal(links, sealed('no JSON'));
  });
});

describe('keys', () => {
  it('of another secret, or of none that is there, open nothing', async () => {
    const { token } = await linksOf().links.mint(REQUEST);
    const wrong = linksOf({ secrets: [{ ...NEW, secret: 'm'.repeat(32) }] });
    expect((await refusal(wrong.links, token)).reason).toBe('NOT_AUTHENTIC');
    expect((await refusal(linksOf({ secrets: [OLD] }).links, token)).reason).toBe('UNKNOWN_KEY');
  });

  it('are changed without breaking a link: second at the endpoint, first everywhere, and gone', async () => {
    const before = await linksOf({ secrets: [OLD] }).links.mint(REQUEST);
    const during = await linksOf({ secrets: [NEW] }).links.mint(REQUEST);
    for (const secrets of [
      [OLD, NEW],
      [NEW, OLD],
    ]) {
      const { links } = linksOf({ secrets });
      for (const { token, id } of [before, during]) expect((await links.open(token)).id).toBe(id);
    }
    const after = linksOf({ secrets: [NEW] }).links;
    expect((await after.open(during.token)).id).toBe(during.id);
    expect((await refusal(after, before.token)).reason).toBe('UNKNOWN_KEY');
  });

  it('may come from elsewhere, each time anew', async () => {
    let secrets = [OLD];
    const { links } = linksOf({ secrets: async () => secrets });
    const { token } = await links.mint(REQUEST);
    secrets = [{ ...OLD, secret: Buffer.alloc(32, 7) }];
    await refusal(links, token);
    secrets = [];
    await expect(links.mint(REQUEST)).rejects.toThrow('a list of at least one');
  });

  it.each([
    [undefined, 'a list of at least one'],
    [[], 'a list of at least one'],
    [[{ id: 'a', secret: 'short-secret' }], 'secret a has 12 bytes, but needs 32'],
    [[{ id: 'a', secret: Buffer.alloc(31) }], 'secret a has 31 bytes'],
    [[{ id: 'a.b', secret: 'x'.repeat(32) }], 'the id of secret 1'],
    [[NEW, { secret: 'x'.repeat(32) }], 'the id of secret 2'],
    [[NEW, { ...OLD, id: NEW.id }], 'two secrets have the id 2026-11'],
    [[{ id: 'a' }], 'secret a must be a text or bytes'],
  ])('that can not be right are refused at start-up: %j', (secrets, message) => {
    expect(() => linksOf({ secrets: secrets as never })).toThrow(message);
    expect(() => linksOf({ secrets: secrets as never })).not.toThrow('short-secret');
  });
});

describe('options', () => {
  it.each(['http://api.example.com', '/approvals', '', undefined, 'javascript:alert(1)', 'ftp://example.com'])(
    'need a URL that nobody can listen to: not %s',
    (url) => {
      expect(() => linksOf({ url: url as never })).toThrow('absolute https: URL');
    },
  );

  it('may have a URL on this machine, and one that is a URL already', async () => {
    for (const url of ['http://localhost:3000/x', 'http://127.0.0.1:3000/', new URL('https://a.example')]) {
      const { links } = linksOf({ url });
      expect((await links.mint(REQUEST)).url).toContain('token=1.');
    }
  });

  it('need a life that is one', () => {
    expect(() => linksOf({ expiresIn: { seconds: 0 } })).toThrow(RangeError);
    expect(() => linksOf({ expiresIn: 7 as never })).toThrow(TypeError);
  });

  it.each([
    [{ callbackId: '' }, 'id of a callback'],
    [{ callbackId: 'not base64!' }, 'id of a callback'],
    [{ durableExecutionArn: undefined }, 'durableExecutionArn'],
    [{ operation: '' }, 'name of the operation'],
    [{ actions: [] }, '1 to 16 actions'],
    [{ actions: undefined }, '1 to 16 actions'],
    [{ actions: ['a', 'a'] }, 'different'],
    [{ actions: ['<script>'] }, 'name of an action'],
    [{ actions: [7] }, 'name of an action'],
    [{ audience: '' }, 'audience'],
    [{ audience: 'x'.repeat(321) }, 'audience'],
    [{ expiresIn: { seconds: -1 } }, 'expiresIn'],
    [{ callbackEndsAt: new Date(Number.NaN) }, 'the moment'],
  ])('of a link that make none are refused: %j', async (change, message) => {
    const minted = linksOf().links.mint({ ...REQUEST, ...change } as never);
    await expect(minted).rejects.toThrow(message);
    await expect(minted).rejects.not.toThrow(CALLBACK);
  });
});
