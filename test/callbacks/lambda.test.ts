import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CallbackAlreadyCompletedError, CallbackClosedError, callbackClient } from '@middy-durable/callbacks';
import { lambdaCallbacks } from '@middy-durable/core';
import type { LambdaApiServer } from '../support/lambda-api-server.ts';
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
});
