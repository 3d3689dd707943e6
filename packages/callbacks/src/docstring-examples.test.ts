import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { memoryBackend } from '@middy-durable/backend';
import { type DurableContext, defaultSerdes, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from '@middy-durable/testing';
import {
  answerDeserializer,
  type CallbackClient,
  CallbackClosedError,
  callbackClient,
  callbackEndpoint,
  completesCallbacks,
  escapeHtml,
  html,
  InvalidLinkError,
  signedCallbackLinks,
  waitForSignedCallback,
  withHeartbeat,
} from './index.ts';

/** The examples of the docstrings and of the README, as they stand there. */
describe('examples', () => {
  const links = signedCallbackLinks({
    secrets: [{ id: '2026-11', secret: 'a secret of thirty-two bytes or more' }],
    url: 'https://api.example.com/approvals',
  });

  /** An execution that waits, and what completes it. */
  async function waiting(): Promise<{ id: string; arn: string; client: CallbackClient; result(): Promise<unknown> }> {
    let waits = { id: '', arn: '' };
    const runner = createTestRunner({
      handler: withDurableExecution(async (_event: unknown, context) =>
        context.waitForCallback(
          'approval',
          async (id) => {
            waits = { id, arn: context.executionContext.durableExecutionArn };
          },
          { serdes: defaultSerdes },
        ),
      ),
    });
    const execution = await runner.start();
    await execution.callback('approval');
    return { ...waits, client: callbackClient({ backend: runner.backend }), result: () => execution.result() };
  }

  it('callbackClient, its calls and errors', async () => {
    const { id: callbackId, client, result } = await waiting();
    await client.sendHeartbeat(callbackId);
    await client.sendSuccess(callbackId, { approved: true });
    expect(await result()).toEqual({ approved: true });
    const late = client.sendFailure(callbackId, new Error('The card was declined.')).catch((error) => {
      if (!(error instanceof CallbackClosedError)) throw error; // too late: nothing left to do
      return 'too late';
    });
    expect(await late).toBe('too late');
  });

  it('signedCallbackLinks, mint and open', async () => {
    const { id: callbackId, arn: durableExecutionArn } = await waiting();
    const link = await links.mint({
      callbackId,
      durableExecutionArn,
      operation: 'approval',
      actions: ['approve', 'reject'],
    });
    const { operation, audience } = await links.open(link.token);
    expect([operation, audience]).toEqual(['approval', undefined]);
    const grant = await links.open(`${link.token}x`).catch((error) => {
      if (error instanceof InvalidLinkError) return undefined; // error.reason says what was wrong
      throw error;
    });
    expect(grant).toBeUndefined();
  });

  it('waitForSignedCallback, callbackEndpoint, answerDeserializer', async () => {
    const mails: string[] = [];
    const mail = async (_to: string, url: string): Promise<void> => void mails.push(url);
    const order = { approver: 'ann@example.com' };
    const runner = createTestRunner({
      handler: withDurableExecution(async (_event: unknown, context: DurableContext) => {
        const answer = await waitForSignedCallback(context, 'approval', ({ url }) => mail(order.approver, url), {
          links,
          actions: ['approve', 'reject'],
          expiresIn: { days: 3 },
        });
        if (answer.action === 'reject') return 'cancelled';
        const again = await context.waitForCallback('same', (id) => mail('', id), { serdes: answerDeserializer() });
        return again.action;
      }),
    });
    const { backend } = runner;
    const handler = middy(callbackEndpoint({ links, client: callbackClient({ backend }) }));
    const execution = await runner.start();
    await execution.callback('approval');
    const token = new URL(mails[0] ?? '').searchParams.get('token');
    const event = {
      requestContext: { http: { method: 'POST' } },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, action: 'approve' }),
    };
    expect(await handler(event as never, {} as never)).toMatchObject({ statusCode: 200 });
    await (await execution.callback('same')).succeed('{"action":"approve","writerId":"x"}');
    expect(await execution.result()).toBe('approve');
  });

  it('completesCallbacks', async () => {
    const { id: callbackId, client, result } = await waiting();
    const handler = middy(async () => ({ batchItemFailures: [] })).use(
      completesCallbacks<{ callbackId: string; result: unknown }>({
        client,
        completion: ({ data }) => ({ callbackId: data.callbackId, result: data.result }),
      }),
    );
    const body = JSON.stringify({ callbackId, result: 7 });
    const event = { Records: [{ eventSource: 'aws:sqs', messageId: 'm', body }] };
    expect(await handler(event as never, {} as never)).toEqual({ batchItemFailures: [] });
    expect(await result()).toBe(7);
  });

  it('withHeartbeat', async () => {
    const { id: callbackId, client, result } = await waiting();
    const encode = async (source: string, _options: { signal: AbortSignal }): Promise<string> => `${source}.mp4`;
    const film = await withHeartbeat(client, callbackId, { seconds: 20 }, ({ signal }) => encode('film', { signal }));
    await client.sendSuccess(callbackId, film);
    expect(await result()).toBe('film.mp4');
  });

  it('html', () => {
    expect(String(html`<p title="${'"'}">${'<b>'}${html`<br>`}</p>`)).toBe('<p title="&quot;">&lt;b&gt;<br></p>');
  });

  it('escapeHtml', () => {
    expect(escapeHtml('<b>"x"</b>')).toBe('&lt;b&gt;&quot;x&quot;&lt;/b&gt;');
    expect(escapeHtml("&'")).toBe('&amp;&#39;');
  });

  it('a client of a backend of any kind', () => {
    expect(() => callbackClient({ backend: memoryBackend() })).not.toThrow();
    expect(() => callbackClient()).not.toThrow();
  });
});
