import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import type { DurableExecutionClient } from '../transport.ts';
import type { LambdaClientLike } from './aws-sdk.ts';
import { DurableExecutionApiClient, lambdaTransport } from './lambda-transport.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/name/id';
const REQUEST = { DurableExecutionArn: ARN, CheckpointToken: 'dDA=', Updates: [], ClientToken: 'c' };
/** Of either command, with what the service never leaves out. */
const ANSWER = { NewExecutionState: {}, Operations: [] };

/** A client of the user: `send` gets commands of the AWS SDK. */
function clientOf(send: (command: { input: unknown }) => Promise<unknown>): LambdaClientLike {
  return { send };
}

describe('lambdaTransport', () => {
  it("sends commands of the AWS SDK through the user's client and answers with what it gets", async () => {
    const sent: unknown[] = [];
    const transport = lambdaTransport({
      client: clientOf(async (command) => {
        sent.push(command);
        return ANSWER;
      }),
    });
    expect(await transport.checkpoint(REQUEST)).toBe(ANSWER);
    expect(await transport.getExecutionState({ ...REQUEST, Marker: 'm', MaxItems: 7 })).toBe(ANSWER);
    expect(sent[0]).toBeInstanceOf(CheckpointDurableExecutionCommand);
    expect(sent[0]).toMatchObject({ input: REQUEST });
    expect(sent[1]).toBeInstanceOf(GetDurableExecutionStateCommand);
    expect(sent[1]).toMatchObject({ input: { Marker: 'm', MaxItems: 7 } });
  });

  it('takes a real client, and its answers are ours, for the compiler', () => {
    const fits = (client: LambdaClient): DurableExecutionClient => lambdaTransport({ client });
    const answers = (client: LambdaClient): DurableExecutionClient => ({
      checkpoint: (request) => client.send(new CheckpointDurableExecutionCommand(request)),
      getExecutionState: (request) => client.send(new GetDurableExecutionStateCommand(request)),
    });
    expect([fits, answers]).toHaveLength(2);
  });

  it('hands errors on as they are, and logs them with the id of the request', async () => {
    const failure = Object.assign(new Error('busy'), { $metadata: { requestId: 'r-1', httpStatusCode: 500 } });
    const transport = lambdaTransport({ client: clientOf(() => Promise.reject(failure)) });
    const lines: unknown[][] = [];
    const logger = { error: (...line: unknown[]) => lines.push(line) } as never;
    await expect(transport.checkpoint(REQUEST, logger)).rejects.toBe(failure);
    await expect(transport.getExecutionState(REQUEST, logger)).rejects.toBe(failure);
    await expect(transport.getExecutionState(REQUEST)).rejects.toBe(failure);
    expect(lines).toEqual([
      ['Failed to checkpoint durable execution', failure, { requestId: 'r-1' }],
      ['Failed to get durable execution state', failure, { requestId: 'r-1' }],
    ]);
    expect(JSON.stringify(lines)).not.toContain(REQUEST.CheckpointToken);
  });

  it.each([
    ['checkpoint', 'NewExecutionState and no CheckpointToken', { Operations: [] }],
    ['checkpoint', 'NewExecutionState and no CheckpointToken', { NewExecutionState: null }],
    ['checkpoint', 'NewExecutionState and no CheckpointToken', undefined],
    ['getExecutionState', 'Operations', { $metadata: { httpStatusCode: 200 } }],
    ['getExecutionState', 'Operations', { NextMarker: 'm' }],
  ] as const)('does not take an answer to %s without %s for one of the service: %j', async (call, member, answer) => {
    const lines: unknown[] = [];
    const transport = lambdaTransport({ client: clientOf(async () => answer) });
    const failure = await transport[call](REQUEST, { error: (line: unknown) => lines.push(line) } as never).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'DurableExecutionClientError', scope: 'INVOCATION' });
    expect((failure as Error).message).toContain(`the answer has no ${member}`);
    expect(lines).toHaveLength(1);
  });

  it('hands on what is thrown without being an error', async () => {
    const logger = { error() {} } as never;
    for (const thrown of [undefined, null, 'text']) {
      const transport = lambdaTransport({ client: clientOf(() => Promise.reject(thrown)) });
      await expect(transport.checkpoint(REQUEST, logger)).rejects.toBe(thrown);
    }
  });

  it.each([
    ['a client that sends nothing', { client: {} }, 'option client has no function send; pass a LambdaClient'],
    ['a client that is a name', { client: 'lambda' }, 'option client must be an object'],
    ['options that are none', 'lambda', 'the options must be an object'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => lambdaTransport(options as never)).toThrow(TypeError);
    expect(() => lambdaTransport(options as never)).toThrow(message);
  });
});

describe('DurableExecutionApiClient', () => {
  it('is the transport, by the name and with the constructor of the official SDK', async () => {
    const transport = new DurableExecutionApiClient(clientOf(async ({ input }) => ({ ...ANSWER, input })));
    expect(await transport.checkpoint(REQUEST)).toEqual({ ...ANSWER, input: REQUEST });
    expect(DurableExecutionApiClient.name).toBe('DurableExecutionApiClient');
    expect(new DurableExecutionApiClient()).toBeInstanceOf(DurableExecutionApiClient);
    expect(lambdaTransport()).toBeInstanceOf(DurableExecutionApiClient);
  });
});
