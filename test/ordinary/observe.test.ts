import { expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import { memoryBackend, memoryStore } from '@middy-durable/backend';
import {
  type DurableContext,
  type DurableExecutionConfig,
  durableExecution,
  withDurableExecution,
} from '@middy-durable/core';
import { type OrdinaryEventOptions, RUNTIME_KEY } from '@middy-durable/protocol';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const message = {
  Records: [{ messageId: 'm-7', body: '7', eventSource: 'aws:sqs', attributes: {}, messageAttributes: {} }],
};

type LambdaHandler = (event: unknown, context: object) => Promise<unknown>;

function observed(
  handler: (event: unknown, context: DurableContext) => Promise<unknown>,
  options: Omit<OrdinaryEventOptions, 'mode'> = {},
) {
  const clock = new VirtualRuntime();
  const store = memoryStore();
  const backend = memoryBackend({ store, clock });
  const durable = withDurableExecution(handler, { backend, mode: 'observe', ...options });
  const call = (requestId = 'r-1') =>
    clock.until(durable({ ...message, [RUNTIME_KEY]: clock }, { awsRequestId: requestId, functionName: 'orders' }));
  return { backend, store, clock, call };
}

it('records operations, waits in the invocation, and gives plain answers', async () => {
  const { backend, clock, call } = observed(async (_event, context) => {
    const one = await context.step('one', async () => 1);
    await context.wait('pause', { seconds: 90 });
    return { one };
  });
  const began = clock.now();
  expect(await call()).toEqual({ one: 1 });
  expect(clock.now() - began).toBeGreaterThanOrEqual(90_000);
  const { DurableExecutions: found } = await backend.executions.list();
  expect(found.map(({ Status }) => Status)).toEqual(['SUCCEEDED']);
  const { Events } = await backend.executions.history(found[0]?.DurableExecutionArn as string);
  expect(Events.map(({ EventType }) => EventType)).toEqual(expect.arrayContaining(['StepSucceeded', 'WaitSucceeded']));
});

it('never attaches: the same event again runs again, as before', async () => {
  let runs = 0;
  const { backend, call } = observed(async () => ++runs);
  expect([await call('r-1'), await call('r-1'), await call('r-2')]).toEqual([1, 2, 3]);
  expect((await backend.executions.list()).DurableExecutions).toHaveLength(3);
});

it('hands on the very error of the handler', async () => {
  const error = new RangeError('no stock');
  const { call } = observed(async () => Promise.reject(error));
  await expect(call()).rejects.toBe(error);
});

it('a store that fails is one warning, and changes nothing else', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const { store, call } = observed(async (_event, context) => {
      const one = await context.step('one', async () => 1);
      await context.wait({ seconds: 5 });
      return one;
    });
    store.create = () => Promise.reject(new Error('table is gone'));
    store.append = () => Promise.reject(new Error('table is gone'));
    expect(await call()).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]?.join(' '))).toContain('table is gone');
  } finally {
    warn.mockRestore();
  }
});

it.each<[string, (handler: () => Promise<string>, plugin: object, config: DurableExecutionConfig) => unknown]>([
  [
    'the execution mode',
    (handler, plugin, config) => middy(handler, { ...plugin, executionMode: durableExecution(config) }),
  ],
  ['a wrapped handler', (handler, plugin, config) => withDurableExecution(middy(handler, plugin) as never, config)],
])('running out of time is answered as before by middy, in %s', async (_form, build) => {
  const backend = memoryBackend();
  const never = () => new Promise<string>(() => {});
  const late = { statusCode: 503 };
  const handler = build(never, { timeoutEarlyResponse: () => late }, { backend, mode: 'observe' }) as LambdaHandler;
  const context = { functionName: 'orders', getRemainingTimeInMillis: () => 30 };
  expect(await handler(message, context)).toBe(late); // Middy's own timer is a real one.
  const { DurableExecutions } = await backend.executions.list();
  expect(DurableExecutions.map(({ Status }) => Status)).toEqual(['SUCCEEDED']);
});

it.each([
  ['executionName', { executionName: () => fails() }],
  ['executionName', { executionName: 'Records[' }],
  ['fingerprint', { fingerprint: () => fails() }],
])('an option %s that fails is one warning, and the handler runs', async (option, options) => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const { backend, call } = observed(async (event) => event, options);
    expect(await call()).toEqual(message);
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(
          `^In mode 'observe' the handler is not affected, .*option ${option}.* failed on the event: `,
        ),
      ],
    ]);
    expect((await backend.executions.list()).DurableExecutions).toHaveLength(1);
  } finally {
    warn.mockRestore();
  }
});

it('an option input that fails rejects: what it would leave out must not be stored', async () => {
  const { backend, call } = observed(async () => 'ran', { input: () => fails() });
  await expect(call()).rejects.toThrow('option input failed on the event: no such member');
  expect((await backend.executions.list()).DurableExecutions).toEqual([]);
});

function fails(): never {
  throw new TypeError('no such member');
}
