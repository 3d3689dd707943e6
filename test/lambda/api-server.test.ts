import {
  GetDurableExecutionCommand,
  type GetDurableExecutionCommandOutput,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryBackend } from '@middy-durable/backend';
import { withDurableExecution } from '@middy-durable/core';
import { LambdaApiServer } from '../support/lambda-api-server.ts';

const silent = (): void => {};
const SILENT = { error: silent, warn: silent, info: silent, debug: silent };
const FUNCTION = 'orders:$LATEST';

let client: LambdaClient;
let stop: () => Promise<void>;
beforeEach(async () => {
  const backend = memoryBackend();
  const handler = withDurableExecution<{ ask?: boolean; fail?: boolean } | undefined>(
    async (event, context) => {
      context.configureLogger({ customLogger: SILENT });
      if (event?.fail) throw new RangeError('out of range');
      if (event?.ask) return context.waitForCallback('answer', async () => {}, { heartbeatTimeout: { hours: 1 } });
      return { event };
    },
    { durableExecutionClient: backend.client },
  );
  const service = backend.service({ invoke: (_name, envelope) => handler(envelope, {}) });
  const controller = new AbortController();
  const running = service.run({ signal: controller.signal });
  const api = await LambdaApiServer.listen(backend);
  client = api.client();
  stop = async () => {
    controller.abort();
    await running;
    await api.close();
  };
});
afterEach(() => stop());

const invoke = (payload: object, more: Partial<InvokeCommandInput> = {}) =>
  client.send(new InvokeCommand({ FunctionName: FUNCTION, Payload: JSON.stringify(payload), ...more }));

async function startAsking(): Promise<{ DurableExecutionArn: string; CallbackId: string }> {
  const { StatusCode, DurableExecutionArn } = await invoke({ ask: true }, { InvocationType: 'Event' });
  expect(StatusCode).toBe(202);
  for (;;) {
    const { Events = [] } = await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
    const { CallbackId } = Events.find((event) => event.CallbackStartedDetails)?.CallbackStartedDetails ?? {};
    if (CallbackId) return { DurableExecutionArn: DurableExecutionArn as string, CallbackId };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function ended(DurableExecutionArn: string): Promise<GetDurableExecutionCommandOutput> {
  for (;;) {
    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
    if (execution.Status !== 'RUNNING') return execution;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('Invoke', () => {
  it('answers with the result, the ARN and the version', async () => {
    const answer = await invoke({ id: 7 }, { DurableExecutionName: 'order-7' });
    expect(JSON.parse(answer.Payload?.transformToString() as string)).toEqual({ event: { id: 7 } });
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      DurableExecutionArn: expect.stringContaining('/durable-execution/order-7/'),
    });
    const again = await invoke({ id: 7 }, { DurableExecutionName: 'order-7' });
    expect(again.DurableExecutionArn).toBe(answer.DurableExecutionArn);
    await expect(invoke({ id: 8 }, { DurableExecutionName: 'order-7' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
      $metadata: { httpStatusCode: 409 },
    });
  });

  it('answers with the error of an execution that failed', async () => {
    const { FunctionError, Payload } = await invoke({ fail: true });
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload?.transformToString() as string)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'out of range',
    });
  });

  it('takes the qualifier beside the name, and refuses a name without one', async () => {
    expect(await invoke({}, { FunctionName: 'orders', Qualifier: '3' })).toMatchObject({ ExecutedVersion: '3' });
    await expect(invoke({}, { FunctionName: 'orders' })).rejects.toThrow('unqualified ARN');
    expect(await invoke({}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
  });
});

describe('callbacks', () => {
  it('succeed, after heartbeats, once', async () => {
    const { DurableExecutionArn, CallbackId } = await startAsking();
    await client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
    await client.send(
      new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('{"ok":"ü"}') }),
    );
    expect(await ended(DurableExecutionArn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"{\\"ok\\":\\"ü\\"}"' });
    await expect(client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId }))).rejects.toMatchObject({
      name: 'CallbackTimeoutException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('fail', async () => {
    const { DurableExecutionArn, CallbackId } = await startAsking();
    const refused = { ErrorType: 'Refused', ErrorMessage: 'no' };
    await client.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: refused }));
    expect(await ended(DurableExecutionArn)).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage: 'no' } });
  });

  it('are refused where the id is none, or the result no text', async () => {
    const { CallbackId } = await startAsking();
    await expect(
      client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: 'AA==' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(
      client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from([0xff]) })),
    ).rejects.toThrow('not UTF-8');
  });
});

describe('executions', () => {
  it('are described, with moments as dates and payloads on demand', async () => {
    const { DurableExecutionArn } = await invoke({ id: 7 });
    const described = await ended(DurableExecutionArn as string);
    expect(described).toMatchObject({ Status: 'SUCCEEDED', InputPayload: '{"id":7}', ExecutionDataIncluded: true });
    expect(Math.abs((described.StartTimestamp?.getTime() as number) - Date.now())).toBeLessThan(60_000);
    const bare = await client.send(
      new GetDurableExecutionCommand({ DurableExecutionArn, IncludeExecutionData: false }),
    );
    expect(bare).toMatchObject({ ExecutionDataIncluded: false });
    expect(bare).not.toHaveProperty('InputPayload');
  });

  it('are listed by page and status', async () => {
    for (const DurableExecutionName of ['a', 'b', 'c']) await invoke({}, { DurableExecutionName });
    await invoke({ fail: true });
    const list = (more: object) =>
      client.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: FUNCTION, ...more }));
    const page = await list({ Statuses: ['SUCCEEDED'], ReverseOrder: true, MaxItems: 2 });
    expect(page.DurableExecutions?.map(({ DurableExecutionName }) => DurableExecutionName)).toEqual(['a', 'b']);
    const rest = await list({ Statuses: ['SUCCEEDED'], ReverseOrder: true, Marker: page.NextMarker });
    expect(rest.DurableExecutions).toHaveLength(1);
    expect((await list({ StartedAfter: new Date(Date.now() + 60_000) })).DurableExecutions).toEqual([]);
  });

  it('are stopped', async () => {
    const { DurableExecutionArn } = await startAsking();
    const { StopTimestamp } = await client.send(
      new StopDurableExecutionCommand({ DurableExecutionArn, Error: { ErrorMessage: 'enough' } }),
    );
    expect(StopTimestamp).toBeInstanceOf(Date);
    expect(await ended(DurableExecutionArn)).toMatchObject({ Status: 'STOPPED', Error: { ErrorMessage: 'enough' } });
  });

  it('that are not there are not found', async () => {
    const { DurableExecutionArn } = await invoke({});
    const other = `${DurableExecutionArn}0`;
    await expect(client.send(new GetDurableExecutionCommand({ DurableExecutionArn: other }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });
});
