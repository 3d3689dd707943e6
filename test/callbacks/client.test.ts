import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import {
  CallbackAlreadyCompletedError,
  type CallbackClientOptions,
  CallbackClosedError,
  CallbackNotSentError,
  CallbackRefusedError,
  CallbackTimedOutError,
  callbackClient,
  UnknownCallbackError,
} from '@middy-durable/callbacks';
import { defaultSerdes } from '@middy-durable/core';
import type { CompletionOptions } from '@middy-durable/protocol';
import { encodeCallbackId, parseExecutionArn, ServiceException } from '@middy-durable/protocol';
import { inEveryPlace, type Place } from './support/places.ts';

jest.setTimeout(30_000);

inEveryPlace((open, name) => {
  /** An execution that waits for a callback and returns its result, or the error that it failed with. */
  async function waiting(options: { timeout?: number; heartbeat?: number } = {}) {
    const place = await open();
    let id = '';
    const arn = await place.start(async (_event, context) => {
      const config = {
        serdes: defaultSerdes,
        ...(options.timeout && { timeout: { seconds: options.timeout } }),
        ...(options.heartbeat && { heartbeatTimeout: { seconds: options.heartbeat } }),
      };
      const keep = async (callbackId: string): Promise<void> => {
        id = callbackId;
      };
      return context
        .waitForCallback('approval', keep, config)
        .catch((error: unknown) => ({ kind: (error as Error).name }));
    });
    // Only the Lambda service has to be told: the ids of our own callbacks lead to their execution.
    const of: CompletionOptions = { durableExecutionArn: arn };
    return { place, arn, id, of, client: callbackClient(place.client) };
  }
  const result = async (place: Place, arn: string): Promise<unknown> => {
    await place.settle();
    return JSON.parse((await place.look(arn)).Result ?? 'null');
  };

  it('hands a result over', async () => {
    const { place, arn, id, client } = await waiting();
    await client.sendSuccess(id, { approved: true, by: 'Grüße 🎉' });
    expect(await result(place, arn)).toEqual({ approved: true, by: 'Grüße 🎉' });
  });

  it('hands over that there is no result, or an error without its stack', async () => {
    const nothing = await waiting();
    await nothing.client.sendSuccess(nothing.id);
    expect(await result(nothing.place, nothing.arn)).toBeNull();
    const failed = await waiting();
    await failed.client.sendFailure(failed.id, new RangeError('too much'));
    expect(await result(failed.place, failed.arn)).toEqual({ kind: 'CallbackExternalError' });
    const { Events } = await failed.place.backend.executions.history(failed.arn);
    const recorded = Events.find(({ EventType }) => EventType === 'CallbackFailed')?.CallbackFailedDetails?.Error;
    expect(recorded?.Payload).toEqual({ ErrorType: 'RangeError', ErrorMessage: 'too much' });
  });

  it.each([
    ['the same result', ['sendSuccess', { by: 'ann' }]],
    ['no result', ['sendSuccess', undefined]],
    ['the same error', ['sendFailure', 'declined']],
    ['no error', ['sendFailure', undefined]],
  ] as const)('takes %s again, before the execution goes on and after its end', async (_what, [call, value]) => {
    const { place, arn, id, client, of } = await waiting();
    await client[call](id, value, of);
    if (name !== 'the Lambda API') await client[call](id, value, of);
    await place.settle();
    await client[call](id, value, of);
    expect((await place.look(arn)).Status).toBe('SUCCEEDED');
    const events = await place.history(arn);
    expect(events.filter((type) => /^Callback(Succeeded|Failed)$/.test(type))).toHaveLength(1);
  });

  it('refuses another result, an error after a result, and another writer of the same', async () => {
    const { place, arn, id, client, of } = await waiting();
    await client.sendSuccess(id, 1, { ...of, writerId: 'ann', writerOf: () => 'ann' });
    await place.settle();
    const others = [
      client.sendSuccess(id, 2, of),
      client.sendFailure(id, 'no', of),
      client.sendSuccess(id, 1, { ...of, writerId: 'bob', writerOf: () => 'ann' }),
    ];
    for (const other of others) await expect(other).rejects.toThrow(CallbackAlreadyCompletedError);
    await client.sendSuccess(id, 'something else', { ...of, writerId: 'ann', writerOf: () => 'ann' });
    expect(await result(place, arn)).toBe(1);
  });

  it('is one of many at once', async () => {
    const { place, arn, id, client, of } = await waiting();
    const answers = await Promise.allSettled([1, 2, 3, 4].map((number) => client.sendSuccess(id, number)));
    const won = answers.flatMap(({ status }, index) => (status === 'fulfilled' ? [index + 1] : []));
    expect(won).toEqual([await result(place, arn)]);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(CallbackClosedError);
    }
    await client.sendSuccess(id, won[0], of);
  });

  it('comes too late after the timeout, and says so', async () => {
    const { place, arn, id, client, of } = await waiting({ timeout: 60 });
    await place.pass(60_000);
    const late = await client.sendSuccess(id, 1, of).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(CallbackTimedOutError);
    expect(late).toMatchObject({ name: 'CallbackTimedOutError', reason: 'TIMED_OUT' });
    expect((late as Error).message).not.toContain(id);
    expect(await result(place, arn)).toEqual({ kind: 'CallbackTimeoutError' });
    await expect(client.sendHeartbeat(id)).rejects.toThrow(CallbackClosedError);
  });

  it('comes too late when the execution was stopped', async () => {
    const { place, arn, id, client, of } = await waiting();
    await place.backend.executions.stop(arn);
    await expect(client.sendSuccess(id, 1, of)).rejects.toMatchObject({
      name: 'CallbackClosedError',
      reason: 'EXECUTION_ENDED',
    });
  });

  it('keeps a callback alive with heartbeats', async () => {
    const { place, arn, id, client } = await waiting({ heartbeat: 10 });
    for (let beat = 0; beat < 5; beat++) {
      await place.pass(9_000);
      await client.sendHeartbeat(id);
    }
    expect((await place.look(arn)).Status).toBe('RUNNING');
    await place.pass(10_000);
    expect(await result(place, arn)).toEqual({ kind: 'CallbackTimeoutError' });
  });

  it('does not find what there is not', async () => {
    const { arn, id, client } = await waiting();
    const { id: runId } = parseExecutionArn(arn);
    const strangers = [
      '',
      'not base64!',
      'x'.repeat(1025),
      `${id}AAAA`,
      encodeCallbackId({ runId, operationId: 'x' }, 'guess'),
      encodeCallbackId({ runId: 'none', operationId: 'x' }, 'guess'),
    ];
    for (const stranger of strangers) {
      for (const sent of [
        client.sendSuccess(stranger, 1),
        client.sendFailure(stranger),
        client.sendHeartbeat(stranger),
      ])
        await expect(sent).rejects.toThrow(UnknownCallbackError);
    }
    await client.sendSuccess(id, 1);
  });

  it('refuses what can not be recorded, and sends nothing', async () => {
    const { place, id, client } = await waiting();
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const value of [circular, 1n, 'x'.repeat(1024 * 1024)]) {
      await expect(client.sendSuccess(id, value)).rejects.toThrow(CallbackRefusedError);
    }
    await expect(client.sendFailure(id, { ErrorData: 'x'.repeat(1024 * 1024) })).rejects.toThrow(CallbackRefusedError);
    await expect(client.sendFailure(id, { code: 7 })).rejects.toThrow(TypeError);
    expect(place.api?.calls ?? []).toEqual([]);
    await client.sendSuccess(id, 'x'.repeat(1024 * 1024 - 2));
  });
});

describe('a request that fails', () => {
  const ID = encodeCallbackId({ runId: 'run', operationId: 'cb' }, 'secret');

  /** A backend whose requests fail with these errors, one after the other, and then succeed. */
  function failing(failures: unknown[] = [], options: CallbackClientOptions = {}) {
    const pauses: number[] = [];
    const sent: unknown[][] = [];
    const request = async (...args: unknown[]): Promise<void> => {
      sent.push(args);
      if (failures.length > 0) throw failures.shift();
    };
    const client = callbackClient({
      backend: { callbacks: { succeed: request, fail: request, heartbeat: request } },
      pause: async (ms) => pauses.push(ms),
      ...options,
    });
    return { client, sent, pauses };
  }

  it('is sent again, as the same writer, after growing pauses', async () => {
    const { client, sent, pauses } = failing([
      new ServiceException('down'),
      { name: 'ThrottlingException' },
      new Error('reset'),
    ]);
    await client.sendSuccess(ID, 1);
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map((args) => JSON.stringify(args))).size).toBe(1);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(50 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(100 * 2 ** index);
    }
  });

  it('never says the id, also where the service quotes it, however deep one looks', async () => {
    for (const name of [
      'ValidationException',
      'AccessDeniedException',
      'InternalFailure',
      'ResourceNotFoundException',
    ]) {
      const url = `/2025-12-01/durable-execution-callbacks/${encodeURIComponent(ID)}/succeed`;
      const inner = Object.assign(new Error(`POST ${url}`), { request: { headers: [{ path: url }] } });
      const quoting = Object.assign(new Error(`${ID} was refused`, { cause: inner }), {
        name,
        $metadata: { httpStatusCode: 400 },
      });
      // The AWS SDK has it there, for good.
      Object.defineProperty(quoting, '$response', { value: { request: { path: url } } });
      const { client } = failing(Array(4).fill(quoting));
      const error = (await client.sendSuccess(ID, 1).catch((thrown: unknown) => thrown)) as Error;
      const all = inspect(error, { depth: 20, showHidden: true });
      expect(all).toContain('[secret] was refused');
      expect(error.cause).toMatchObject({ name, message: '[secret] was refused' });
      for (const spelling of [ID, encodeURIComponent(ID)]) expect(all).not.toContain(spelling);
    }
  });

  it('is for somebody else to mend where credentials are none: nothing is taken for refused for good', async () => {
    const names = ['UnrecognizedClientException', 'ExpiredTokenException', 'InvalidSignatureException', 'Forbidden'];
    for (const [index, name] of [...names, 'RequestTimeoutException', 'IncompleteSignature'].entries()) {
      const httpStatusCode = index < names.length ? 403 : index === names.length ? 408 : 400;
      const { client } = failing(
        Array(4).fill(Object.assign(new Error(name), { name, $metadata: { httpStatusCode } })),
      );
      await expect(client.sendSuccess(ID, 1)).rejects.toThrow(CallbackNotSentError);
    }
  });

  it('is the same writer where the option is there, but says nothing', async () => {
    const { client, sent } = failing([]);
    await client.sendSuccess(ID, 1, { writerId: undefined });
    await client.sendSuccess(ID, 1);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
    expect(JSON.stringify(sent[0])).toContain('content:');
  });

  it('is given up after four attempts, and may be sent again later', async () => {
    const down = new ServiceException('down');
    const { client, sent } = failing([down, down, down, down]);
    const failure = await client.sendHeartbeat(ID).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CallbackNotSentError);
    expect(failure).toMatchObject({ cause: down, message: expect.stringContaining('down') });
    expect(sent).toHaveLength(4);
    await client.sendHeartbeat(ID);
  });

  it.each([
    [{ name: 'AccessDeniedException', message: 'No.', $metadata: { httpStatusCode: 403 } }, 4, CallbackNotSentError],
    [{ name: 'ValidationException', message: 'bad', $metadata: { httpStatusCode: 400 } }, 1, CallbackRefusedError],
    [
      { name: 'InvalidParameterValueException', message: 'payload size must be', $metadata: { httpStatusCode: 400 } },
      1,
      CallbackRefusedError,
    ],
    [{ name: 'CallbackTimeoutException', $metadata: { httpStatusCode: 400 } }, 1, CallbackClosedError],
  ])('is told apart: %j', async (error, attempts, Kind) => {
    const { client, sent } = failing(Array(4).fill(error));
    await expect(client.sendSuccess(ID, 1)).rejects.toThrow(Kind);
    expect(sent).toHaveLength(attempts);
  });

  it.each([
    [{ backend: {} }, 'has no callbacks'],
    [{ backend: { callbacks: { succeed() {} } }, lambda: { send() {} } }, 'not both'],
    [{ lambda: {} }, 'no function send'],
    [{ attempts: 0 }, 'attempts must be a whole number'],
    [{ attempts: 1.5 }, 'attempts must be a whole number'],
  ])('is not even made by a client with bad options: %j', (options, message) => {
    expect(() => callbackClient(options as never)).toThrow(message);
  });

  it('is never taken for sent when the text is none', async () => {
    const { client } = failing(undefined, { serialize: () => 7 as never });
    await expect(client.sendSuccess(ID, 1)).rejects.toThrow('serialize gave a number');
  });
});
