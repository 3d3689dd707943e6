import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';
import type { DurableInstrumentationPlugin } from './types.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
type Plugin = DurableInstrumentationPlugin;

/** Writes down what it is told: `attemptStart charge`. */
function recorder(log: string[], label = ''): Plugin {
  const told = (hook: string) => async (info: any) => {
    const what = [
      info.name ?? info.type,
      info.attempt && `#${info.attempt}`,
      info.isReplay && 'replay',
      info.outcome,
      info.status,
    ];
    log.push([`${label}${hook}`, ...what].filter(Boolean).join(' '));
  };
  const around = (hook: string) => async (info: any, fn: () => any) => {
    await told(`${hook}(`)(info);
    try {
      return await fn();
    } finally {
      await told(`${hook})`)(info);
    }
  };
  return {
    onInvocationStart: told('invocationStart'),
    wrapInvocation: around('invocation'),
    onInvocationEnd: told('invocationEnd'),
    onOperationStart: told('start'),
    wrapChildContextFn: around('child'),
    onOperationEnd: told('end'),
    onOperationAttemptStart: told('attemptStart'),
    wrapOperationAttemptFn: around('attempt'),
    onOperationAttemptEnd: told('attemptEnd'),
    onOperationChange: async ({ updatedOperations }) => {
      log.push(
        `change ${Object.values(updatedOperations).map(({ name, type, status }) => `${name ?? type} ${status}`)}`,
      );
    },
  };
}

async function told(handler: RunHandler): Promise<string[]> {
  const log: string[] = [];
  await new DurableRun(handler, { plugins: [recorder(log)] }).finish();
  return log;
}

describe('what plugins are told', () => {
  it('of a child context with a step, then a wait', async () => {
    const log = await told(async (context) => {
      await context.runInChildContext('child', (child) => child.step('charge', async () => 1));
      await context.wait('pause', { seconds: 1 });
    });
    expect(log).toEqual([
      'invocationStart',
      'invocation(',
      'start child STARTED',
      'child( child STARTED',
      'start charge STARTED',
      'attemptStart charge #1 STARTED',
      'attempt( charge #1 STARTED',
      'attempt) charge #1 STARTED',
      'change child STARTED,charge SUCCEEDED',
      'attemptEnd charge #1 SUCCEEDED SUCCEEDED',
      'end charge #1 SUCCEEDED',
      'child) child STARTED',
      'end child SUCCEEDED',
      'change child SUCCEEDED,pause STARTED',
      'start pause STARTED',
      'invocationEnd PENDING',
      'invocation)',
      'invocationStart',
      'invocation(',
      'end pause SUCCEEDED',
      'invocationEnd SUCCEEDED',
      'invocation)',
    ]);
  });

  it('of a step that is tried again: its start again is a replay, its attempts never', async () => {
    const log = await told((context) =>
      context.step(
        'charge',
        async ({ attempt }) => {
          if (attempt === 1) throw new RangeError('not yet');
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      ),
    );
    expect(log.filter((line) => /charge/.test(line) && !/^change|attempt[()]/.test(line))).toEqual([
      'start charge STARTED',
      'attemptStart charge #1 STARTED',
      'attemptEnd charge #1 FAILED PENDING',
      'start charge #1 replay STARTED',
      'attemptStart charge #2 STARTED',
      'attemptEnd charge #2 SUCCEEDED SUCCEEDED',
      'end charge #2 SUCCEEDED',
    ]);
  });

  it('the same when it is tried again in one invocation', async () => {
    const log = await told(async (context, { runtime }) => {
      const retried = context.step(
        'charge',
        async ({ attempt }) => {
          if (attempt === 1) throw new RangeError('not yet');
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      );
      await context.step(() => runtime.sleep(5000));
      await retried;
    });
    expect(log.filter((line) => line.startsWith('start charge'))).toEqual([
      'start charge STARTED',
      'start charge #1 replay STARTED',
    ]);
  });

  it('of a condition: each check is an attempt that succeeds', async () => {
    const log = await told((context) =>
      context.waitForCondition('job', async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: (state) =>
          state < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      }),
    );
    expect(log.filter((line) => /^attempt(Start|End)|^end/.test(line))).toEqual([
      'attemptStart job #1 STARTED',
      'attemptEnd job #1 SUCCEEDED PENDING',
      'attemptStart job #2 STARTED',
      'attemptEnd job #2 SUCCEEDED SUCCEEDED',
      'end job #2 SUCCEEDED',
    ]);
  });

  it('of virtual contexts: their ends, with their outcome', async () => {
    const log = await told(async (context) => {
      await context.map(
        'rows',
        [1, 2],
        async (_child, item) => (item === 2 ? Promise.reject(new Error('two')) : item),
        { nesting: 'FLAT' },
      );
    });
    expect(log.filter((line) => /^(start|end|child\().*map-item/.test(line)).sort()).toEqual([
      'child( map-item-0 STARTED',
      'child( map-item-1 STARTED',
      'end map-item-0 replay SUCCEEDED',
      'end map-item-1 replay FAILED',
      'start map-item-0 replay STARTED',
      'start map-item-1 replay STARTED',
    ]);
  });

  it('of a finished operation on replay: nothing, but for those that the outside ends', async () => {
    const log = await told(async (context) => {
      await context.step('charge', async () => 1);
      await context.runInChildContext('child', async () => 1);
      await context.wait('first', { seconds: 1 });
      await context.wait('second', { seconds: 1 });
    });
    const last = log.slice(log.lastIndexOf('invocationStart'));
    expect(last).toEqual([
      'invocationStart',
      'invocation(',
      'end first replay SUCCEEDED',
      'end second SUCCEEDED',
      'invocationEnd SUCCEEDED',
      'invocation)',
    ]);
  });

  it('of an operation under way on replay: its start again', async () => {
    const log = await told(async (context) => {
      await context.runInChildContext('child', async (child) => {
        await child.wait({ seconds: 1 });
        await child.wait({ seconds: 1 });
      });
    });
    expect(log.filter((line) => line.startsWith('start child'))).toEqual([
      'start child STARTED',
      'start child replay STARTED',
      'start child replay STARTED',
    ]);
  });

  it('of an invocation that failed, or is tried again', async () => {
    expect((await told(() => Promise.reject(new RangeError('no')))).at(-2)).toBe('invocationEnd FAILED');
    const log: string[] = [];
    const run = new DurableRun((context) => context.step(async () => 1), { plugins: [recorder(log)] });
    run.service.faults = {
      before: () => {
        throw Object.assign(new Error('down'), { $metadata: { httpStatusCode: 500 } });
      },
    };
    await expect(run.invoke()).rejects.toThrow('down');
    expect(log.at(-2)).toBe('invocationEnd RETRYING');
  });
});

describe('what stands in the information', () => {
  it('of an invocation: who, what, what is known, what has changed', async () => {
    const infos: any[] = [];
    const run = new DurableRun(
      async (context) => {
        await context.step('charge', async () => 1);
        await context.wait('pause', { seconds: 1 });
        return 'done';
      },
      {
        input: '{"order":7}',
        plugins: [
          {
            onInvocationStart: async (info) => void infos.push(info),
            onInvocationEnd: async (info) => void infos.push(info),
          },
        ],
      },
    );
    await run.finish();
    const names = (operations: object) => Object.values(operations).map(({ name }) => name);
    expect(infos.map(({ isFirstInvocation }) => isFirstInvocation)).toEqual([true, true, false, false]);
    expect(infos.map(({ operations }) => names(operations))).toEqual([
      ['order-7'],
      ['order-7', 'charge', 'pause'],
      ['order-7', 'charge', 'pause'],
      ['order-7', 'charge', 'pause'],
    ]);
    expect(names(infos[2].updatedOperations)).toEqual(['pause']);
    expect(infos[0]).toMatchObject({
      requestId: 'request-1',
      executionInput: { order: 7 },
      executionStartTimestamp: expect.any(Date),
    });
    expect(infos[3]).toMatchObject({ status: 'SUCCEEDED', executionResult: 'done' });
    expect(infos[1]).not.toHaveProperty('executionResult');
  });

  it('of a failed operation: the error that failed it', async () => {
    const errors: unknown[] = [];
    const run = new DurableRun(
      async (context) => {
        const body = async () => {
          throw new RangeError('no');
        };
        await context.runInChildContext('child', (child) => child.step('charge', body, once));
      },
      {
        plugins: [
          {
            onOperationAttemptEnd: async ({ error }) => void errors.push(`attempt ${error}`),
            onOperationEnd: async ({ name, error }) => void errors.push(`${name} ${error}`),
            onInvocationEnd: async ({ executionError }) => void errors.push(`invocation ${executionError}`),
          },
        ],
      },
    );
    await run.finish();
    expect(errors).toEqual([
      'attempt RangeError: no',
      'charge RangeError: no',
      'child StepError: no',
      'invocation ChildContextError: no',
    ]);
  });

  it('of an operation: its place, and what is known of it', async () => {
    const ended: any[] = [];
    const run = new DurableRun(
      (context) => context.runInChildContext('child', (child) => child.step('charge', async () => ({ ok: true }))),
      {
        plugins: [{ onOperationEnd: async (info) => void ended.push(info) }],
      },
    );
    await run.finish();
    expect(ended[0]).toEqual({
      id: run.service.operation('1-1')?.Id,
      parentId: run.service.operation('1')?.Id,
      name: 'charge',
      type: 'STEP',
      subType: 'Step',
      status: 'SUCCEEDED',
      isReplay: false,
      attempt: 1,
      result: '{"ok":true}',
      startTimestamp: expect.any(Date),
      endTimestamp: expect.any(Date),
    });
  });
});

describe('a plugin', () => {
  const handler: RunHandler = (context) =>
    context.runInChildContext('child', (child: DurableContext) => child.step('charge', async () => 1));

  it('that throws in every hook changes nothing', async () => {
    const thrower = (): never => {
      throw new Error('plugin');
    };
    const hooks = Object.fromEntries(
      Object.keys({ ...recorder([]), enrichLogContext: 0 }).map((hook) => [hook, thrower]),
    );
    const run = new DurableRun(handler, { plugins: [hooks as Plugin, recorder([])] });
    expect(await run.result()).toBe(1);
  });

  it.each(['wrapInvocation', 'wrapChildContextFn', 'wrapOperationAttemptFn'] as const)(
    '%s: runs the function once, however often it calls it, and also when it never does',
    async (hook) => {
      for (const calls of [0, 1, 2]) {
        let ran = 0;
        const wrap = async (_info: unknown, fn: () => unknown) => {
          let result: unknown;
          for (let call = 0; call < calls; call++) result = await fn();
          return calls === 0 ? fn() : result;
        };
        const run = new DurableRun((context) => context.runInChildContext((child) => child.step(async () => ++ran)), {
          plugins: [{ [hook]: wrap } as Plugin],
        });
        expect(await run.result()).toBe(1);
        expect(ran).toBe(1);
      }
    },
  );

  it('can’t hide that a function failed, nor that it was never called', async () => {
    let ran = 0;
    const swallow = async (_info: unknown, fn: () => unknown) => {
      try {
        await fn();
      } catch {}
      return 'all is well';
    };
    const failing = async () => {
      ran++;
      throw new RangeError('no');
    };
    const run = new DurableRun((context) => context.step(failing, once).catch((error) => (error as Error).message), {
      plugins: [{ wrapOperationAttemptFn: swallow }],
    });
    expect(await run.result()).toBe('no');
    const skipping = new DurableRun(
      (context) => context.step(failing, once).catch((error) => (error as Error).message),
      {
        plugins: [{ wrapOperationAttemptFn: async () => 'skipped' }],
      },
    );
    expect(await skipping.result()).toBe('no');
    expect(ran).toBe(2);
  });

  it('that throws after the function leaves its result', async () => {
    const run = new DurableRun(handler, {
      plugins: [
        {
          wrapOperationAttemptFn: async (_info, fn) => {
            await fn();
            throw new Error('plugin');
          },
        },
      ],
    });
    expect(await run.result()).toBe(1);
  });

  it('may replace a result', async () => {
    const run = new DurableRun(handler, {
      plugins: [{ wrapOperationAttemptFn: async (_info, fn) => ((await fn()) as number) + 1 }],
    });
    expect(await run.result()).toBe(2);
    expect(run.service.operation('1-1')?.StepDetails?.Result).toBe('2');
  });

  it('stands inside the ones before it', async () => {
    const log: string[] = [];
    await new DurableRun(handler, { plugins: [recorder(log, 'a.'), recorder(log, 'b.')] }).finish();
    expect(log.filter((line) => /attempt[()]/.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'a.attempt(',
      'b.attempt(',
      'b.attempt)',
      'a.attempt)',
    ]);
  });

  it('11.4 #43: that is slow delays no operation, and is done before the invocation is', async () => {
    const log: string[] = [];
    const run = new DurableRun(
      async (context, { runtime }) => {
        const began = runtime.now();
        await context.step('charge', async () => 1);
        log.push(`went on after ${runtime.now() - began} ms`);
      },
      {
        plugins: [
          {
            onOperationChange: async () => {
              await run.runtime.compute(500);
              log.push('change');
            },
            onInvocationEnd: async () => void log.push('end'),
          },
        ],
      },
    );
    const { ms } = await run.invoke();
    expect(log).toEqual(['went on after 0 ms', 'change', 'end']);
    expect(ms).toBe(500);
  });

  it('runs its hooks as methods of its own', async () => {
    class Counter {
      starts = 0;
      async onOperationStart(): Promise<void> {
        this.starts++;
      }
      async wrapChildContextFn(_info: unknown, fn: () => unknown): Promise<unknown> {
        this.starts += 10;
        return fn();
      }
    }
    const counter = new Counter();
    await new DurableRun(handler, { plugins: [counter] }).finish();
    expect(counter.starts).toBe(12);
  });
});
