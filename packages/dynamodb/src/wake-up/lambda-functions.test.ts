import { describe, expect, it, jest } from '@jest/globals';
import { processClock } from '@middy-durable/backend';
import { ResourceNotFoundException } from '@middy-durable/protocol';
import { LambdaBusy, lambdaFunctions } from './lambda-functions.ts';

const event = { middyDurableWakeUp: { runId: 'run', sequence: 1, at: 0 } };
const latest = { qualifier: '$LATEST', tenantId: undefined };

function functionsWith(answer: (input: object) => unknown) {
  const inputs: object[] = [];
  const client = {
    send: async (command: never) => {
      const { input } = command as { input: object };
      inputs.push(input);
      return answer(input);
    },
  };
  // No test here waits: a pause is over at once.
  const clock = { ...processClock, schedule: (callback: () => void) => processClock.schedule(callback, 0) };
  return { inputs, functions: lambdaFunctions(client, clock) };
}

const failing =
  (name: string, members: object = {}) =>
  () => {
    throw Object.assign(new Error('sorry'), { name, ...members });
  };
const context = () => ({ requestId: 'r', signal: new AbortController().signal, deadline: 0, qualifier: '$LATEST' });

describe('lambdaFunctions', () => {
  it('hands over to the version that the run started on, for its tenant, without waiting', async () => {
    const { inputs, functions } = functionsWith(() => ({ StatusCode: 202 }));
    await functions.handOver('orders', event, latest);
    await functions.handOver('orders', event, { qualifier: '7', tenantId: 'blue' });
    const usual = { FunctionName: 'orders', InvocationType: 'Event', Payload: JSON.stringify(event) };
    expect(inputs).toEqual([usual, { ...usual, Qualifier: '7', TenantId: 'blue' }]);
  });

  it.each(['TooManyRequestsException', 'ThrottlingException', 'ServiceException', 'TimeoutError', 'ECONNRESET'])(
    'calls %s a reason to slow down',
    async (name) => {
      const { functions } = functionsWith(failing(name));
      const refused = functions.handOver('orders', event, latest);
      await expect(refused).rejects.toBeInstanceOf(LambdaBusy);
      await expect(refused).rejects.toMatchObject({ retryable: true });
    },
  );

  it('calls an answer of 500 a reason to slow down', async () => {
    const { functions } = functionsWith(failing('Unknown', { $metadata: { httpStatusCode: 502 } }));
    await expect(functions.handOver('orders', event, latest)).rejects.toBeInstanceOf(LambdaBusy);
  });

  it('says which function is missing, and which right', async () => {
    const missing = functionsWith(failing('ResourceNotFoundException')).functions;
    await expect(missing.handOver('orders', event, latest)).rejects.toThrow('Function not found: orders');
    const version = missing.handOver('orders', event, { ...latest, qualifier: '7' });
    await expect(version).rejects.toThrow('Function not found: orders in version 7');
    await expect(version).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(missing.invoke('tax', 1 as never, context())).rejects.toBeInstanceOf(ResourceNotFoundException);
    const denied = functionsWith(failing('AccessDeniedException')).functions;
    await expect(denied.send('wake-up', {})).rejects.toThrow('Give this role lambda:InvokeFunction');
  });

  it('gives what an ordinary function returned, and throws what it reported', async () => {
    const answers = [
      { Payload: Buffer.from('{"tax":2}') },
      {},
      { FunctionError: 'Unhandled', Payload: Buffer.from('{"errorType":"TypeError","errorMessage":"no"}') },
    ];
    const { inputs, functions } = functionsWith(() => answers.shift());
    expect(await functions.invoke('tax', 21 as never, context())).toEqual({ tax: 2 });
    expect(await functions.invoke('tax', 21 as never, { ...context(), tenantId: 'blue' })).toBeNull();
    const failed = functions.invoke('tax', 21 as never, context());
    await expect(failed).rejects.toEqual({ errorType: 'TypeError', errorMessage: 'no' });
    expect(inputs[1]).toEqual({ FunctionName: 'tax', Payload: '21', TenantId: 'blue' });
  });

  it('calls an ordinary function again that was throttled, and no other one', async () => {
    const refusals = ['TooManyRequestsException', 'TooManyRequestsException'];
    const throttled = functionsWith(() => {
      const name = refusals.shift();
      return name === undefined ? { Payload: Buffer.from('1') } : failing(name)();
    });
    expect(await throttled.functions.invoke('tax', 1 as never, context())).toBe(1);
    expect(throttled.inputs).toHaveLength(3);
    const broken = functionsWith(failing('ServiceException'));
    await expect(broken.functions.invoke('tax', 1 as never, context())).rejects.toThrow('sorry');
    expect(broken.inputs).toHaveLength(1);
  });

  it('gives up on a throttled function when its time is over', async () => {
    const end = new AbortController();
    const answer = jest.fn(() => {
      end.abort();
      return failing('TooManyRequestsException')();
    });
    const { functions } = functionsWith(answer);
    await expect(functions.invoke('tax', 1 as never, { ...context(), signal: end.signal })).rejects.toThrow('sorry');
    expect(answer).toHaveBeenCalledTimes(1);
  });
});
