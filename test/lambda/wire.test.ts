import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { memoryBackend } from '@middy-durable/backend';
import { DurableExecutionApiClient } from '@middy-durable/core';
import { LambdaApiServer } from '../support/lambda-api-server.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST/durable-execution/a-name/an-id';
const REQUEST = { DurableExecutionArn: ARN, CheckpointToken: 'd+A/dA==' };

let api: LambdaApiServer;
let transport: DurableExecutionApiClient;
beforeEach(async () => {
  api = await LambdaApiServer.listen(memoryBackend());
  transport = new DurableExecutionApiClient(api.client({ maxAttempts: 1 }));
});
afterEach(() => api.close());

const answers = (body: object): void => {
  api.fault = () => ({ status: 200, page: JSON.stringify(body) });
};

it('moments arrive as dates with their milliseconds, nulls as nothing, members of tomorrow not at all', async () => {
  answers({
    CheckpointToken: null,
    NewExecutionState: {
      NextMarker: null,
      Operations: [
        {
          Id: 'a',
          Name: null,
          Type: 'STEP',
          Status: 'PENDING',
          StartTimestamp: 1767225600.123,
          StepDetails: { Attempt: 1, NextAttemptTimestamp: 1767225605, Result: null, Error: { ErrorType: 'E' } },
          FutureDetails: { unknown: true },
        },
        {
          Id: 'b',
          Type: 'TYPE_OF_TOMORROW',
          Status: 'STARTED',
          StartTimestamp: 1767225600,
          WaitDetails: { ScheduledEndTimestamp: 1767225601.5 },
        },
      ],
    },
  });
  const { CheckpointToken, NewExecutionState } = await transport.checkpoint(REQUEST);
  expect(CheckpointToken).toBeUndefined();
  expect(NewExecutionState?.NextMarker).toBeUndefined();
  expect(NewExecutionState?.Operations).toEqual([
    {
      Id: 'a',
      Type: 'STEP',
      Status: 'PENDING',
      StartTimestamp: new Date(1767225600123),
      StepDetails: {
        Attempt: 1,
        NextAttemptTimestamp: new Date(1767225605000),
        Error: { ErrorType: 'E' },
      },
    },
    {
      Id: 'b',
      Type: 'TYPE_OF_TOMORROW',
      Status: 'STARTED',
      StartTimestamp: new Date(1767225600000),
      WaitDetails: { ScheduledEndTimestamp: new Date(1767225601500) },
    },
  ]);
});

it('text arrives as it was stored: any characters, nothing decoded', async () => {
  const Result = JSON.stringify('ü 漢 \u2028 \u0000 "\\" {"__proto__":1} ZGF0YQ==');
  answers({ Operations: [{ Id: 'a', Type: 'STEP', Status: 'SUCCEEDED', StartTimestamp: 1, StepDetails: { Result } }] });
  const { Operations } = await transport.getExecutionState({ ...REQUEST, Marker: 'a b+c/=', MaxItems: 1000 });
  expect(Operations?.[0]?.StepDetails?.Result).toBe(Result);
  expect(api.calls[0]?.url).toContain('Marker=a%20b%2Bc%2F%3D&MaxItems=1000');
});

it('ids are encoded in the path, and updates are sent whole, without what is undefined', async () => {
  answers({ NewExecutionState: {} });
  const update = { Id: 'a', Type: 'STEP', Action: 'RETRY', SubType: 'Step', Name: 'ü'.normalize() } as const;
  await transport.checkpoint({
    ...REQUEST,
    ClientToken: 'client-1',
    Updates: [
      {
        ...update,
        ParentId: undefined,
        Payload: undefined,
        Error: { ErrorType: 'E', ErrorMessage: 'm', StackTrace: ['Caused by: x'] },
        StepOptions: { NextAttemptDelaySeconds: 5 },
      },
    ],
  });
  const [call] = api.calls;
  expect(call?.url).toBe(`/2025-12-01/durable-executions/${encodeURIComponent(ARN)}/checkpoint`);
  expect(JSON.parse(call?.body.toString() as string)).toEqual({
    CheckpointToken: REQUEST.CheckpointToken,
    ClientToken: 'client-1',
    Updates: [
      {
        ...update,
        Error: { ErrorType: 'E', ErrorMessage: 'm', StackTrace: ['Caused by: x'] },
        StepOptions: { NextAttemptDelaySeconds: 5 },
      },
    ],
  });
});
