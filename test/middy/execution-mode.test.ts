import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, type DurableExecutionContext, durableExecution } from '@middy-durable/core';
import { DurableRun, type MakeHandler, type RunOptions } from '../support/durable-run.ts';

const HOUR = { hours: 1 };

type Handler = (event: { id: number }, context: DurableContext, options: { signal: AbortSignal }) => Promise<unknown>;
type Built = ReturnType<typeof middy<{ id: number }, unknown, Error, DurableContext>>;

function runOf(
  handler: Handler,
  build: (built: Built) => unknown = () => {},
  plugin: object = {},
  config: object = {},
  options?: RunOptions,
): DurableRun {
  const make: MakeHandler = (durableExecutionClient) => {
    const built = middy<{ id: number }, unknown, Error, DurableContext>(handler as never, {
      ...plugin,
      executionMode: durableExecution({ durableExecutionClient, ...config }),
    });
    build(built);
    return built as never;
  };
  return DurableRun.of(make, { input: '{"id":7}', ...options });
}

/** Every hook of middy's, noted as it runs. */
function noting(notes: string[]): { plugin: object; build: (built: Built) => void } {
  const note = (name: string) => () => void notes.push(name);
  return {
    plugin: {
      requestStart: note('requestStart'),
      beforeHandler: note('beforeHandler'),
      afterHandler: note('afterHandler'),
      requestEnd: note('requestEnd'),
      beforeMiddleware: (name: string) => notes.push(`> ${name}`),
      afterMiddleware: (name: string) => notes.push(`< ${name}`),
    },
    build: (built) => {
      built.use({
        before: async function first() {
          notes.push('before 1');
        },
        after: async function firstAfter() {
          notes.push('after 1');
        },
        onError: async function firstError() {
          notes.push('onError 1');
        },
      });
    },
  };
}

describe('an execution without a suspension', () => {
  it('runs all hooks in their order, and middlewares see the raw result', async () => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    const run = runOf(
      async (event, context) => context.step('double', async () => event.id * 2),
      (built) => {
        build(built);
        built.after((request) => {
          notes.push(`response ${JSON.stringify(request.response)}`);
          request.response = { total: request.response };
        });
      },
      plugin,
    );
    expect(await run.result()).toEqual({ total: 14 });
    expect(notes.filter((note) => !/^[<>] $/.test(note))).toEqual([
      'requestStart',
      '> first',
      'before 1',
      '< first',
      'beforeHandler',
      'afterHandler',
      'response 14',
      '> firstAfter',
      'after 1',
      '< firstAfter',
      'requestEnd',
    ]);
  });

  it('ends with what a `before` answers', async () => {
    let ran = false;
    const run = runOf(
      async () => {
        ran = true;
      },
      (built) => built.before(() => 'warm'),
    );
    expect(await run.result()).toBe('warm');
    expect(ran).toBe(false);
  });

  it('takes its handler from .handler() too', async () => {
    const run = DurableRun.of(
      (durableExecutionClient) =>
        middy({ executionMode: durableExecution({ durableExecutionClient }) }).handler(async () => 'later') as never,
    );
    expect(await run.result()).toBe('later');
  });

  it('refuses what is no handler', () => {
    const built = middy({ executionMode: durableExecution() });
    expect(() => built.handler('text' as never)).toThrow('durableExecution: handler: the handler must be a function');
  });

  it.each([
    ['a promise', async () => 'async'],
    ['a value', () => 'sync'],
    ['a durable promise', (_event: unknown, context: DurableContext) => context.step('s', async () => 'durable')],
  ])('takes a handler that returns %s', async (_what, handler) => {
    expect(['async', 'sync', 'durable']).toContain(await runOf(handler as never).result());
  });
});

describe('the context', () => {
  it('is an ordinary Lambda context and a durable one, on the root and on children', async () => {
    const seen: unknown[] = [];
    const look = (context: DurableContext): void => {
      const { getRemainingTimeInMillis } = context;
      seen.push([context.functionName, context.awsRequestId, getRemainingTimeInMillis(), typeof context.step]);
    };
    const run = runOf(async (_event, context) => {
      look(context);
      await context.runInChildContext('child', async (child) => look(child));
      await context.map('items', [1], async (item) => look(item));
    });
    await run.finish();
    expect(seen).toEqual(Array.from({ length: 3 }, () => ['orders', 'request-1', 900_000, 'function']));
  });

  it('has the fields of a Lambda context as its own, as code that copies one expects', async () => {
    const run = runOf(async (_event, context) => ({ ...context, json: JSON.parse(JSON.stringify(context)) }));
    const fields = { functionName: 'orders', awsRequestId: 'request-1' };
    expect(await run.result()).toEqual({ ...fields, json: fields });
  });

  it('hands callbackWaitsForEmptyEventLoop on to Lambda', async () => {
    const run = runOf(
      async () => {},
      (built) =>
        built.before(({ context }) => {
          context.callbackWaitsForEmptyEventLoop = false;
        }),
    );
    await run.finish();
    expect(run.lambdaContext.callbackWaitsForEmptyEventLoop).toBe(false);
  });

  it('takes what middlewares put on it', async () => {
    const run = runOf(
      async (_event, context) => (context as never as { secret: string }).secret,
      (built) => built.before(({ context }) => void Object.assign(context, { secret: 's' })),
    );
    expect(await run.result()).toBe('s');
  });

  it('tells middlewares of the execution in `internal`', async () => {
    const seen: unknown[] = [];
    const run = runOf(
      async (_event, context) => context.wait(HOUR),
      (built) =>
        built.before(({ internal }) => {
          const { executionName, isFirstInvocation } = (internal as Record<string, DurableExecutionContext>)[
            'middy-durable.execution'
          ] as DurableExecutionContext;
          seen.push([executionName, isFirstInvocation]);
        }),
    );
    await run.finish();
    expect(seen).toEqual([
      ['order-7', true],
      ['order-7', false],
    ]);
  });
});

describe('the event', () => {
  it('is parsed anew for each invocation: what a middleware did to it is gone', async () => {
    const events: unknown[] = [];
    const run = runOf(
      async (event, context) => {
        events.push(event);
        await context.wait(HOUR);
        return event.id;
      },
      (built) =>
        built.before((request) => {
          request.event.id += 1;
        }),
    );
    expect(await run.result()).toBe(8);
    expect(events[0]).not.toBe(events[1]);
  });
});

describe('a suspension', () => {
  it('runs requestEnd and clean-up, no after, no onError', async () => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    const run = runOf(
      async (_event, context) => context.wait(HOUR),
      (built) => {
        build(built);
        built.before(({ internal }) => {
          Object.assign(internal, {
            'powertools-for-aws.tracer': async () => notes.push('close segment'),
            'powertools-for-aws.metrics': () => notes.push('publish'),
            'powertools-for-aws.logger': () => notes.push('clear'),
            'powertools-for-aws.idempotency': 'no function',
          });
        });
      },
      plugin,
    );
    expect((await run.invoke()).output.Status).toBe('PENDING');
    expect(notes.slice(notes.indexOf('beforeHandler'))).toEqual([
      'beforeHandler',
      'close segment',
      'publish',
      'clear',
      'requestEnd',
    ]);
  });

  it('leaves no timer of middy: nothing of the request ever runs', async () => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    const run = runOf(async (_event, context) => context.wait(HOUR), build, plugin, {}, { invocationMs: 50 });
    await run.invoke();
    const before = [...notes];
    await sleep(80); // Middy's own timer would be a real one.
    await run.runtime.pass(60_000);
    expect(notes).toEqual(before);
  });

  it.each(['resolve', 'reject'] as const)('lets a handler that later would %s run no hook', async (how) => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    const run = runOf(
      async (_event, context) => {
        const late = run.runtime.sleep(60_000).then(() => {
          if (how === 'reject') throw new Error('late');
        });
        await Promise.race([context.wait(HOUR), late]);
      },
      build,
      plugin,
      { plainWorkLimit: 0, quietGrace: 0 },
    );
    expect((await run.invoke()).output.Status).toBe('PENDING');
    const before = [...notes];
    await run.runtime.pass(120_000);
    expect(notes).toEqual(before);
  });

  it.each(['before', 'after', 'onError'] as const)('in the middle of `%s` stops the chain there', async (chain) => {
    const notes: string[] = [];
    const slow = async (request: { context: DurableContext }): Promise<void> => {
      notes.push('slow');
      await Promise.race([request.context.wait('slow', HOUR), run.runtime.sleep(60_000)]);
      notes.push('never');
    };
    const run = runOf(
      async () => {
        if (chain === 'onError') throw new Error('handled');
      },
      (built) => {
        // The order of chains on the way out is reversed.
        if (chain === 'before') built.before(slow);
        built[chain](() => void notes.push('next'));
        if (chain !== 'before') built[chain](slow);
      },
    );
    expect((await run.invoke()).output.Status).toBe('PENDING');
    await run.runtime.pass(120_000);
    expect(notes).toEqual(['slow', 'never']);
  });

  it('aborts the signal of the handler', async () => {
    const signals: AbortSignal[] = [];
    const run = runOf(async (_event, context, { signal }) => {
      signals.push(signal);
      await context.wait(HOUR);
    });
    await run.invoke();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('stands, with a warning, when requestEnd or a clean-up fails or hangs', async () => {
    for (const requestEnd of [() => Promise.reject(new Error('no network')), () => new Promise(() => {})]) {
      const lines: string[] = [];
      const run = runOf(
        async (_event, context) => {
          context.configureLogger({
            customLogger: { ...console, warn: (...texts: unknown[]) => void lines.push(texts.join(' ')) },
          });
          await context.wait(HOUR);
        },
        undefined,
        { requestEnd },
      );
      expect((await run.invoke()).output.Status).toBe('PENDING');
      expect(lines).toEqual([expect.stringMatching(/invocation's end (failed: no network|took longer than 5000 ms)/)]);
    }
  });
});

describe('running out of time', () => {
  it('throws just before, so that the invocation is tried again; no onError runs, no outcome is recorded', async () => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    let slow = true;
    const run = runOf(
      async (_event, context) => {
        const first = await context.step('first', async () => 1);
        if (slow) await run.runtime.sleep(10_000);
        return first;
      },
      build,
      plugin,
      {},
      { invocationMs: 1000 },
    );
    await expect(run.invoke()).rejects.toThrow('The invocation ran out of time.');
    expect(run.runtime.now() % 1000).toBe(995);
    expect(notes.filter((note) => /Error|after/.test(note))).toEqual([]);
    slow = false;
    expect(await run.result()).toBe(1);
  });

  it('is not looked at when timeoutEarlyInMillis is 0', async () => {
    const run = runOf(
      async () => {
        await run.runtime.sleep(2000);
        return 'done';
      },
      undefined,
      { timeoutEarlyInMillis: 0 },
      {},
      { invocationMs: 1000 },
    );
    expect(await run.result()).toBe('done');
  });

  it('leaves no timer behind when the handler is done', async () => {
    const run = runOf(async () => 'done');
    await run.invoke();
    expect(run.runtime.engineTimers).toBe(0);
  });
});

describe('an error', () => {
  const failing: Handler = async () => {
    throw new RangeError('no stock');
  };

  it('runs onError and fails the execution', async () => {
    const notes: string[] = [];
    const { plugin, build } = noting(notes);
    expect(await runOf(failing, build, plugin).finish()).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorType: 'RangeError', ErrorMessage: 'no stock' },
    });
    expect(notes.slice(-4)).toEqual(['> firstError', 'onError 1', '< firstError', 'requestEnd']);
  });

  it.each([
    [undefined, { Status: 'FAILED', Error: { ErrorType: 'RangeError' } }],
    ['fail', { Status: 'FAILED', Error: { ErrorType: 'RangeError' } }],
    ['succeed', { Status: 'SUCCEEDED', Result: '{"statusCode":422}' }],
  ])('that a middleware answers is an outcome by recoveredErrors: %s', async (recoveredErrors, output) => {
    const run = runOf(failing, (built) => built.onError(() => ({ statusCode: 422 })), {}, { recoveredErrors });
    expect(await run.finish()).toMatchObject(output);
  });

  it('is the one that the handler threw, whatever a middleware that answers it leaves on the request', async () => {
    for (const left of [{ statusCode: 500, expose: true }, undefined, null]) {
      const run = runOf(failing, (built) =>
        built.onError((request) => {
          request.error = left as never;
          request.response = { statusCode: 500 };
        }),
      );
      expect(await run.finish()).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'RangeError', ErrorMessage: 'no stock' },
      });
    }
  });

  it('of requestStart, a `before`, an `after` or requestEnd fails the execution', async () => {
    const fail = () => {
      throw new Error('hook');
    };
    const ok: Handler = async () => 'done';
    const runs = [
      runOf(ok, undefined, { requestStart: fail }),
      runOf(ok, (built) => built.before(fail)),
      runOf(ok, (built) => built.after(fail)),
      runOf(ok, undefined, { requestEnd: fail }),
    ];
    for (const run of runs) {
      expect(await run.finish()).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage: 'hook' } });
    }
  });

  it('keeps its own cause when requestEnd fails too', async () => {
    const requestEnd = () => {
      throw new Error('hook');
    };
    const output = await runOf(failing, undefined, { requestEnd }).finish();
    expect(output).toMatchObject({ Error: { ErrorMessage: 'no stock' } });
    expect(JSON.stringify(output)).toContain('Caused by: Error: hook');
  });
});

it('options that can not be right are refused at once', () => {
  expect(() => durableExecution({ holdStart: -1 })).toThrow('durableExecution: option holdStart must be milliseconds');
  expect(() => durableExecution({ executionName: 'id' })).toThrow('option executionName is for ordinary events');
  expect(() => durableExecution({ recoveredErrors: 'yes' as never })).toThrow('option recoveredErrors must be one of');
});
