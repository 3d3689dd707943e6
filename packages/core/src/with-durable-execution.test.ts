import { describe, expect, it } from '@jest/globals';
import {
  type Backend,
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  RUNTIME_KEY,
} from '@middy-durable/protocol';
import { ExecutionService } from '../../../test/support/execution-service.ts';
import { VirtualRuntime } from '../../../test/support/virtual-runtime.ts';
import type { DurableContext } from './types.ts';
import { withDurableExecution } from './with-durable-execution.ts';

const handler = async (_event: unknown, context: DurableContext): Promise<number> => context.step('a', async () => 1);
const SUCCEEDED = { Status: 'SUCCEEDED', Result: '1' };

function service(): { service: ExecutionService; event: (more?: object) => DurableExecutionInvocationInput } {
  const runtime = new VirtualRuntime();
  const made = new ExecutionService({ clock: runtime });
  return {
    service: made,
    event: (more) => ({ ...made.envelope(), [RUNTIME_KEY]: runtime, ...more }) as DurableExecutionInvocationInput,
  };
}

function backendOf(client: DurableExecutionClient, more: Partial<Backend> = {}): Backend {
  return {
    client,
    open: async (event) => ({ run: event as DurableExecutionInvocationInput }),
    callbacks: {} as never,
    executions: {} as never,
    ...more,
  };
}

const abandon = async (): Promise<void> => {};

describe('where the execution is kept', () => {
  it('a client', async () => {
    const { service: kept, event } = service();
    expect(await withDurableExecution(handler, { durableExecutionClient: kept.client })(event(), {})).toEqual(
      SUCCEEDED,
    );
    expect(kept.requests).toHaveLength(1);
  });

  it('the Lambda service, through a client of its own', async () => {
    const { service: kept, event } = service();
    const sent: string[] = [];
    const client = {
      send: async (command: { constructor: { name: string }; input: never }) => {
        sent.push(command.constructor.name);
        return kept.client.checkpoint(command.input);
      },
    };
    expect(await withDurableExecution(handler, { client: client as never })(event(), {})).toEqual(SUCCEEDED);
    expect(sent).toEqual(['CheckpointDurableExecutionCommand']);
  });

  it('a backend: it opens with the options, and closes a run of this invocation', async () => {
    const { service: kept, event } = service();
    const calls: unknown[] = [];
    const backend = backendOf(kept.client, {
      async open(opened, lambdaContext, options) {
        calls.push(['open', opened, lambdaContext, options]);
        const close = async (...args: unknown[]) => {
          calls.push(['close', ...args]);
          return { statusCode: 200 };
        };
        return { run: event() as never, inline: { close, abandon } };
      },
    });
    const lambdaContext = { awsRequestId: 'r-1' };
    const config = { backend, executionName: 'id' };
    // The runtime comes with the event, as a test runner sends it.
    const order = { id: 7, [RUNTIME_KEY]: new VirtualRuntime() };
    expect(await withDurableExecution(handler, config)(order, lambdaContext)).toEqual({ statusCode: 200 });
    expect(calls).toEqual([
      ['open', order, lambdaContext, config],
      ['close', SUCCEEDED, { value: 1 }],
    ]);
  });

  it.each<[string, () => unknown, unknown, unknown]>([
    [
      'what the handler threw',
      () => Promise.reject(new RangeError('no stock')),
      'FAILED',
      { error: new RangeError('no stock') },
    ],
    ['nothing, when the result was none that can be kept', () => 1n, 'FAILED', undefined],
  ])('closing gets %s', async (_what, fn, Status, original) => {
    const { service: kept, event } = service();
    let closed: unknown[] = [];
    const backend = backendOf(kept.client, {
      open: async () => ({
        run: event() as never,
        inline: {
          async close(...args: unknown[]) {
            closed = args;
          },
          abandon,
        },
      }),
    });
    await withDurableExecution(async () => fn(), { backend })({}, {});
    expect(closed).toEqual([expect.objectContaining({ Status }), ...(original ? [original] : [])]);
  });

  it('a backend that has the answer already: the handler does not run', async () => {
    const { service: kept } = service();
    const backend = backendOf(kept.client, { open: async () => ({ answer: 'stored' }) });
    let ran = false;
    const durable = withDurableExecution(
      async () => {
        ran = true;
      },
      { backend },
    );
    expect(await durable({} as never, {})).toBe('stored');
    expect(ran).toBe(false);
  });

  it('an invocation that failed is no outcome: the backend hears why, and the caller too', async () => {
    const { service: kept, event } = service();
    const failures: unknown[] = [];
    const inline = {
      close: () => Promise.reject(new Error('not closed')),
      abandon: async (failure: unknown) => void failures.push(failure),
      client: {
        ...kept.client,
        checkpoint: () => Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' })),
      },
    };
    const backend = backendOf(kept.client, { open: async () => ({ run: event() as never, inline }) });
    await expect(withDurableExecution(handler, { backend })({}, {})).rejects.toThrow('slow down');
    expect(failures).toEqual([expect.objectContaining({ message: expect.stringContaining('slow down') })]);
  });

  it('a backend that fails to open, or to close: the invocation throws that', async () => {
    const { service: kept, event } = service();
    const failing = async () => Promise.reject(new Error('table is gone'));
    const closed = backendOf(kept.client, { open: failing });
    await expect(withDurableExecution(handler, { backend: closed })(event(), {})).rejects.toThrow('table is gone');
    const broken = backendOf(kept.client, {
      open: async () => ({ run: event() as never, inline: { close: failing, abandon } }),
    });
    await expect(withDurableExecution(handler, { backend: broken })({}, {})).rejects.toThrow('table is gone');
  });

  it.each<[string, (client: DurableExecutionClient) => object]>([
    ['a client', (client) => ({ durableExecutionClient: client })],
    [
      'a backend',
      (client) => ({ backend: backendOf(client, { open: async () => Promise.reject(new Error('asked')) }) }),
    ],
    ['nothing', () => ({})],
  ])('the client inside the event comes before %s', async (_name, config) => {
    const configured = service();
    const { service: injected, event } = service();
    const durable = withDurableExecution(handler, config(configured.service.client));
    expect(await durable(event({ durableExecutionClient: injected.client }), {})).toEqual(SUCCEEDED);
    expect([injected.requests.length, configured.service.requests.length]).toEqual([1, 0]);
  });

  it('what only looks like a client inside the event is none', async () => {
    const { service: kept, event } = service();
    const durable = withDurableExecution(handler, { durableExecutionClient: kept.client });
    expect(await durable(event({ durableExecutionClient: { checkpoint: 1 } }), {})).toEqual(SUCCEEDED);
  });
});

describe('what can not work says so', () => {
  it.each([{}, null, undefined, 'text', { DurableExecutionArn: 'arn' }, { CheckpointToken: 't' }, { order: 7 }])(
    'an event without an execution: %j',
    async (event) => {
      const { service: kept } = service();
      await expect(
        withDurableExecution(handler, { durableExecutionClient: kept.client })(event as never, {}),
      ).rejects.toThrow(
        /^Unexpected payload provided to start the durable execution\.\nCheck your resource configurations/,
      );
    },
  );

  it('an envelope without a state', async () => {
    const { service: kept, event } = service();
    const durable = withDurableExecution(handler, { durableExecutionClient: kept.client });
    await expect(durable(event({ InitialExecutionState: undefined }), {})).rejects.toThrow(
      /^withDurableExecution: the event of execution .*order-7.* has no InitialExecutionState\. Pass on the whole event/,
    );
  });

  it.each<[string, unknown[], string]>([
    ['no handler', [undefined], 'withDurableExecution: the handler must be a function; got undefined'],
    ['options that are no object', [handler, 5], 'withDurableExecution: the options must be an object; got 5'],
    [
      'a client that is no object',
      [handler, { durableExecutionClient: 'x' }],
      'option durableExecutionClient must be an object',
    ],
    ['a backend that is no object', [handler, { backend: 1 }], 'option backend must be an object'],
    ['a backend that can not open', [handler, { backend: {} }], 'option backend has no function open; pass'],
    [
      'a client that can not read',
      [handler, { durableExecutionClient: { checkpoint() {} } }],
      'option durableExecutionClient has no function getExecutionState; pass',
    ],
    ['a time that is no number', [handler, { holdStart: '10' }], 'option holdStart must be a number'],
    ['a negative time', [handler, { holdStart: -1 }], 'option holdStart must be milliseconds, 0 or more; got -1'],
    ['an endless hold', [handler, { holdStart: Number.POSITIVE_INFINITY }], 'option holdStart must be milliseconds'],
    ['NaN', [handler, { quietGrace: Number.NaN }], 'option quietGrace must be milliseconds, 0 or more; got NaN'],
    ['a negative limit', [handler, { plainWorkLimit: -5 }], 'option plainWorkLimit must be milliseconds'],
    [
      'two places',
      [handler, { backend: {}, durableExecutionClient: {} }],
      'withDurableExecution: pass only one of backend and durableExecutionClient',
    ],
  ])('%s, at once', (_name, args, message) => {
    expect(() => (withDurableExecution as (...args: unknown[]) => unknown)(...args)).toThrow(message);
  });

  it('explicit undefined and null are no options', () => {
    const nothing = {
      backend: undefined,
      durableExecutionClient: undefined,
      holdStart: undefined,
      quietGrace: null as never,
    };
    expect(typeof withDurableExecution(handler, nothing)).toBe('function');
    expect(typeof withDurableExecution(handler, undefined)).toBe('function');
  });
});

describe('without much of a Lambda context', () => {
  it.each([{}, undefined, null])('%p works', async (lambdaContext) => {
    const { service: kept, event } = service();
    const durable = withDurableExecution(
      async (_event, context: DurableContext) => {
        await context.wait({ hours: 1 });
      },
      { durableExecutionClient: kept.client },
    );
    expect(await durable(event(), lambdaContext as never)).toEqual({ Status: 'PENDING' });
  });
});
