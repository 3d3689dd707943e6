import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { callbackClient, callbackEndpoint } from '@middy-durable/callbacks';
import { createTestRunner } from '@middy-durable/testing';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { type LocalUrl, localUrl } from './local-url.ts';
import { linkIn, readMails } from './outside/mail.ts';
import { isInBrowser, newVisitors } from './test-support/visitor.ts';

jest.setTimeout(60_000);

const url: LocalUrl = await localUrl();
process.env.LINK_URL = url.url;
process.env.LINK_SECRET = 'a secret of this test, of thirty-two bytes and more';
const { handler } = await import('./approval.ts');
const { endpointFor } = await import('./endpoint.ts');
// Which it is stands in the names of the tests: scripts/ci-summary.mjs prints it.
const visitors = await newVisitors();

const GRACE = 'grace@example.com';
const PURCHASE = { id: 'p-1', item: 'Lamps & more', cents: 4_900, approver: GRACE, manager: 'ada@example.com' };

useFreshOutside();
afterAll(async () => {
  for (const visitor of visitors) await visitor.close();
  await url.close();
});

async function asked() {
  const runner = createTestRunner<object>({ handler });
  const execution = await runner.start(PURCHASE);
  await execution.callback('approval');
  await execution.advance({ seconds: 60 });
  url.answerWith(endpointFor(callbackClient({ backend: runner.backend })));
  return { runner, execution, link: linkIn(readMails()[0]) };
}

describe.each(visitors)('an approval by mail link, $how', (visitor) => {
  it('is a page with a comment and two buttons; pressing one decides', async () => {
    const { execution, link } = await asked();
    const page = await visitor.open(link);
    expect(await page.heading()).toBe('Please confirm');
    expect(await page.buttons()).toEqual(['Approve', 'Reject']);
    expect((await execution.look()).status).toBe('RUNNING');
    await page.write('Comment', 'Fine, "thanks" <3');
    await page.press('Approve');
    expect(await page.heading()).toBe('Thank you');
    expect(await page.buttons()).toEqual([]);
    expect(await execution.result()).toMatchObject({ status: 'bought', by: GRACE, comment: 'Fine, "thanks" <3' });
    // Nothing on it was against its own policy.
    expect(page.complaints()).toEqual([]);
  });

  it('may be opened in two tabs: the same button again is fine, the other one comes too late', async () => {
    const { execution, link } = await asked();
    const tabs = [await visitor.open(link), await visitor.open(link), await visitor.open(`${link}&action=approve`)];
    const [one, again, other] = tabs;
    expect(await other?.buttons()).toEqual(['Approve']);
    await one?.press('Reject');
    await again?.press('Reject');
    await other?.press('Approve');
    expect(await Promise.all(tabs.map((tab) => tab.heading()))).toEqual([
      'Thank you',
      'Thank you',
      'This link is not valid',
    ]);
    expect(await execution.result()).toMatchObject({ status: 'rejected', by: GRACE });
  });

  it('shows nothing for a link that is no link', async () => {
    const { execution, link } = await asked();
    const page = await visitor.open(`${link}x`);
    expect(await page.heading()).toBe('This link is not valid');
    expect(await page.buttons()).toEqual([]);
    expect((await execution.look()).status).toBe('RUNNING');
  });
});

// What only a browser can tell; where none starts there are no such tests.
for (const visitor of visitors.filter(isInBrowser)) {
  describe(`the page for everybody, ${visitor.how}`, () => {
    it.each(['light', 'dark'] as const)('has nothing in the way of anybody, in %s', async (scheme) => {
      const { link } = await asked();
      const page = await visitor.open(link);
      await page.paint(scheme);
      expect(await page.barriers()).toEqual([]);
      await page.write('Comment', 'x'.repeat(501));
      await page.press('Approve');
      // It asks again, with what was written.
      expect(await page.buttons()).toEqual(['Approve', 'Reject']);
      expect(await page.barriers()).toEqual([]);
      await page.write('Comment', 'shorter');
      await page.press('Reject');
      expect(await page.heading()).toBe('Thank you');
      expect(await page.barriers()).toEqual([]);
      const stranger = await visitor.open(`${link}x`);
      await stranger.paint(scheme);
      expect(await stranger.barriers()).toEqual([]);
    });

    it('can be used without a mouse, and Enter in a field decides nothing', async () => {
      const { runner, execution, link } = await asked();
      const client = callbackClient({ backend: runner.backend });
      const { links } = await import('./links.ts');
      url.answerWith(callbackEndpoint({ links, client, fields: { comment: { label: 'Comment' } } }));
      const page = await visitor.open(link);
      await page.type('Tab');
      expect(await page.focused()).toEqual({ name: 'Comment', isMarked: true });
      await page.type('a');
      await page.type('Enter');
      await page.type('Tab');
      expect(await page.focused()).toEqual({ name: 'Approve', isMarked: true });
      expect((await execution.look()).status).toBe('RUNNING');
      await page.type('Tab');
      expect(await page.focused()).toEqual({ name: 'Reject', isMarked: true });
      await page.pressFocused();
      expect(await page.heading()).toBe('Thank you');
      expect(await execution.result()).toMatchObject({ status: 'rejected', comment: 'a' });
      expect(page.complaints()).toEqual([]);
    });
  });
}
