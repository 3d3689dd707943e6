import { describe, expect, it } from '@jest/globals';
import { callbackClient, type HttpResponse } from '@middy-durable/callbacks';
import { createTestRunner, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { linkIn, type Mail, readMails } from './outside/mail.ts';
import { readOrders } from './outside/shop.ts';

process.env.LINK_URL = 'https://decide.example/';
process.env.LINK_SECRET = 'a secret of this test, of thirty-two bytes and more';
const { handler } = await import('./approval.ts');
const { endpointFor } = await import('./endpoint.ts');

const GRACE = 'grace@example.com';
const ADA = 'ada@example.com';
const PURCHASE = { id: 'p-1', item: 'Lamps', cents: 4_900, approver: GRACE, manager: ADA };
const DAY = 86_400_000;

useFreshOutside();

/** A purchase that waits for its approval. */
async function asked(options: Partial<TestRunnerOptions> = {}) {
  const runner = createTestRunner<object>({ handler, ...options });
  const execution = await runner.start(PURCHASE);
  await execution.callback('approval');
  await execution.advance({ seconds: 60 });
  const endpoint = endpointFor(callbackClient({ backend: runner.backend }));
  const send = (mail: Mail | undefined, method: string, fields: Record<string, string> = {}): Promise<HttpResponse> => {
    const token = new URL(linkIn(mail)).searchParams.get('token') ?? '';
    return endpoint({
      version: '2.0',
      rawQueryString: method === 'GET' ? new URLSearchParams({ token }).toString() : '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      requestContext: { http: { method } },
      ...(method === 'POST' && { body: new URLSearchParams({ token, ...fields }).toString() }),
    });
  };
  return {
    runner,
    execution,
    open: (mail?: Mail) => send(mail, 'GET'),
    click: async (mail: Mail | undefined, action: string, comment = '') =>
      (await send(mail, 'POST', { action, comment })).statusCode,
  };
}
const mails = (): string[] => readMails().map(({ to, subject }) => `${subject} (${to})`);
const orders = (): string[] => readOrders().map(({ outcome }) => outcome);

describe('a purchase', () => {
  it('is bought when the approver approves by the link in the mail', async () => {
    const { execution, open, click } = await asked();
    const [mail] = readMails();
    expect(mails()).toEqual([`Please approve: Lamps (${GRACE})`]);
    expect((await open(mail)).body).toContain('<strong>Lamps</strong>, grace@example.com');
    expect(orders()).toEqual([]);
    expect(await click(mail, 'approve', 'Fine.')).toBe(200);
    expect(await execution.result()).toEqual({ status: 'bought', order: 'order for p-1', by: GRACE, comment: 'Fine.' });
    expect(orders()).toEqual(['ordered']);
    expect(mails()).toHaveLength(1);
  });

  it('is not bought when the approver rejects it', async () => {
    const { execution, click } = await asked();
    expect(await click(readMails()[0], 'reject', 'Too dear.')).toBe(200);
    expect(await execution.result()).toEqual({ status: 'rejected', by: GRACE, comment: 'Too dear.' });
    expect(orders()).toEqual([]);
  });

  it('is asked for again after a day, and not before', async () => {
    const { execution, click } = await asked();
    await execution.advance({ milliseconds: DAY - 62_000 });
    expect(mails()).toHaveLength(1);
    await execution.advance({ seconds: 2 });
    expect(mails()).toEqual([`Please approve: Lamps (${GRACE})`, `Still to be approved: Lamps (${GRACE})`]);
    expect(await click(readMails()[1], 'approve')).toBe(200);
    expect(await execution.result()).toMatchObject({ status: 'bought', by: GRACE });
    expect(mails()).toHaveLength(2);
  });

  it('goes to the manager after three days; the first link is as good as ever, and the first click counts', async () => {
    const { execution, click } = await asked();
    await execution.advance({ milliseconds: 3 * DAY - 62_000 });
    expect(mails()).toHaveLength(2);
    await execution.advance({ seconds: 2 });
    expect(mails()[2]).toBe(`Nobody decided yet: Lamps (${ADA})`);
    const [first, reminder, escalation] = readMails();
    expect(await click(escalation, 'approve')).toBe(200);
    expect(await click(first, 'reject')).toBe(404);
    expect(await click(reminder, 'approve')).toBe(404);
    expect(await click(escalation, 'approve')).toBe(200);
    expect(await execution.result()).toMatchObject({ status: 'bought', by: ADA });
    expect(orders()).toEqual(['ordered']);
  });

  it('may be decided by the approver after all', async () => {
    const { execution, click } = await asked();
    await execution.advance({ days: 5 });
    const [first, , escalation] = readMails();
    const clicks = await Promise.all([click(first, 'reject'), click(escalation, 'approve')]);
    expect(clicks.sort()).toEqual([200, 404]);
    const { status, by } = (await execution.result()) as { status: string; by: string };
    expect([`rejected ${GRACE}`, `bought ${ADA}`]).toContain(`${status} ${by}`);
    expect(orders()).toHaveLength(status === 'bought' ? 1 : 0);
  });

  it('is forgotten after seven days, and its links are worth nothing', async () => {
    const { execution, click } = await asked();
    await execution.advance({ days: 7 });
    expect(await execution.result()).toEqual({ status: 'nobody decided' });
    expect(mails()).toHaveLength(3);
    for (const mail of readMails()) expect(await click(mail, 'approve')).toBe(404);
    expect(orders()).toEqual([]);
  });

  it('is not decided by a comment that is too long', async () => {
    const { execution, click } = await asked();
    expect(await click(readMails()[0], 'approve', 'x'.repeat(501))).toBe(422);
    expect(await click(readMails()[0], 'approve', 'x'.repeat(500))).toBe(200);
    expect(await execution.result()).toMatchObject({ status: 'bought' });
  });

  it.each([
    ['before', 'ask', 2],
    ['after', 'ask', 1],
    ['before', 'remind', 3],
    ['after', 'remind', 2],
    ['before', 'buy', 2],
    ['after', 'buy', 2],
  ] as const)('is bought once when the process dies %s the end of %s is recorded', async (moment, operation, sent) => {
    const { runner, execution, click } = await asked({ wrapClient: crash(moment, operation) });
    await execution.advance(operation === 'ask' ? { hours: 12 } : { days: 2 });
    expect(mails()).toHaveLength(sent);
    const clicks = [];
    for (const mail of readMails()) clicks.push(await click(mail, 'approve'));
    expect(clicks).toEqual([200, ...clicks.slice(1).map(() => 404)]);
    expect(await execution.result()).toMatchObject({ status: 'bought' });
    expect(runner.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
    expect(readOrders().filter(({ outcome }) => outcome === 'ordered')).toHaveLength(1);
  });

  it('has no link in its record', async () => {
    const { execution, click } = await asked();
    await execution.advance({ days: 4 });
    await click(readMails()[2], 'approve');
    await execution.result();
    const recorded = JSON.stringify((await execution.look()).history());
    expect(readMails()).toHaveLength(3);
    for (const mail of readMails()) expect(recorded).not.toContain(new URL(linkIn(mail)).searchParams.get('token'));
    expect(recorded).not.toContain('decide.example');
  });
});
