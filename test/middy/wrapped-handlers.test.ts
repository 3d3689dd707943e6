import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import middy7 from '@middy/core';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import middy4 from 'middy-4';
import middy5 from 'middy-5';
import middy6 from 'middy-6';
import { DurableRun, type RunOptions } from '../support/durable-run.ts';

const HOUR = { hours: 1 };

type Handler = (event: { id: number }, context: DurableContext) => Promise<unknown>;
type Hook = (request: {
  event: { id: number };
  context: DurableContext;
  internal: object;
  response: unknown;
}) => unknown;
interface Built {
  (event: { id: number }, context: DurableContext): Promise<unknown>;
  before(hook: Hook): Built;
  after(hook: Hook): Built;
  onError(hook: Hook): Built;
}
type Middy = (handler: Handler, plugin?: object) => Built;

const versions: [string, Middy][] = [
  ['4', middy4 as never],
  ['5', middy5 as never],
  ['6', middy6 as never],
  ['7', middy7 as never],
];

describe.each(versions)('withDurableExecution around a handler of middy %s', (_version, middy) => {
  function runOf(
    handler: Handler,
    build: (built: Built) => unknown = () => {},
    config: object = {},
    options?: RunOptions,
  ) {
    return DurableRun.of(
      (durableExecutionClient) => {
        const built = middy(handler);
        build(built);
        return withDurableExecution(built, { durableExecutionClient, ...config });
      },
      { input: '{"id":7}', ...options },
    );
  }

  it('replays, with a fresh event and the ordinary context, and middlewares see the raw result', async () => {
    const seen: unknown[] = [];
    const run = runOf(
      async (event, context) => {
        const doubled = await context.step('double', async () => event.id * 2);
        await context.wait(HOUR);
        return doubled;
      },
      (built) => {
        built.before((request) => {
          seen.push([request.context.functionName, typeof request.context.getRemainingTimeInMillis]);
          request.event.id += 1;
        });
        built.after((request) => {
          request.response = { total: request.response };
        });
      },
    );
    expect(await run.result()).toEqual({ total: 16 });
    expect(seen).toEqual([
      ['orders', 'function'],
      ['orders', 'function'],
    ]);
  });

  it('waits for the durable promise that a handler returns before its `after` hooks run', async () => {
    const notes: unknown[] = [];
    const build = (built: Built): Built =>
      built
        .after(({ response }) => void notes.push(response))
        .onError((request) => void notes.push(String((request as { error?: unknown }).error)));
    const double: Handler = (event, context) => context.step('double', async () => event.id * 2);
    expect(await runOf(double, build).result()).toBe(14);
    expect(notes).toEqual([14]);
    const fail: Handler = (_event, context) =>
      context.runInChildContext('fail', async (child) => {
        await child.wait(HOUR);
        throw new RangeError('no stock');
      });
    expect(await runOf(fail, build).finish()).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage: 'no stock' } });
    expect(notes.slice(1)).toEqual(['ChildContextError: no stock']);
  });

  it('suspends at once: middy sets no timer that would pass for work', async () => {
    const run = runOf(async (_event, context) => context.wait(HOUR));
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    expect((await run.invoke()).output.Status).toBe('PENDING');
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before);
  });

  it('runs no hook of a request that was left behind, not even when its time is over', async () => {
    const notes: string[] = [];
    const run = runOf(
      async (_event, context) => {
        await Promise.race([context.wait(HOUR), run.runtime.sleep(60_000)]);
      },
      (built) => {
        built.after(() => void notes.push('after'));
        built.onError(() => void notes.push('onError'));
      },
      { plainWorkLimit: 0, quietGrace: 0 },
      { invocationMs: 40 },
    );
    expect((await run.invoke()).output.Status).toBe('PENDING');
    await sleep(60); // A timer of middy's would be a real one.
    await run.runtime.pass(120_000);
    expect(notes).toEqual([]);
  });

  it("runs Powertools' clean-up when it suspends", async () => {
    const notes: string[] = [];
    const run = runOf(
      async (_event, context) => context.wait(HOUR),
      (built) =>
        built.before(({ internal }) => {
          Object.assign(internal, { 'powertools-for-aws.metrics': () => notes.push('publish') });
        }),
    );
    await run.invoke();
    expect(notes).toEqual(['publish']);
  });

  it('throws just before the time is over, so that the invocation is tried again', async () => {
    const notes: string[] = [];
    const run = runOf(
      async () => run.runtime.sleep(10_000),
      (built) => built.onError(() => void notes.push('onError')),
      {},
      { invocationMs: 1000 },
    );
    await expect(run.invoke()).rejects.toThrow('The invocation ran out of time.');
    expect(notes).toEqual([]);
  });

  it('does not run the handler when the time is over in the middle of a `before`', async () => {
    const notes: string[] = [];
    const run = runOf(
      async () => void notes.push('handler'),
      (built) =>
        built
          .before(async () => {
            await run.runtime.sleep(10_000);
            notes.push('slow');
          })
          .after(() => void notes.push('after')),
      {},
      { invocationMs: 1000 },
    );
    await expect(run.invoke()).rejects.toThrow('The invocation ran out of time.');
    await run.runtime.pass(120_000);
    expect(notes).toEqual(['slow']);
  });

  it.each([
    [undefined, { Status: 'FAILED', Error: { ErrorType: 'RangeError', ErrorMessage: 'no stock' } }],
    ['succeed', { Status: 'SUCCEEDED', Result: '{"statusCode":422}' }],
  ])('an error that a middleware answers is an outcome by recoveredErrors: %s', async (recoveredErrors, output) => {
    const run = runOf(
      async () => {
        throw new RangeError('no stock');
      },
      (built) =>
        built.onError((request) => {
          request.response = { statusCode: 422 };
        }),
      { recoveredErrors },
    );
    expect(await run.finish()).toMatchObject(output);
  });

  it('an error that nobody answers fails the execution', async () => {
    const run = runOf(async () => {
      throw new RangeError('no stock');
    });
    expect(await run.finish()).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage: 'no stock' } });
  });

  it('is still an ordinary handler where it is called without durability', async () => {
    const notes: string[] = [];
    const built = middy(async (event) => event.id);
    built.after(() => void notes.push('after'));
    withDurableExecution(built);
    expect(await built({ id: 7 }, { getRemainingTimeInMillis: () => 5000 } as DurableContext)).toBe(7);
    expect(notes).toEqual(['after']);
  });
});
