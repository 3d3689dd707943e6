import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { StepError, WaitForConditionError } from '../errors.ts';
import type { DurableContext, WaitForConditionWaitStrategyFunc } from '../types.ts';
import { createWaitStrategy } from '../wait-strategy.ts';

const until =
  (limit: number, seconds = 10): WaitForConditionWaitStrategyFunc<number> =>
  (state) =>
    state < limit ? { shouldContinue: true, delay: { seconds } } : { shouldContinue: false };
const count = async (state: number): Promise<number> => state + 1;

async function caught(promise: PromiseLike<unknown>): Promise<WaitForConditionError> {
  try {
    await promise;
  } catch (error) {
    return error as WaitForConditionError;
  }
  throw new Error('Nothing was thrown.');
}

describe('waitForCondition', () => {
  it('checks, suspends for the pause, and goes on from the state it kept', async () => {
    const checks: unknown[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const began = runtime.now();
      const check = async (state: { at: number[] }, { attempt }: { attempt: number }) => {
        checks.push([attempt, [...state.at]]);
        return { at: [...state.at, attempt] };
      };
      return context
        .waitForCondition('job', check, {
          initialState: { at: [] as number[] },
          waitStrategy: ({ at }, attempt) => {
            expect(attempt).toBe(at.length);
            return at.length < 3 ? { shouldContinue: true, delay: { minutes: 1 } } : { shouldContinue: false };
          },
        })
        .then((state) => [state, runtime.now() - began]);
    });
    const first = await run.invoke();
    expect(first).toEqual({ output: { Status: 'PENDING' }, ms: 0 });
    expect(await run.result()).toEqual([{ at: [1, 2, 3] }, 0]);
    expect(checks).toEqual([
      [1, []],
      [2, [1]],
      [3, [1, 2]],
    ]);
  });

  it('records each state, and the last one as its result', async () => {
    const run = new DurableRun((context) =>
      context.waitForCondition('job', count, { initialState: 0, waitStrategy: until(2) }),
    );
    await run.finish();
    const own = { Id: operationId('1'), Type: 'STEP', SubType: 'WaitForCondition', Name: 'job' };
    expect(run.service.updates).toEqual([
      { ...own, Action: 'START' },
      { ...own, Action: 'RETRY', Payload: '1', StepOptions: { NextAttemptDelaySeconds: 10 } },
      { ...own, Action: 'START' },
      { ...own, Action: 'SUCCEED', Payload: '2' },
    ]);
  });

  it('needs no name, and gives its result on every replay without another check', async () => {
    let checks = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(await context.waitForCondition(async () => ++checks, { initialState: 0, waitStrategy: until(1) }));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect({ checks, seen }).toEqual({ checks: 1, seen: [1, 1] });
  });

  it('goes on in the same invocation when something else keeps it', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      const [state] = await Promise.all([
        context.waitForCondition(count, { initialState: 0, waitStrategy: until(3, 2) }),
        context.step(() => runtime.sleep(10_000)),
      ]);
      return state;
    });
    const { output, ms } = await run.invoke();
    expect(output).toEqual({ Status: 'SUCCEEDED', Result: '3' });
    expect(ms).toBe(10_000);
  });

  it('repeats a check in which the process died, as the same attempt', async () => {
    const attempts: number[] = [];
    const run = new DurableRun((context, { runtime }) => {
      const check = async (state: number, { attempt }: { attempt: number }) => {
        attempts.push(attempt);
        await runtime.sleep(100);
        return state + 1;
      };
      return context.waitForCondition(check, { initialState: 5, waitStrategy: until(7) });
    });
    await run.killAfter(50);
    expect(await run.result()).toBe(7);
    expect(attempts).toEqual([1, 1, 2]);
  });

  it('gives checks what steps are given', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun((context) =>
      context.waitForCondition(
        async (_state: number, body) => {
          body.logger.info('checked');
          seen.push(body.attempt, body.signal.aborted, body.idempotencyKey.length);
          return 1;
        },
        { initialState: 0, waitStrategy: until(1) },
      ),
    );
    await run.finish();
    expect(seen).toEqual([1, false, 64]);
    expect(run.lines).toEqual(['info checked']);
  });

  it('writes and reads states with its serdes', async () => {
    const serdes = {
      serialize: async (state: Date | undefined) => state?.toISOString(),
      deserialize: async (text: string | undefined) => (text === undefined ? undefined : new Date(text)),
    };
    const run = new DurableRun((context) =>
      context.waitForCondition(async (at: Date) => new Date(at.getTime() + 1), {
        initialState: new Date(0),
        serdes,
        waitStrategy: (at) =>
          at.getTime() < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      }),
    );
    expect(await run.result()).toBe('1970-01-01T00:00:00.002Z');
  });

  it('begins anew from a state that has no text', async () => {
    const states: unknown[] = [];
    const run = new DurableRun((context) =>
      context.waitForCondition<number | undefined>(
        async (state) => {
          states.push(state);
          return undefined;
        },
        {
          initialState: 4,
          waitStrategy: (_state, attempt) =>
            attempt < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
        },
      ),
    );
    await run.finish();
    expect(states).toEqual([4, 4]);
  });

  it('a shorter pause means at once, and none too long', async () => {
    for (const [delay, wire] of [
      [{ seconds: 0 }, 1],
      [{ days: 400 }, 31_622_400],
    ] as const) {
      const run = new DurableRun((context) =>
        context.waitForCondition(count, { initialState: 0, waitStrategy: () => ({ shouldContinue: true, delay }) }),
      );
      await run.invoke();
      expect(run.service.updates[1]?.StepOptions?.NextAttemptDelaySeconds).toBe(wire);
    }
  });

  it('11.2 #14: a strategy is told how long polling has taken, over all invocations', async () => {
    const elapsed: unknown[] = [];
    const run = new DurableRun(
      (context, { runtime }) => {
        const check = async (state: number) => {
          await runtime.sleep(500);
          return state + 1;
        };
        return context.waitForCondition(check, {
          initialState: 0,
          waitStrategy: (state, attempt, progress) => {
            elapsed.push(progress?.elapsedSeconds);
            return until(3)(state, attempt);
          },
        });
      },
      { holdStart: 0 },
    );
    await run.finish();
    expect(elapsed).toEqual([0.5, 11, 21.5]);
  });

  it('11.2 #14: ends at its time limit', async () => {
    const checkedAt: number[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const check = async () => {
        checkedAt.push(runtime.now());
        return 'running';
      };
      const waitStrategy = createWaitStrategy({
        shouldContinuePolling: () => true,
        initialDelay: { seconds: 20 },
        backoffRate: 1,
        jitter: 'NONE',
        timeoutSeconds: 50,
      });
      return (await caught(context.waitForCondition('job', check, { initialState: 'new', waitStrategy }))).message;
    });
    const began = run.runtime.now();
    expect(await run.result()).toBe('waitForCondition exceeded its time limit (50 s)');
    expect(checkedAt.map((at) => (at - began) / 1000)).toEqual([0, 20, 40, 50]);
  });
});

describe('a waitForCondition that fails', () => {
  const failing: [string, (context: DurableContext) => PromiseLike<unknown>, string, string][] = [
    [
      'because its check throws',
      (context) =>
        context.waitForCondition(
          'job',
          async () => {
            throw new RangeError('no job');
          },
          { initialState: 0, waitStrategy: until(1) },
        ),
      'RangeError',
      'no job',
    ],
    [
      'because its strategy throws',
      (context) =>
        context.waitForCondition('job', count, {
          initialState: 0,
          waitStrategy: () => {
            throw new SyntaxError('bad strategy');
          },
        }),
      'SyntaxError',
      'bad strategy',
    ],
    [
      'because its strategy answers nonsense',
      (context) =>
        context.waitForCondition('job', count, { initialState: 0, waitStrategy: (() => undefined) as never }),
      'TypeError',
      'waitForCondition "job" (1): waitStrategy must return { shouldContinue, delay }, not a promise; got undefined',
    ],
    [
      'because its strategy answers with a promise',
      (context) =>
        context.waitForCondition('job', count, {
          initialState: 0,
          waitStrategy: (async () => ({ shouldContinue: false })) as never,
        }),
      'TypeError',
      'not a promise; got {}',
    ],
    [
      'because its strategy’s pause is none',
      (context) =>
        context.waitForCondition('job', count, {
          initialState: 0,
          waitStrategy: (() => ({ shouldContinue: true })) as never,
        }),
      'TypeError',
      'delay',
    ],
    [
      'because its state can’t be stored',
      (context) =>
        context.waitForCondition('job', async () => 5n, {
          initialState: 0n,
          waitStrategy: () => ({ shouldContinue: false }),
        }),
      'SerdesFailedError',
      'BigInt',
    ],
  ];

  it.each(failing)(
    '11.2 #13: %s: rejects with a WaitForConditionError, live and on replay',
    async (_title, call, name, message) => {
      const seen: unknown[] = [];
      const run = new DurableRun(async (context) => {
        const error = await caught(call(context));
        seen.push([
          error instanceof WaitForConditionError,
          error instanceof StepError,
          error.cause?.name,
          error.message,
        ]);
        await context.wait({ seconds: 1 });
        return 'went on';
      });
      expect(await run.result()).toBe('went on');
      expect(seen).toEqual([seen[0], seen[0]]);
      expect((seen[0] as unknown[]).slice(0, 3)).toEqual([true, true, name]);
      expect((seen[0] as string[])[3]).toContain(message);
      expect(run.service.sent.flat().filter((update) => update === 'STEP:FAIL job')).toHaveLength(1);
    },
  );

  it('11.2 #12: in a later check of the same invocation fails once', async () => {
    const handler: RunHandler = async (context, { runtime }) => {
      const check = async (state: number) => {
        if (state === 2) throw new RangeError('broken');
        return state + 1;
      };
      const condition = context.waitForCondition('job', check, { initialState: 0, waitStrategy: until(9, 1) });
      const [error] = await Promise.all([caught(condition), context.step('long', () => runtime.sleep(10_000))]);
      return error.message;
    };
    const run = new DurableRun(handler);
    expect(await run.result()).toBe('broken');
    expect(run.service.sent.flat().filter((update) => update === 'STEP:FAIL job')).toHaveLength(1);
    expect(run.service.state.invocationCount).toBe(1);
  });

  it('whose record says no more, says that it failed', async () => {
    const run = new DurableRun(
      async (context) =>
        (await caught(context.waitForCondition('job', count, { initialState: 0, waitStrategy: until(1) }))).message,
    );
    run.service.put('1', { Type: 'STEP', SubType: 'WaitForCondition', Name: 'job', Status: 'FAILED' });
    expect(await run.result()).toBe('waitForCondition failed');
  });

  it('fails when what is on record can’t be read', async () => {
    const run = new DurableRun(async (context) => {
      const error = await caught(context.waitForCondition('job', count, { initialState: 0, waitStrategy: until(1) }));
      return [error.name, error.message.includes('Deserialization')];
    });
    run.service.put('1', {
      Type: 'STEP',
      SubType: 'WaitForCondition',
      Name: 'job',
      Status: 'SUCCEEDED',
      StepDetails: { Result: '{' },
    });
    expect(await run.result()).toEqual(['WaitForConditionError', true]);
  });
});

describe('options of waitForCondition', () => {
  it.each<[string, unknown[], string]>([
    [
      'no check',
      ['job', undefined, { initialState: 0, waitStrategy: until(1) }],
      'waitForCondition "job": the check must be a function; got undefined',
    ],
    ['no options', ['job', count], 'waitForCondition "job": option waitStrategy must be a function; got undefined'],
    [
      'no strategy',
      ['job', count, { initialState: 0 }],
      'waitForCondition "job": option waitStrategy must be a function; got undefined',
    ],
    ['no state', ['job', count, { waitStrategy: until(1) }], 'waitForCondition "job": option initialState is required'],
    [
      'a serdes that can’t read',
      ['job', count, { initialState: 0, waitStrategy: until(1), serdes: {} }],
      'option serdes must be an object',
    ],
  ])('11.2 #13: %s: rejects that call, sends nothing and claims no id', async (_title, args, message) => {
    const run = new DurableRun(async (context) => {
      const problem = await (context.waitForCondition as any)(...args).catch((error: Error) => error.message);
      return [problem, await context.step('next', async () => 1)];
    });
    const [problem] = (await run.result()) as [string, number];
    expect(problem).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });

  it('11.2 #13: another operation’s record is not taken for its own', async () => {
    const run = new DurableRun((context) =>
      context.waitForCondition('job', count, { initialState: 0, waitStrategy: until(1) }),
    );
    run.service.put('1', {
      Type: 'STEP',
      SubType: 'Step',
      Name: 'job',
      Status: 'SUCCEEDED',
      StepDetails: { Result: '7' },
    });
    const output = await run.finish();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'NonDeterministicExecutionError' } });
  });
});
