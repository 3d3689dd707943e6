import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import {
  type DurableContext,
  type DurableExecutionConfig,
  durableExecution,
  withDurableExecution,
} from '@middy-durable/core';
import { aroundStep, checkpointed, onlyFirst, onResume, onSuspend } from '@middy-durable/core/middleware';
import middy6 from 'middy-6';
import { DurableRun } from '../support/durable-run.ts';

const HOUR = { hours: 1 };

type Handler = (event: Record<string, unknown>, context: DurableContext) => Promise<unknown>;
type Build = (handler: Handler, middlewares: object[], config: DurableExecutionConfig) => unknown;

const forms: [string, Build][] = [
  [
    'the execution mode',
    (handler, middlewares, config) =>
      middy(handler as never, { executionMode: durableExecution(config) }).use(middlewares as never),
  ],
  [
    'a wrapped handler of middy 6',
    (handler, middlewares, config) => withDurableExecution(middy6(handler as never).use(middlewares as never), config),
  ],
];

describe.each(forms)('in %s', (_form, build) => {
  const runOf = (handler: Handler, ...middlewares: object[]): DurableRun =>
    DurableRun.of((durableExecutionClient) => build(handler, middlewares, { durableExecutionClient }) as never, {
      input: '{"id":7}',
    });

  /** Suspends twice. */
  const waiting: Handler = async (_event, context) => {
    await context.step('first', async () => 1);
    await context.wait(HOUR);
    await context.step('second', async () => 2);
    await context.wait(HOUR);
    return 'done';
  };

  describe('onSuspend', () => {
    it('runs at each suspension, in reverse order, before the clean-up', async () => {
      const notes: string[] = [];
      const hook = (name: string) =>
        onSuspend(async (request, reason) => {
          notes.push(`${name} ${reason} ${(request.event as { id: number }).id}`);
        });
      const cleaned = {
        before: ({ internal }: { internal: object }) => {
          Object.assign(internal, { 'powertools-for-aws.logger': () => notes.push('clear') });
        },
      };
      await runOf(waiting, hook('outer'), hook('inner'), cleaned).finish();
      const [one, two] = [notes.slice(0, 3), notes.slice(3)];
      expect([...one].sort()).toEqual(['clear', 'inner suspended 7', 'outer suspended 7']);
      expect(one.indexOf('inner suspended 7')).toBeLessThan(one.indexOf('outer suspended 7'));
      expect(two).toEqual(one);
    });

    it('says why: the execution failed, or the invocation is tried again', async () => {
      const reasons: string[] = [];
      const noted = onSuspend((_request, reason) => void reasons.push(reason));
      let path = 'a';
      const failing = runOf(async (_event, context) => {
        await context.step(path, async () => {});
        await context.wait(HOUR);
      }, noted);
      await failing.invoke();
      path = 'b';
      expect((await failing.finish()).Status).toBe('FAILED');
      const retried = runOf(async (_event, context) => context.step('s', async () => {}), noted);
      retried.service.faults = {
        before: () => Promise.reject(Object.assign(new Error('5xx'), { name: 'ServiceException' })),
      };
      await expect(retried.invoke()).rejects.toThrow('5xx');
      expect(reasons).toEqual(['suspended', 'failed', 'retried']);
    });

    it('does not run when the handler ends', async () => {
      let ran = 0;
      await runOf(
        async () => 'done',
        onSuspend(() => ran++),
      ).finish();
      expect(ran).toBe(0);
    });
  });

  it('onResume runs in each invocation but the first', async () => {
    let resumed = 0;
    const run = runOf(
      waiting,
      onResume(() => resumed++),
    );
    await run.invoke();
    expect(resumed).toBe(0);
    run.runtime.skipTo(run.service.nextDue() as number);
    await run.finish();
    expect(resumed).toBe(2);
  });

  it('aroundStep runs around each attempt that really runs, the first one outermost', async () => {
    const notes: string[] = [];
    const around = (name: string) =>
      aroundStep(async (next, step) => {
        notes.push(`${name} > ${step.name} ${step.attempt}`);
        try {
          return await next();
        } finally {
          notes.push(`${name} <`);
        }
      });
    let failed = false;
    const run = runOf(
      async (_event, context) => {
        const value = await context.step(
          'flaky',
          async () => {
            if (failed) return 5;
            failed = true;
            throw new Error('once');
          },
          { retryStrategy: () => ({ shouldRetry: !failed || notes.length < 5, delay: { seconds: 1 } }) },
        );
        await context.wait(HOUR);
        return value;
      },
      around('outer'),
      around('inner'),
    );
    expect(await run.result()).toBe(5);
    const attempt = (count: number) => [`outer > flaky ${count}`, `inner > flaky ${count}`, 'inner <', 'outer <'];
    expect(notes).toEqual([...attempt(1), ...attempt(2)]);
  });

  it('aroundStep may replace a result, and may fail an attempt', async () => {
    const replaced = aroundStep(async (next) => `${await next()}!`);
    const step: Handler = async (_event, context) =>
      context.step('s', async () => 'value', { retryStrategy: () => ({ shouldRetry: false }) });
    expect(await runOf(step, replaced).result()).toBe('value!');
    const failing = aroundStep(() => {
      throw new Error('not today');
    });
    expect(await runOf(step, failing).finish()).toMatchObject({ Error: { ErrorMessage: 'not today' } });
  });

  it('onlyFirst runs `before` in the first invocation, `after` at the end', async () => {
    const notes: string[] = [];
    const middleware = onlyFirst({
      before: async function validate() {
        notes.push('before');
      },
      after: () => void notes.push('after'),
    });
    expect(middleware.before.name).toBe('validate');
    await runOf(waiting, middleware).finish();
    expect(notes).toEqual(['before', 'after']);
  });

  it('onlyFirst and onResume know the first invocation when a middleware before them has recorded something', async () => {
    const notes: string[] = [];
    const recorded = checkpointed({ before: async () => {} }, { name: 'flags', save: [] });
    const validated = onlyFirst({ before: async () => void notes.push('first') });
    const resumed = onResume(() => void notes.push('resume'));
    const run = runOf(async (_event, context) => context.wait(HOUR), recorded, validated, resumed);
    await run.invoke();
    expect(notes).toEqual(['first']);
    run.runtime.skipTo(run.service.nextDue() as number);
    await run.finish();
    expect(notes).toEqual(['first', 'resume']);
  });

  describe('checkpointed', () => {
    type Request = {
      event: Record<string, unknown>;
      context: Record<string, unknown>;
      internal: Record<string, unknown>;
    };

    /** Reads another value each time it runs. */
    function flags() {
      let runs = 0;
      return {
        get runs() {
          return runs;
        },
        middleware: {
          before: async ({ context, internal }: Request) => {
            runs++;
            internal.flags = Promise.resolve({ fast: runs === 1 });
            context.config = { run: runs };
          },
        },
      };
    }

    it('runs `before` once per execution and restores what it left', async () => {
      const source = flags();
      const seen: unknown[] = [];
      const run = runOf(
        async (_event, context) => {
          seen.push((context as never as Request['context']).config);
          await context.wait(HOUR);
          return 'done';
        },
        checkpointed(source.middleware, { name: 'flags', save: ['internal.flags', 'context.config'] }),
        { before: async ({ internal }: Request) => void seen.push(await internal.flags) },
      );
      await run.finish();
      expect(source.runs).toBe(1);
      expect(seen).toEqual([{ fast: true }, { run: 1 }, { fast: true }, { run: 1 }]);
    });

    it('tells null, which it restores, from nothing, which it leaves alone', async () => {
      const left = { before: async ({ internal }: Request) => void Object.assign(internal, { none: null }) };
      const seen: unknown[] = [];
      const run = runOf(
        async (_event, context) => context.wait(HOUR),
        {
          before: async ({ internal }: Request) => void Object.assign(internal, { none: 'default', other: 'default' }),
        },
        checkpointed(left, { name: 'flags', save: ['internal.none', 'internal.other', 'internal.no.such'] }),
        { before: async ({ internal }: Request) => void seen.push(internal.none, internal.other, internal.no) },
      );
      await run.finish();
      expect(seen).toEqual([null, 'default', undefined, null, 'default', undefined]);
    });

    it('takes no id from the handler: one can be added to an execution in flight', async () => {
      const source = flags();
      let middlewares: object[] = [{ before: () => {} }];
      const run = DurableRun.of((durableExecutionClient) => async (event, context) => {
        return (build(waiting, middlewares, { durableExecutionClient }) as (...args: unknown[]) => Promise<unknown>)(
          event,
          context,
        );
      });
      await run.invoke();
      middlewares = [checkpointed(source.middleware, { name: 'flags', save: ['context.config'] })];
      run.runtime.skipTo(run.service.nextDue() as number);
      expect(await run.result()).toBe('done');
      expect(source.runs).toBe(1);
    });

    it('restores the answer with which `before` ended the request', async () => {
      let ran = 0;
      const early = checkpointed({ before: async () => ({ answer: ++ran }) }, { name: 'early', save: [] });
      const run = runOf(async () => 'handler', early);
      await run.killAt(1, 'after');
      expect(await run.result()).toEqual({ answer: 1 });
      expect(ran).toBe(1);
    });

    it('hands on the very error of `before`, which onError answers; further attempts only when asked for', async () => {
      const errors: unknown[] = [];
      let attempts = 0;
      const before = () => {
        attempts++;
        throw Object.assign(new Error('Bad Request'), { statusCode: 400 });
      };
      const onError = ({ error }: { error: unknown }) => void errors.push(error);
      await runOf(async () => 'handler', { onError }, checkpointed({ before }, { name: 'check', save: [] })).finish();
      expect(errors).toEqual([expect.objectContaining({ statusCode: 400, message: 'Bad Request' })]);
      expect(attempts).toBe(1);
      const retryStrategy = (_error: unknown, attempt: number) => ({ shouldRetry: attempt < 3, delay: { seconds: 1 } });
      await runOf(async () => 'handler', checkpointed({ before }, { name: 'check', save: [], retryStrategy })).finish();
      expect(attempts).toBe(4);
    });
  });
});

describe('outside durable executions', () => {
  it('the middlewares change nothing', async () => {
    const notes: string[] = [];
    const handler = middy6((async () => 'plain') as never).use([
      onSuspend(() => void notes.push('suspend')),
      onResume(() => void notes.push('resume')),
      aroundStep((next) => next()),
      onlyFirst({ before: () => void notes.push('first') }),
      checkpointed({ before: () => void notes.push('checked') }, { name: 'c', save: ['event.x'] }),
    ] as never);
    expect(await (handler as unknown as Handler)({}, {} as DurableContext)).toBe('plain');
    expect(notes).toEqual(['first', 'checked']);
  });
});

describe('what can not be right is refused at once', () => {
  const before = () => {};
  it.each<[string, () => unknown, string]>([
    ['a hook', () => onSuspend(1 as never), 'onSuspend: the hook must be a function'],
    ['a hook', () => onResume(undefined as never), 'onResume: the hook must be a function'],
    ['a wrapper', () => aroundStep({} as never), 'aroundStep: the wrapper must be a function'],
    ['a middleware', () => onlyFirst({ after: before }), 'onlyFirst: before of the middleware must be a function'],
    ['a middleware', () => checkpointed({}, { name: 'c', save: [] }), 'checkpointed: before of the middleware must be'],
    ['no name', () => checkpointed({ before }, { save: [] } as never), 'checkpointed: say a name'],
    ['a name', () => checkpointed({ before }, { name: 'ü', save: [] }), 'checkpointed: the name must be'],
    ['no list', () => checkpointed({ before }, { name: 'c' } as never), 'checkpointed: option save must list'],
    ...['event', 'error.message', 'internal..x', 'context.__proto__.x', 'event.constructor', 7].map(
      (path): [string, () => unknown, string] => [
        `the path ${path}`,
        () => checkpointed({ before }, { name: 'c', save: [path as string] }),
        `such as 'internal.flags' or 'context.config'; got ${JSON.stringify(path)}`,
      ],
    ),
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
