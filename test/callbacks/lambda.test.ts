import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CallbackAlreadyCompletedError,
  CallbackClosedError,
  CallbackNotSentError,
  CallbackRefusedError,
  callbackClient,
  UnknownCallbackError,
} from '@middy-durable/callbacks';
import { lambdaCallbacks } from '@middy-durable/core';
import type { Fault, LambdaApiServer } from '../support/lambda-api-server.ts';
import { PLACES, type Place } from './support/places.ts';

const DENIED = { status: 403, type: 'AccessDeniedException', message: 'not authorized' };

describe('callbacks of Lambda durable functions', () => {
  let place: Place & { close(): Promise<void> };
  let api: LambdaApiServer;
  let arn: string;
  let id: string;
  beforeEach(async () => {
    place = await (PLACES['the Lambda API'] as () => Promise<typeof place>)();
    api = place.api as LambdaApiServer;
    arn = await place.start(async (_event, context) => {
      await context.map(
        'before',
        Array.from({ length: 600 }, (_, index) => index),
        async (inner) => inner.step('noop', async () => 1),
      );
      return context.waitForCallback('approval', async (callbackId) => {
        id = callbackId;
      });
    });
  });
  afterEach(() => place.close());

  it('are sent as raw text, and answered with nothing', async () => {
    expect(await lambdaCallbacks({ client: api.client() }).succeed(id, 'not json')).toBeUndefined();
    const [call] = api.callsOf('SendDurableExecutionCallbackSuccess');
    expect(call?.body.toString()).toBe('not json');
    await place.settle();
    expect(await place.look(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"not json"' });
  });

  it('may lose an answer: the repeat finds in the history that it was itself', async () => {
    let lost = 0;
    api.fault = ({ operation }) => {
      if (operation !== 'SendDurableExecutionCallbackSuccess' || lost > 0) return undefined;
      lost += 1;
      return { drop: 'after' };
    };
    const sent = callbackClient(place.client).sendSuccess(id, 1, { durableExecutionArn: arn });
    // The service shows the completion once it has begun the next invocation.
    while (api.callsOf('GetDurableExecutionHistory').length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await place.settle();
    await sent;
    expect(api.callsOf('SendDurableExecutionCallbackSuccess')).toHaveLength(2);
  });

  it('say that nobody can know where the execution is not named', async () => {
    const client = callbackClient(place.client);
    await client.sendSuccess(id, 1);
    const refusal = await client.sendSuccess(id, 1).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CallbackClosedError);
    expect(refusal).toMatchObject({ name: 'CallbackClosedError', reason: undefined });
    expect((refusal as Error).message).toContain('Pass durableExecutionArn');
    expect(api.callsOf('GetDurableExecutionHistory')).toEqual([]);
  });

  it('say so too where the history may not be read', async () => {
    const client = callbackClient(place.client);
    await client.sendSuccess(id, 1);
    await place.settle();
    api.fault = ({ operation }) => (operation === 'GetDurableExecutionHistory' ? DENIED : undefined);
    const refusal = await client.sendSuccess(id, 1, { durableExecutionArn: arn }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'CallbackClosedError', reason: undefined });
    expect((refusal as { cause: { cause: Error } }).cause.cause.name).toBe('AccessDeniedException');
  });

  it('are looked up in every page of a history', async () => {
    const client = callbackClient(place.client);
    await client.sendFailure(id, { ErrorType: 'No', ErrorMessage: 'm', ErrorData: 'd' });
    await place.settle();
    const of = { durableExecutionArn: arn };
    await client.sendFailure(id, { ErrorType: 'No', ErrorMessage: 'm', ErrorData: 'd' }, of);
    for (const other of [{ ErrorType: 'No' }, { ErrorType: 'No', ErrorMessage: 'm', ErrorData: 'e' }]) {
      await expect(client.sendFailure(id, other, of)).rejects.toThrow(CallbackAlreadyCompletedError);
    }
    await expect(client.sendSuccess(id, 1, of)).rejects.toThrow(CallbackAlreadyCompletedError);
    await expect(
      client.sendSuccess(id, 1, { durableExecutionArn: arn.replace(/[^/]+$/, 'unknown') }),
    ).rejects.toMatchObject({ name: 'CallbackClosedError', reason: undefined });
  });

  it('are refused without the right to, and the message says which', async () => {
    api.fault = () => DENIED;
    await expect(callbackClient(place.client).sendHeartbeat(id)).rejects.toMatchObject({
      name: 'CallbackNotSentError',
      message: expect.stringContaining('on the function with its version or alias'),
    });
  });

  const BUSY: Fault = { status: 429, type: 'TooManyRequestsException' };
  const DOWN: Fault = { status: 500, type: 'ServiceException' };
  const PROXY: Fault = { status: 502, page: '<html>bad gateway</html>' };

  /** What goes wrong with the first requests of an operation, one after the other. */
  function troubles(...faults: Fault[]): void {
    api.fault = ({ operation }) => (operation?.startsWith('SendDurable') ? faults.shift() : undefined);
  }

  it.each<[string, Fault[]]>([
    ['throttled', [BUSY, BUSY]],
    ['down', [DOWN, PROXY]],
    ['cut off before it is applied', [{ drop: 'before' }, { drop: 'before' }]],
  ])('are sent again when the service is %s', async (_what, faults) => {
    troubles(...faults);
    await callbackClient(place.client).sendSuccess(id, { ok: true });
    expect(api.callsOf('SendDurableExecutionCallbackSuccess')).toHaveLength(3);
    await place.settle();
    expect(await place.look(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: JSON.stringify('{"ok":true}') });
  });

  it.each<[string, Fault, number]>([
    ['throttles', BUSY, 2],
    ['is down', DOWN, 2],
    ['is behind a proxy that fails', PROXY, 2],
    ['cuts off', { drop: 'before' }, 2],
    ['knows no such credentials', { status: 403, type: 'UnrecognizedClientException' }, 1],
    ['refuses old credentials', { status: 400, type: 'ExpiredTokenException' }, 1],
  ])('are not known to be sent when the service %s to the end', async (_what, fault, requests) => {
    api.fault = () => fault;
    const client = callbackClient({ lambda: api.client({ maxAttempts: 2 }) });
    for (const send of [
      () => client.sendSuccess(id, 1),
      () => client.sendFailure(id, 'no'),
      () => client.sendHeartbeat(id),
    ]) {
      api.calls.length = 0;
      await expect(send()).rejects.toThrow(CallbackNotSentError);
      expect(api.calls).toHaveLength(requests);
    }
    api.fault = undefined;
    await client.sendSuccess(id, 1);
  });

  it('are tried as often as the option says, each time by a client that tries again itself', async () => {
    api.fault = () => DOWN;
    const pauses: number[] = [];
    const pause = async (milliseconds: number) => pauses.push(milliseconds);
    const client = callbackClient({ lambda: api.client({ maxAttempts: 2 }), attempts: 3, pause });
    await expect(client.sendHeartbeat(id)).rejects.toThrow(CallbackNotSentError);
    expect([api.calls.length, pauses.length]).toEqual([6, 2]);
  });

  it.each<[string, Fault, unknown]>([
    ['does not know it', { status: 404, type: 'ResourceNotFoundException' }, UnknownCallbackError],
    [
      'can not read its id',
      { status: 400, type: 'InvalidParameterValueException', message: 'Invalid callback id' },
      UnknownCallbackError,
    ],
    [
      'takes no such size',
      { status: 400, type: 'InvalidParameterValueException', message: 'payload size' },
      CallbackRefusedError,
    ],
    ['finds it closed', { status: 400, type: 'CallbackTimeoutException' }, CallbackClosedError],
    ['finds it malformed', { status: 400, type: 'SerializationException' }, CallbackRefusedError],
  ])(
    'are refused for good when the service %s, by one request, and no error holds the id',
    async (_what, fault, Kind) => {
      api.fault = () => fault;
      const refusal = await callbackClient(place.client)
        .sendSuccess(id, 1)
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Kind);
      expect(api.calls).toHaveLength(1);
      const everything = inspect(refusal, { depth: 20, showHidden: true });
      for (const spelling of [id, encodeURIComponent(id)]) expect(everything).not.toContain(spelling);
    },
  );

  it('need no other right than those that the README names', async () => {
    const readme = await readFile(new URL('../../packages/callbacks/README.md', import.meta.url), 'utf8');
    const [row = ''] = /^\| whoever completes, on Lambda \|.*$/m.exec(readme) ?? [];
    const named = new Set(
      [...row.matchAll(/`(?:lambda:)?(\.\.\.)?([A-Z]\w+)`/g)].map(([, dots, name]) =>
        dots ? `SendDurableExecutionCallback${name}` : name,
      ),
    );
    const client = callbackClient(place.client);
    await client.sendHeartbeat(id);
    await client.sendFailure(id, 'no', { durableExecutionArn: arn });
    await client.sendSuccess(id, 1, { durableExecutionArn: arn }).catch(() => {});
    await place.settle();
    await expect(client.sendSuccess(id, 1, { durableExecutionArn: arn })).rejects.toThrow(
      CallbackAlreadyCompletedError,
    );
    expect(new Set(api.calls.map(({ operation }) => operation))).toEqual(named);
  });
});
