import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { InvokeError } from '../errors.ts';

const own = { Id: operationId('1'), Type: 'CHAINED_INVOKE', SubType: 'ChainedInvoke' };

/** How an invoke ended: its result, or its error in short. */
async function outcome(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    const { message, cause, errorData } = error as InvokeError;
    return [error instanceof InvokeError, message, cause?.name, cause?.message, errorData ?? null];
  }
}

describe('invoke', () => {
  it('asks the backend to call the function, suspends, and gives its result', async () => {
    const run = new DurableRun((context) => context.invoke('quote', 'quotes:live', { order: 7 }));
    expect(await run.invoke()).toEqual({ output: { Status: 'PENDING' }, ms: 0 });
    expect(run.service.updates).toEqual([
      {
        ...own,
        Name: 'quote',
        Action: 'START',
        Payload: '{"order":7}',
        ChainedInvokeOptions: { FunctionName: 'quotes:live' },
      },
    ]);
    run.service.endInvoke('1', { result: '{"price":12}' });
    expect(await run.result()).toEqual({ price: 12 });
  });

  it('needs no name and no input', async () => {
    const run = new DurableRun((context) => context.invoke('quotes'));
    await run.invoke();
    expect(run.service.updates).toEqual([
      { ...own, Action: 'START', ChainedInvokeOptions: { FunctionName: 'quotes' } },
    ]);
    run.service.endInvoke('1', {});
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED' });
  });

  it('without a name takes a text for input', async () => {
    const run = new DurableRun((context) => context.invoke(undefined, 'quotes', 'payload'));
    await run.invoke();
    expect(run.service.updates).toEqual([
      { ...own, Action: 'START', Payload: '"payload"', ChainedInvokeOptions: { FunctionName: 'quotes' } },
    ]);
  });

  it('takes two texts for a name and a function', async () => {
    const run = new DurableRun((context) => context.invoke('quote', 'quotes'));
    await run.invoke();
    expect(run.service.operation('1')?.Name).toBe('quote');
  });

  it('sends the tenant, and no empty one', async () => {
    const run = new DurableRun(async (context) => {
      await Promise.all([
        context.invoke('a', 'quotes', 1, { tenantId: 'tenant-a' }),
        context.invoke('b', 'quotes', 1, { tenantId: '' }),
      ]);
    });
    await run.invoke();
    expect(run.service.updates.map(({ ChainedInvokeOptions }) => ChainedInvokeOptions?.TenantId)).toEqual([
      'tenant-a',
      undefined,
    ]);
  });

  it('writes its input and reads its result with their serdes', async () => {
    const payloadSerdes = {
      serialize: async (value: unknown) => `<${value}>`,
      deserialize: async () => undefined as never,
    };
    const resultSerdes = { serialize: async () => '', deserialize: async (text?: string) => text?.toUpperCase() };
    const run = new DurableRun((context) => context.invoke('quote', 'quotes', 7, { payloadSerdes, resultSerdes }));
    await run.invoke();
    expect(run.service.updates[0]?.Payload).toBe('<7>');
    run.service.endInvoke('1', { result: 'cheap' });
    expect(await run.result()).toBe('CHEAP');
  });

  it('goes on in the same invocation when something else keeps it', async () => {
    const run = new DurableRun(async (context, { runtime, service }) => {
      const called = context.invoke('quote', 'quotes');
      const kept = context.step('long', async () => {
        await runtime.sleep(500);
        service.endInvoke('1', { result: '"done"' });
        await runtime.sleep(5000);
      });
      const result = await called;
      await kept;
      return result;
    });
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '"done"' });
  });

  const remote = {
    ErrorType: 'QuotaError',
    ErrorMessage: 'too many',
    ErrorData: '{"limit":5}',
    StackTrace: ['QuotaError: too many', '    at remote.js:1'],
  };
  it.each(['Failed', 'TimedOut', 'Stopped'] as const)(
    '11.2 #16: %s: the remote error’s type, data and stack survive, live and on replay',
    async (status) => {
      const seen: unknown[] = [];
      const run = new DurableRun(async (context) => {
        const error = (await context.invoke('quote', 'quotes').catch((caught) => caught)) as InvokeError;
        seen.push([
          error instanceof InvokeError,
          error.message,
          error.errorData,
          error.cause?.name,
          error.cause?.stack,
        ]);
        await context.wait({ seconds: 1 });
      });
      await run.invoke();
      run.service.endInvoke('1', { error: remote, status });
      await run.finish();
      const expected = [true, 'too many', '{"limit":5}', 'QuotaError', 'QuotaError: too many\n    at remote.js:1'];
      expect(seen).toEqual([expected, expected]);
    },
  );

  it('that failed without a word says so', async () => {
    const run = new DurableRun((context) => outcome(context.invoke('quote', 'quotes')));
    await run.invoke();
    run.service.endInvoke('1', { error: {} });
    expect(await run.result()).toEqual([true, 'Invoke failed', 'Error', '', null]);
  });

  it('an input that can’t be written rejects, and nothing is sent', async () => {
    const run = new DurableRun(async (context) => {
      const [isInvokeError, message, cause] = (await outcome(context.invoke('quote', 'quotes', 5n))) as unknown[];
      return [isInvokeError, cause, (message as string).includes('BigInt')];
    });
    expect(await run.result()).toEqual([true, 'SerdesFailedError', true]);
    expect(run.service.updates).toEqual([]);
  });

  it('a result that can’t be read rejects', async () => {
    const run = new DurableRun(async (context) =>
      ((await outcome(context.invoke('quote', 'quotes'))) as unknown[]).slice(0, 3),
    );
    await run.invoke();
    run.service.endInvoke('1', { result: '{' });
    expect(await run.result()).toEqual([true, expect.stringContaining('Deserialization'), 'SerdesFailedError']);
  });
});

describe('invoke with a timeout', () => {
  const handler: RunHandler = async (context) => {
    const ended = await outcome(context.invoke('quote', 'quotes', { order: 7 }, { timeout: { minutes: 1 } }));
    await context.wait({ seconds: 1 });
    return ended;
  };

  it('gives the result of a function that answers in time', async () => {
    const run = new DurableRun(handler);
    expect(await run.invoke()).toEqual({ output: { Status: 'PENDING' }, ms: 0 });
    run.service.endInvoke('1-1', { result: '{"price":12}' });
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    expect(await run.result()).toEqual({ price: 12 });
  });

  it('rejects when it did not, and says what to do; the decision stays when the answer comes', async () => {
    const run = new DurableRun(handler);
    const began = run.runtime.now();
    await run.invoke();
    expect(run.service.nextDue()).toBe(began + 60_000);
    run.runtime.skipTo(began + 60_000);
    await run.invoke();
    const message =
      'invoke "quote": quotes did not answer within 60 s. It may still be running: raise the timeout, or make what it does safe to repeat.';
    expect(await run.result()).toEqual([true, message, 'InvokeTimeoutError', message, null]);
  });

  it('rejects with the remote error like any other invoke', async () => {
    const run = new DurableRun(async (context) => {
      const error = (await context
        .invoke('quote', 'quotes', 1, { timeout: { minutes: 1 } })
        .catch((caught) => caught)) as InvokeError;
      await context.wait({ seconds: 1 });
      return [error.name, error.message, error.errorData, error.cause?.name, error.cause?.stack];
    });
    await run.invoke();
    const error = {
      ErrorType: 'QuotaError',
      ErrorMessage: 'too many',
      ErrorData: '{"limit":5}',
      StackTrace: ['QuotaError: too many', '    at remote.js:1'],
    };
    run.service.endInvoke('1-1', { error });
    await run.invoke();
    expect(await run.result()).toEqual([
      'InvokeError',
      'too many',
      '{"limit":5}',
      'QuotaError',
      'QuotaError: too many\n    at remote.js:1',
    ]);
  });

  it('reads the result with its serdes, live and on replay', async () => {
    const dates = { serialize: async () => '', deserialize: async (text?: string) => new Date(text as string) };
    const seen: boolean[] = [];
    const run = new DurableRun(async (context) => {
      const result = await context.invoke('quote', 'quotes', 1, { timeout: { minutes: 1 }, resultSerdes: dates });
      seen.push(result instanceof Date);
      await context.wait({ seconds: 1 });
    });
    await run.invoke();
    run.service.endInvoke('1-1', { result: '2026-01-01' });
    await run.finish();
    expect(seen).toEqual([true, true]);
  });

  it('an input that can’t be written rejects without the stack of this machine on record', async () => {
    const run = new DurableRun(async (context) => {
      const ended = (await outcome(context.invoke('quote', 'quotes', 5n, { timeout: { minutes: 1 } }))) as unknown[];
      return [ended[0], ended[2]];
    });
    expect(await run.result()).toEqual([true, 'SerdesFailedError']);
    expect(run.service.operation('1')?.ContextDetails?.Error).not.toHaveProperty('StackTrace');
  });
});

describe('misuse of invoke rejects that call, sends nothing and claims no id', () => {
  it.each<[string, unknown[], string]>([
    ['no function', ['quote', ''], 'invoke "quote": the function must be a name or an ARN; got ""'],
    ['a function that is no text', [7], 'invoke: the function must be a name or an ARN; got 7'],
    ['a tenant that is no text', ['a', 'quotes', 1, { tenantId: 7 }], 'invoke "a": option tenantId must be a string'],
    [
      'a tenant that no function has',
      ['a', 'quotes', 1, { tenantId: '§' }],
      'invoke "a": tenantId must be 1 to 256 characters',
    ],
    [
      'a serdes that can’t read',
      ['a', 'quotes', 1, { resultSerdes: {} }],
      'invoke "a": option resultSerdes must be an object',
    ],
    ['a timeout of no length', ['a', 'quotes', 1, { timeout: { seconds: 0 } }], 'invoke "a": timeout'],
  ])('%s', async (_title, args, message) => {
    const run = new DurableRun(async (context) => {
      const problem = await (context.invoke as any)(...args).catch((error: Error) => error.message);
      return [problem, await context.step('next', async () => 1)];
    });
    const [problem] = (await run.result()) as [string, number];
    expect(problem).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });
});
