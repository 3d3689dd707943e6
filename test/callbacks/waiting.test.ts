import { withDurableExecution as official } from '@aws/durable-execution-sdk-js';
import { describe, expect, it, jest } from '@jest/globals';
import {
  CallbackAlreadyCompletedError,
  type CallbackClient,
  CallbackTimedOutError,
  callbackClient,
  callbackEndpoint,
  type SignedCallbackOptions,
  type SignedCallbackRequest,
  signedCallbackLinks,
  UnknownCallbackError,
  waitForSignedCallback,
  withHeartbeat,
} from '@middy-durable/callbacks';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from '@middy-durable/testing';
import { z } from 'zod';
import { SECRETS } from './support/approval.ts';
import { client } from './support/entrances.ts';
import { inEveryPlace, type Place } from './support/places.ts';

jest.setTimeout(30_000);

const ACTIONS = ['approve', 'reject'];
const URL_TEXT = 'https://api.example.com/approvals';
const linksAt = (now: () => number) => signedCallbackLinks({ secrets: SECRETS, url: URL_TEXT, now });

inEveryPlace((open) => {
  async function asking(options: Partial<SignedCallbackOptions> = {}, onSend?: (attempt: number) => unknown) {
    const place = await open();
    const links = linksAt(() => place.time.now());
    const sent: SignedCallbackRequest[] = [];
    const arn = await place.start(async (_event, context) =>
      waitForSignedCallback(
        context,
        'approval',
        async (request) => {
          sent.push(request);
          await onSend?.(sent.length);
        },
        { links, actions: ACTIONS, timeout: { days: 3 }, ...options },
      ).catch((error: unknown) => ({ failed: (error as Error).name, message: (error as Error).message })),
    );
    const endpoint = callbackEndpoint({ links, client: callbackClient(place.client) });
    return { place, arn, links, sent, browser: client(endpoint) };
  }
  const result = async (place: Place, arn: string): Promise<unknown> => {
    await place.settle();
    return JSON.parse((await place.look(arn)).Result ?? 'null');
  };
  const tokenOf = (url: string | undefined): string => new URL(url ?? '').searchParams.get('token') ?? '';

  it('sends a link, waits, and hands over who answered what', async () => {
    const { place, arn, sent, browser, links } = await asking({ audience: 'ann@example.com' });
    expect(sent).toHaveLength(1);
    expect(await links.open(tokenOf(sent[0]?.url))).toMatchObject({
      durableExecutionArn: arn,
      operation: 'approval',
      actions: ACTIONS,
      audience: 'ann@example.com',
      expiresAt: new Date(place.time.now() + 3 * 86_400_000),
    });
    const page = await browser.get({ token: tokenOf(sent[0]?.url) });
    expect(page.body).toContain('approval');
    await browser.submit({ token: tokenOf(sent[0]?.url), action: 'approve', comment: 'fine' });
    expect(await result(place, arn)).toMatchObject({
      action: 'approve',
      payload: { comment: 'fine' },
      audience: 'ann@example.com',
    });
  });

  it('records no link, and no token, wherever it looks', async () => {
    const { place, arn, sent, browser } = await asking();
    await browser.submit({ token: tokenOf(sent[0]?.url), action: 'approve' });
    await result(place, arn);
    const { Events } = await place.backend.executions.history(arn, { maxItems: 1000 });
    const recorded = JSON.stringify([Events, await place.look(arn)]);
    expect(recorded).toContain('approve');
    expect(recorded).not.toContain(tokenOf(sent[0]?.url));
    expect(recorded).not.toContain('https://api.example.com');
  });

  it('sends another link when sending failed; each is good, none outlives the callback, the first that is used counts', async () => {
    const { place, arn, sent, browser, links } = await asking({ timeout: { hours: 1 } }, (attempt) => {
      if (attempt < 3) throw new Error('the mail service is down');
    });
    const began = place.time.now();
    await place.pass(600_000);
    expect(sent.length).toBe(3);
    const tokens = sent.map(({ url }) => tokenOf(url));
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) {
      const { expiresAt } = await links.open(token);
      expect(expiresAt.getTime()).toBeLessThanOrEqual(began + 3_600_000);
    }
    expect((await browser.submit({ token: tokens[0] ?? '', action: 'reject' })).statusCode).toBe(200);
    expect((await browser.submit({ token: tokens[2] ?? '', action: 'approve' })).statusCode).toBe(404);
    expect(await result(place, arn)).toMatchObject({ action: 'reject' });
  });

  it('waits in branches and child contexts, each for an answer of its own', async () => {
    const place = await open();
    const links = linksAt(() => place.time.now());
    const urls = new Map<string, string>();
    const ask = (context: DurableContext, name: string, who: string) =>
      waitForSignedCallback(context, name, ({ url }) => void urls.set(who, url), {
        links,
        actions: ACTIONS,
        audience: who,
        timeout: { days: 3 },
      });
    const arn = await place.start(async (_event, context) => {
      const all = await context.map('approvals', ['ann', 'bob', 'cy'], (branch, who) => ask(branch, 'approval', who));
      const votes = all.getResults().map(({ audience, action }) => `${audience}: ${action}`);
      const last = await context.runInChildContext('finally', async (child) => ask(child, 'seal', 'dee'));
      return [...votes, `${last.audience}: ${last.action}`];
    });
    const browser = client(callbackEndpoint({ links, client: callbackClient(place.client) }));
    const answer = async (who: string, action: string): Promise<void> => {
      expect((await browser.submit({ token: tokenOf(urls.get(who)), action })).statusCode).toBe(200);
      await place.settle();
    };
    expect([...urls.keys()].sort()).toEqual(['ann', 'bob', 'cy']);
    await answer('cy', 'reject');
    await answer('ann', 'approve');
    expect((await browser.submit({ token: tokenOf(urls.get('cy')), action: 'approve' })).statusCode).toBe(404);
    await answer('bob', 'approve');
    await answer('dee', 'approve');
    expect(await result(place, arn)).toEqual(['ann: approve', 'bob: approve', 'cy: reject', 'dee: approve']);
  });

  it('gives up when nobody answers in time', async () => {
    const { place, arn, sent, browser } = await asking({ timeout: { seconds: 60 } });
    await place.pass(60_000);
    expect(await result(place, arn)).toMatchObject({ failed: 'CallbackTimeoutError' });
    expect((await browser.get({ token: tokenOf(sent[0]?.url) })).statusCode).toBe(404);
  });

  it('keeps the secrets out of the error of a mail service that quotes the mail', async () => {
    const place = await open();
    const links = linksAt(() => place.time.now());
    const tokens: string[] = [];
    const causes: AggregateError[] = [];
    const arn = await place.start(async (_event, context) =>
      waitForSignedCallback(
        context,
        'approval',
        async ({ url, mint, token }) => {
          const other = await mint({ audience: 'bob', actions: ['approve'] });
          const id = (await links.open(token)).callbackId;
          tokens.push(encodeURIComponent(id));
          tokens.push(token, other.token);
          const cause = new AggregateError([new Error(url), url], 'two servers refused');
          causes.push(cause);
          cause.cause = cause;
          throw Object.assign(new Error(`550 could not deliver "${url}" for ${encodeURIComponent(id)}`, { cause }), {
            mail: other.url,
          });
        },
        { links, actions: ACTIONS, retryStrategy: () => ({ shouldRetry: false }) },
      ),
    );
    const execution = await place.look(arn);
    expect(execution.Status).toBe('FAILED');
    const { Events } = await place.backend.executions.history(arn, { maxItems: 1000 });
    const recorded = JSON.stringify([execution, Events]);
    expect(recorded).toContain('550 could not deliver');
    expect(recorded).toContain('[secret]');
    expect(tokens).toHaveLength(3);
    const kept = causes.flatMap(({ errors }) => errors.map(String)).join();
    expect(kept).toContain('[secret]');
    for (const token of tokens) {
      expect(recorded).not.toContain(token);
      expect(kept).not.toContain(token);
    }
  });

  it('does long work under a heartbeat', async () => {
    const place = await open();
    let id = '';
    const arn = await place.start(async (_event, context) =>
      context.waitForCallback(
        'encode',
        async (callbackId) => {
          id = callbackId;
        },
        { heartbeatTimeout: { seconds: 30 } },
      ),
    );
    const sender = callbackClient(place.client);
    const turns: (() => void)[] = [];
    const schedule = (turn: () => void): (() => void) => {
      turns.push(turn);
      return () => {};
    };
    const done = await withHeartbeat(
      sender,
      id,
      { seconds: 10 },
      async ({ signal }) => {
        for (let minute = 0; minute < 20; minute++) {
          await place.pass(10_000);
          turns.at(-1)?.();
          while (turns.length <= minute + 1) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        expect(signal.aborted).toBe(false);
        return 'film';
      },
      schedule,
    );
    await sender.sendSuccess(id, done);
    expect(await result(place, arn)).toBe('"film"');
  });
});

describe('waitForSignedCallback', () => {
  it.each([
    ['before', 'START'],
    ['after', 'START'],
    ['before', 'SUCCEED'],
    ['after', 'SUCCEED'],
  ] as const)('outlives a process that dies %s the %s of the sending is recorded', async (moment, action) => {
    let died = false;
    const links = linksAt(() => runner.now().getTime());
    const minted: SignedCallbackRequest[] = [];
    const sent: string[] = [];
    const runner = createTestRunner({
      wrapClient: (durable) => ({
        ...durable,
        async checkpoint(request) {
          const isIt = request.Updates?.some(({ Type, Action }) => Type === 'STEP' && Action === action);
          if (died || !isIt) return durable.checkpoint(request);
          died = true;
          if (moment === 'after') await durable.checkpoint(request);
          throw new Error('the process dies');
        },
      }),
      handler: withDurableExecution(async (_event: unknown, context) => {
        const mail = async (request: SignedCallbackRequest): Promise<void> => {
          minted.push(request);
          // Between the link and the mail: it is not sent any more when START is what the process dies of.
          if (action === 'START' && minted.length === 1) await new Promise(() => {});
          sent.push(request.url);
        };
        const answer = await waitForSignedCallback(context, 'approval', mail, {
          links,
          actions: ACTIONS,
          timeout: { hours: 1 },
        });
        return `${answer.action} ${answer.writerId.split(':')[1]}`;
      }),
    });
    const began = runner.now().getTime();
    const execution = await runner.start({});
    await execution.callback('approval');
    await execution.advance({ minutes: 5 });
    expect(died).toBe(true);
    // What was sent before its record was lost is sent again; what was recorded is not.
    const again = action === 'START' || moment === 'before' ? 2 : 1;
    expect([minted.length, sent.length]).toEqual([again, action === 'START' ? 1 : again]);
    expect(new Set(minted.map(({ token }) => token)).size).toBe(again);
    for (const { token } of minted) {
      expect((await links.open(token)).expiresAt.getTime()).toBeLessThanOrEqual(began + 3_600_000);
    }
    const browser = client(callbackEndpoint({ links, client: callbackClient({ backend: runner.backend }) }));
    // The link of the dead process is as good as the other one, and of both the first click counts.
    const [old, fresh] = [minted[0], minted.at(-1)];
    expect((await browser.submit({ token: old?.token ?? '', action: 'reject' })).statusCode).toBe(200);
    expect((await browser.submit({ token: fresh?.token ?? '', action: 'approve' })).statusCode).toBe(404);
    expect(await execution.result()).toBe(`reject ${old?.id}`);
  });

  it('keeps every link within its callback, whoever asks for a longer one', async () => {
    for (const wrap of [withDurableExecution, official as never as typeof withDurableExecution]) {
      const lives: number[] = [];
      const links = linksAt(() => runner.now().getTime());
      const runner = createTestRunner({
        handler: wrap(async (_event: unknown, context) =>
          waitForSignedCallback(
            context,
            'approval',
            async ({ mint, expiresAt }) => {
              const now = runner.now().getTime();
              const more = [{ expiresIn: { days: 30 } }, { expiresIn: undefined }, { expiresIn: { minutes: 1 } }, {}];
              const others = await Promise.all(more.map((changes) => mint(changes as object)));
              for (const end of [expiresAt, ...others.map((link) => link.expiresAt)]) {
                lives.push(Math.ceil((end.getTime() - now) / 60_000));
              }
            },
            { links, actions: ACTIONS, timeout: { hours: 1 } },
          ),
        ) as never,
      });
      const execution = await runner.start({});
      await execution.callback('approval');
      expect(lives).toEqual([60, 60, 60, 1, 60]);
    }
  });

  it('has a typed payload, read by a schema in the handler', async () => {
    const schema = z.object({ amount: z.number(), due: z.coerce.date() });
    let url = '';
    const note = (request: SignedCallbackRequest): void => {
      url = request.url;
    };
    const now = () => runner.now().getTime();
    const links = linksAt(now);
    const runner = createTestRunner<string>({
      handler: withDurableExecution(async (_event: unknown, context) => {
        const answer = await waitForSignedCallback(context, 'offer', note, {
          links,
          actions: ['offer'],
          payload: schema,
        });
        const { amount, due } = answer.payload ?? { amount: 0, due: new Date(0) };
        return `${amount.toFixed(2)} by ${due.toISOString()}`;
      }),
    });
    const execution = await runner.start({});
    await execution.callback('offer');
    const machine = client(
      callbackEndpoint({ links, client: callbackClient({ backend: runner.backend }), payload: schema }),
    );
    const token = new URL(url).searchParams.get('token');
    expect((await machine.post({ token, payload: { amount: '7' } })).statusCode).toBe(422);
    expect((await machine.post({ token, payload: { amount: 7, due: '2026-02-01' } })).statusCode).toBe(200);
    expect(await execution.result()).toBe('7.00 by 2026-02-01T00:00:00.000Z');
  });

  it('fails with what did not fit, where the endpoint did not check', async () => {
    let url = '';
    const note = (request: SignedCallbackRequest): void => {
      url = request.url;
    };
    const links = linksAt(() => runner.now().getTime());
    const runner = createTestRunner({
      handler: withDurableExecution(async (_event: unknown, context) =>
        waitForSignedCallback(context, 'offer', note, {
          links,
          actions: ['offer'],
          payload: z.object({ amount: z.number() }),
        }),
      ),
    });
    const execution = await runner.start({});
    await execution.callback('offer');
    const machine = client(callbackEndpoint({ links, client: callbackClient({ backend: runner.backend }) }));
    await machine.post({ token: new URL(url).searchParams.get('token'), payload: { amount: 'x' } });
    const run = await execution.run();
    expect(run.status).toBe('FAILED');
    expect(run.error?.ErrorMessage).toContain('does not fit: amount:');
  });

  it.each([
    [{ days: 2 }, 3600],
    [{ minutes: 1 }, 60],
    [undefined, 3600],
  ])('works with the official SDK, too; a link of %j lives %i seconds of an hour', async (expiresIn, lives) => {
    let url = '';
    const note = (request: SignedCallbackRequest): void => {
      url = request.url;
    };
    const links = linksAt(() => runner.now().getTime());
    const runner = createTestRunner({
      handler: official(async (_event: unknown, context) =>
        waitForSignedCallback(context as never, 'approval', note, {
          links,
          actions: ACTIONS,
          timeout: { hours: 1 },
          expiresIn,
        }),
      ) as never,
    });
    const execution = await runner.start({});
    await execution.callback('approval');
    const browser = client(callbackEndpoint({ links, client: callbackClient({ backend: runner.backend }) }));
    const token = new URL(url).searchParams.get('token') ?? '';
    const left = (await links.open(token)).expiresAt.getTime() - runner.now().getTime();
    expect(Math.ceil(left / 1000)).toBe(lives);
    await browser.submit({ token, action: 'approve' });
    expect(await execution.result()).toMatchObject({ action: 'approve' });
  });

  it.each([
    [['x', () => {}, { actions: [] }], '1 to 16 actions'],
    [['', () => {}, {}], 'name of the operation'],
    [['x'.repeat(257), () => {}, {}], 'name of the operation'],
    [['x', () => {}, { audience: '' }], 'audience of a link'],
    [['x', () => {}, { actions: ['a b'] }], 'name of an action'],
    [[undefined, () => {}, {}], 'needs a name'],
    [['x', 'mail', {}], 'send must be a function'],
    [['x', () => {}, { links: undefined }], 'option links'],
    [['x', () => {}, { payload: {} }], 'option payload'],
  ])('refuses bad arguments at once: %j', (args, message) => {
    const [name, send, options] = args as [string, () => void, object];
    const context = {
      executionContext: { durableExecutionArn: 'arn' },
      waitForCallback: () => expect(true).toBe(false),
    };
    const all = { links: linksAt(Date.now), actions: ACTIONS, ...options };
    expect(() => waitForSignedCallback(context as never, name, send, all as never)).toThrow(message);
  });
});

describe('withHeartbeat', () => {
  const ID = 'AAAA';
  /** Answers heartbeats one after the other, by resolving or with these errors. */
  function beating(...answers: (Error | undefined)[]) {
    const sent: string[] = [];
    const turns: { turn: () => void; ms: number }[] = [];
    const sender: Pick<CallbackClient, 'sendHeartbeat'> = {
      async sendHeartbeat(id) {
        sent.push(id);
        const answer = answers.shift();
        if (answer) throw answer;
      },
    };
    let cancelled = 0;
    const schedule = (turn: () => void, ms: number): (() => void) => {
      turns.push({ turn, ms });
      return () => {
        cancelled += 1;
      };
    };
    const next = async (): Promise<void> => {
      turns.at(-1)?.turn();
      for (let tick = 0; tick < 5; tick++) await Promise.resolve();
    };
    return { sender, sent, turns, next, schedule, cancelled: () => cancelled };
  }

  it('beats at once and then at every turn, until the work is done', async () => {
    const { sender, sent, turns, next, schedule, cancelled } = beating();
    const result = await withHeartbeat(
      sender,
      ID,
      { minutes: 1 },
      async () => {
        expect(sent).toHaveLength(1);
        await next();
        await next();
        return 7;
      },
      schedule,
    );
    expect(result).toBe(7);
    expect([sent.length, turns.length, cancelled()]).toEqual([3, 3, 1]);
    expect(turns.every(({ ms }) => ms === 60_000)).toBe(true);
  });

  it.each([CallbackTimedOutError, CallbackAlreadyCompletedError, UnknownCallbackError])(
    'begins no work for nobody: %p',
    async (Refusal) => {
      const error = new Refusal(ID);
      const { sender, turns, schedule } = beating(error);
      const work = jest.fn(async () => 7);
      await expect(withHeartbeat(sender, ID, { seconds: 1 }, work, schedule)).rejects.toBe(error);
      expect(work).not.toHaveBeenCalled();
      expect(turns).toEqual([]);
    },
  );

  it('aborts work when nobody waits for it any more, and beats no more', async () => {
    const error = new CallbackTimedOutError(ID);
    const { sender, sent, turns, next, schedule } = beating(undefined, error);
    const working = withHeartbeat(
      sender,
      ID,
      { seconds: 1 },
      async ({ signal }) => {
        await next();
        signal.throwIfAborted();
      },
      schedule,
    );
    await expect(working).rejects.toBe(error);
    expect([sent.length, turns.length]).toEqual([2, 1]);
  });

  it('goes on beating when a heartbeat did not arrive, the first one too', async () => {
    const { sender, sent, next, schedule } = beating(new Error('reset'), new Error('reset'));
    const result = await withHeartbeat(
      sender,
      ID,
      { seconds: 1 },
      async ({ signal }) => {
        await next();
        await next();
        return signal.aborted;
      },
      schedule,
    );
    expect([result, sent.length]).toEqual([false, 3]);
  });

  it('schedules nothing more when the work ends, or fails, while a heartbeat is under way', async () => {
    for (const end of [async () => 7, () => Promise.reject(new Error('no disk'))]) {
      const { turns, schedule } = beating();
      let arrive = (): void => {};
      let beats = 0;
      const slow = {
        sendHeartbeat: () => {
          beats += 1;
          return beats === 1 ? Promise.resolve() : new Promise<void>((resolve) => (arrive = resolve));
        },
      };
      const work = async (): Promise<number> => {
        turns.at(-1)?.turn();
        return end();
      };
      await withHeartbeat(slow, ID, { seconds: 1 }, work, schedule).catch(() => {});
      expect([beats, turns.length]).toEqual([2, 1]);
      arrive();
      for (let tick = 0; tick < 5; tick++) await Promise.resolve();
      expect(turns).toHaveLength(1);
    }
  });

  it('stops when the work fails, and leaves no timer', async () => {
    const { sender, schedule, cancelled } = beating();
    const failing = withHeartbeat(sender, ID, { seconds: 1 }, () => Promise.reject(new Error('no disk')), schedule);
    await expect(failing).rejects.toThrow('no disk');
    expect(cancelled()).toBe(1);
    jest.useFakeTimers();
    try {
      const usual = withHeartbeat(sender, ID, { seconds: 1 }, async () => {
        expect(jest.getTimerCount()).toBe(1);
      });
      await usual;
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not beat without a pause, however long one is asked for', async () => {
    jest.useFakeTimers();
    try {
      const { sender, sent } = beating();
      await withHeartbeat(sender, ID, { days: 60 }, async () => {
        await jest.advanceTimersByTimeAsync(60_000);
      });
      expect(sent).toHaveLength(1);
    } finally {
      jest.useRealTimers();
    }
  });

  it.each([{ seconds: 0 }, { seconds: 0.5 }, 5])('refuses to beat every %j', async (every) => {
    await expect(withHeartbeat(beating().sender, ID, every as never, async () => 1)).rejects.toThrow('every');
  });
});
