import { afterEach, expect, it, jest } from '@jest/globals';
import { callbackClient, callbackEndpoint, signedCallbackLinks } from '@middy-durable/callbacks';
import { approvalIn, DAY, SECRETS } from './support/approval.ts';
import { client } from './support/entrances.ts';
import { inEveryPlaceAndDynamoDBLocal } from './support/places.ts';

jest.setTimeout(30_000);
afterEach(() => {
  jest.restoreAllMocks();
});

inEveryPlaceAndDynamoDBLocal((open, name) => {
  /** The service shows a completion in its history once the next invocation has begun. */
  const isService = name === 'the Lambda API';

  it('a click completes the callback, and the handler gets the answer', async () => {
    const place = await open();
    const { browser, mint, result } = await approvalIn(place);
    const { token, id } = await mint({ audience: 'ann@example.com' });
    expect((await browser.submit({ token, action: 'approve', comment: 'Grüße' })).statusCode).toBe(200);
    expect(await result()).toEqual({
      action: 'approve',
      payload: { comment: 'Grüße' },
      audience: 'ann@example.com',
      writerId: `link:${id}:approve`,
    });
  });

  it('nothing that prefetches, of however many, completes anything', async () => {
    const place = await open();
    const { browser, mint, result, arn } = await approvalIn(place);
    const link = await mint();
    const before = await place.history(arn);
    const url = new URL(link.to('approve'));
    const query = Object.fromEntries(url.searchParams);
    const answers = await Promise.all(
      ['GET', 'HEAD', 'GET', 'HEAD'].map((method) => browser.send({ method, query, headers: { Purpose: 'prefetch' } })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      expect((await browser.send({ method, query })).statusCode).toBe(405);
    }
    await place.settle();
    expect(await place.history(arn)).toEqual(before);
    await browser.submit({ token: link.token, action: 'reject' });
    expect(await result()).toMatchObject({ action: 'reject' });
  });

  it('a double click is one click, answered twice alike', async () => {
    const place = await open();
    const { browser, mint, result, arn } = await approvalIn(place);
    const { token } = await mint();
    const fields = { token, action: 'approve' };
    const both = [browser.submit(fields), browser.submit(fields)];
    if (isService) {
      await Promise.race(both);
      await place.settle();
    }
    const clicks = await Promise.all(both);
    expect(clicks.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(pageOf(clicks[0]?.body)).toBe(pageOf(clicks[1]?.body));
    expect(await result()).toMatchObject({ action: 'approve' });
    expect((await browser.submit(fields)).statusCode).toBe(200);
    expect((await place.history(arn)).filter((type) => type === 'CallbackSucceeded')).toHaveLength(1);
  });

  it('the other action of a used link is refused, before and after the execution went on', async () => {
    const place = await open();
    const { browser, mint, result, refusals } = await approvalIn(place);
    const { token } = await mint();
    await browser.submit({ token, action: 'approve' });
    expect((await browser.submit({ token, action: 'reject' })).statusCode).toBe(404);
    expect(await result()).toMatchObject({ action: 'approve' });
    expect((await browser.submit({ token, action: 'reject' })).statusCode).toBe(404);
    expect(refusals).toEqual(['CALLBACK_CLOSED', 'CALLBACK_CLOSED']);
  });

  it('of two approvers at once one decides, and the other is told that the link is not valid any more', async () => {
    const place = await open();
    const { browser, mint, result } = await approvalIn(place);
    const approvers = ['ann', 'bob', 'cy'];
    const tokens = await Promise.all(approvers.map(async (audience) => (await mint({ audience })).token));
    const click = (token: string) => browser.submit({ token, action: 'approve' });
    const clicks = await Promise.all(tokens.map(click));
    const winners = approvers.filter((_, index) => clicks[index]?.statusCode === 200);
    expect(winners).toHaveLength(1);
    expect(clicks.filter(({ statusCode }) => statusCode === 404)).toHaveLength(2);
    expect(await result()).toMatchObject({ action: 'approve', audience: winners[0] });
    // Who decided may click again; who did not hears the same as before.
    expect((await Promise.all(tokens.map(click))).map(({ statusCode }) => statusCode)).toEqual(
      approvers.map((approver) => (approver === winners[0] ? 200 : 404)),
    );
  });

  it('so it is when every request has a process of its own: one click counts, and its repeats are answered alike', async () => {
    const place = await open();
    const { links, mint, result, arn } = await approvalIn(place);
    const [ann, bob] = [await mint({ audience: 'ann' }), await mint({ audience: 'bob' })];
    const clicks = [ann, ann, ann, bob, bob].flatMap(({ token }) => [
      { token, action: 'approve' },
      { token, action: 'reject' },
    ]);
    const click = (fields: Record<string, string>) =>
      client(callbackEndpoint({ links, client: callbackClient(place.elsewhere()) })).submit(fields);
    const all = clicks.map(click);
    if (isService) {
      await Promise.race(all);
      await place.settle();
    }
    const answers = (await Promise.all(all)).map(({ statusCode }) => statusCode);
    const { audience, action } = (await result()) as { audience: string; action: string };
    const winner = audience === 'ann' ? ann : bob;
    const expected = clicks.map((one) => (one.token === winner.token && one.action === action ? 200 : 404));
    expect(answers).toEqual(expected);
    expect((await place.history(arn)).filter((type) => type === 'CallbackSucceeded')).toHaveLength(1);
    const later = await Promise.all(clicks.map(click));
    expect(later.map(({ statusCode }) => statusCode)).toEqual(expected);
  });

  it('a process that dies between a click and its answer burns nothing, wherever it dies', async () => {
    for (const moment of ['before', 'after'] as const) {
      const place = await open();
      const sending = callbackClient(place.client);
      let died = false;
      const dying = {
        ...sending,
        async sendSuccess(...args: Parameters<typeof sending.sendSuccess>) {
          if (died) return sending.sendSuccess(...args);
          died = true;
          if (moment === 'after') await sending.sendSuccess(...args);
          throw new Error('the process died');
        },
      };
      const log = jest.spyOn(console, 'error').mockImplementation(() => {});
      const { browser, mint, result } = await approvalIn(place, { client: dying });
      const { token } = await mint();
      const fields = { token, action: 'approve' };
      expect((await browser.submit(fields)).statusCode).toBe(500);
      log.mockRestore();
      if (isService) await place.settle();
      expect((await browser.submit(fields)).statusCode).toBe(200);
      expect(await result()).toMatchObject({ action: 'approve' });
      expect((await browser.submit(fields)).statusCode).toBe(200);
    }
  });

  it('bad, used, foreign, expired and closed links get one answer, byte for byte', async () => {
    // Who runs the endpoint is told of the callback that is not there.
    jest.spyOn(console, 'error').mockImplementation(() => {});
    const place = await open();
    const { browser, mint, endpoint, callbackId, arn, refusals } = await approvalIn(place, {}, { days: 30 });
    const used = await mint();
    const other = await mint();
    const short = await mint({ expiresIn: { seconds: 1 } });
    const stranger = signedCallbackLinks({
      secrets: [{ id: 'one', secret: 'another secret of thirty-two bytes' }],
      url: 'https://api.example.com',
      now: () => place.time.now(),
    });
    const request = { callbackId, durableExecutionArn: arn, operation: 'approval', actions: ['approve'] };
    const foreign = await stranger.mint(request);
    const unknown = await mint({ callbackId: 'AAAA' });
    await browser.submit({ token: used.token, action: 'approve' });
    await place.pass(1000);
    const bad = [
      { token: other.token, action: 'approve' },
      { token: used.token, action: 'reject' },
      { token: used.token, action: 'pay' },
      { token: used.token },
      { token: short.token, action: 'approve' },
      { token: foreign.token, action: 'approve' },
      { token: unknown.token, action: 'approve' },
      { token: `${used.token}x`, action: 'approve' },
      { token: 'x', action: 'approve' },
      { token: callbackId, action: 'approve' },
      { token: 'ü🎉'.repeat(50), action: 'approve' },
      { token: 'A'.repeat(60_000), action: 'approve' },
      { action: 'approve' },
    ] as Record<string, string>[];
    for (const json of [false, true]) {
      const machine = client(endpoint);
      const answers = [];
      for (const fields of bad) {
        const { body, headers, ...rest } = await (json ? machine.post(fields) : browser.submit(fields));
        answers.push(JSON.stringify({ ...rest, body: pageOf(body), headers: pageOf(JSON.stringify(headers)) }));
      }
      expect([...new Set(answers)]).toHaveLength(1);
      expect(answers[0]).toContain('"statusCode":404');
    }
    expect(new Set(refusals)).toEqual(
      new Set(['CALLBACK_CLOSED', 'OTHER_ACTION', 'EXPIRED', 'NOT_AUTHENTIC', 'CALLBACK_UNKNOWN', 'MALFORMED']),
    );
  });

  it('a link is refused after its callback has timed out, or its execution was stopped', async () => {
    const late = await open();
    const timedOut = await approvalIn(late, {}, { seconds: 60 });
    const link = await timedOut.mint();
    await late.pass(60_000);
    expect((await timedOut.browser.submit({ token: link.token, action: 'approve' })).statusCode).toBe(404);
    expect(await timedOut.result()).toMatchObject({ failed: 'CallbackTimeoutError' });
    const place = await open();
    const stopped = await approvalIn(place);
    const { token } = await stopped.mint();
    await place.backend.executions.stop(stopped.arn);
    expect((await stopped.browser.submit({ token, action: 'approve' })).statusCode).toBe(404);
    expect(await stopped.result()).toBe('STOPPED');
  });

  it('keys may change while links are out', async () => {
    const place = await open();
    const { mint, result, callbackId, arn } = await approvalIn(place);
    const { token } = await mint();
    const fields = { token, action: 'approve' };
    const next = { id: 'two', secret: Buffer.alloc(32, 2) };
    const served = (secrets: typeof SECRETS | (typeof next)[]) =>
      client(
        callbackEndpoint({
          links: signedCallbackLinks({ secrets, url: 'https://api.example.com', now: () => place.time.now() }),
          client: callbackClient(place.client),
        }),
      );
    expect((await served([next]).submit(fields)).statusCode).toBe(404);
    expect((await served([{ id: 'one', secret: 'x'.repeat(32) }]).submit(fields)).statusCode).toBe(404);
    expect(await place.look(arn)).toMatchObject({ Status: 'RUNNING' });
    expect(callbackId).not.toBe('');
    expect((await served([next, ...SECRETS] as never).submit(fields)).statusCode).toBe(200);
    expect(await result()).toMatchObject({ action: 'approve' });
  });

  it('a link that was not used lives until it expires, and not a second longer', async () => {
    const place = await open();
    const { browser, mint, result } = await approvalIn(place, {}, { days: 30 });
    const { token, expiresAt } = await mint({ expiresIn: { days: 10 } });
    await place.pass(10 * DAY - 1000);
    expect((await browser.get({ token })).statusCode).toBe(200);
    await place.pass(expiresAt.getTime() - place.time.now());
    expect((await browser.get({ token })).statusCode).toBe(404);
    expect((await browser.submit({ token, action: 'approve' })).statusCode).toBe(404);
    expect(await result()).toBe('RUNNING');
  });

  it('can turn an answer into a failure of the callback', async () => {
    const place = await open();
    const { browser, mint, result } = await approvalIn(place, {
      completion: ({ action }) => ({ error: new RangeError(`${action}ed`) }),
    });
    const { token } = await mint();
    expect((await browser.submit({ token, action: 'reject' })).statusCode).toBe(200);
    expect(await result()).toMatchObject({
      failed: 'CallbackExternalError',
      message: expect.stringContaining('rejected'),
    });
    expect((await browser.submit({ token, action: 'reject' })).statusCode).toBe(200);
  });
});

/** A page without what is another one each time. */
function pageOf(body = ''): string {
  return body.replaceAll(/nonce(-|=\\?")[\w-]+/g, 'nonce');
}
