import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { causeOf, nameOf } from '../../../../test/support/errors.ts';
import { retryPresets } from '../retry.ts';
import { type StepConfig, StepSemantics } from '../types.ts';

const AT_MOST_ONCE = { semantics: StepSemantics.AtMostOncePerRetry };
const once = { retryStrategy: retryPresets.noRetry };
const soon = { retryStrategy: retryPresets.linear };

/** A run whose first attempt of step `charge` died in the middle of its body. */
async function killedInStep(config: StepConfig<string>, attempts: number[] = []): Promise<DurableRun> {
  const handler: RunHandler = (context, { runtime }) =>
    context
      .step(
        'charge',
        async ({ attempt }) => {
          attempts.push(attempt);
          await runtime.sleep(100);
          return `attempt ${attempt}`;
        },
        config,
      )
      .catch((error) => `${nameOf(error)} of ${nameOf(causeOf(error))}: ${(error as Error).message}`);
  const run = new DurableRun(handler);
  await run.killAfter(50);
  expect(run.service.operation('1')?.Status).toBe('STARTED');
  return run;
}

describe('an attempt that the process did not survive', () => {
  it('at least once: runs again', async () => {
    const attempts: number[] = [];
    const run = await killedInStep({}, attempts);
    expect(await run.result()).toBe('attempt 1');
    expect(attempts).toEqual([1, 1]);
  });

  it.each<[string, StepConfig<string>]>([
    ['at most once', AT_MOST_ONCE],
    ['with a timeout', { timeout: { minutes: 1 } }],
    ['onInterrupted retry', { onInterrupted: 'retry' }],
  ])('%s: is used up, and the strategy decides on another', async (_name, config) => {
    const attempts: number[] = [];
    const asked: unknown[] = [];
    const run = await killedInStep(
      {
        ...config,
        retryStrategy: (error, attempt) => {
          asked.push([error.name, attempt]);
          return { shouldRetry: true };
        },
      },
      attempts,
    );
    expect(await run.result()).toBe('attempt 2');
    expect(attempts).toEqual([1, 2]);
    expect(asked).toEqual([['StepInterruptedError', 1]]);
    expect(run.service.sent).toEqual([
      ['STEP:START charge'],
      ['STEP:RETRY charge'],
      ['STEP:START charge'],
      ['STEP:SUCCEED charge'],
    ]);
  });

  it('at most once, no retry: fails as StepError of StepInterruptedError', async () => {
    const attempts: number[] = [];
    const run = await killedInStep({ ...AT_MOST_ONCE, ...once }, attempts);
    expect(await run.result()).toMatch(/^StepError of StepInterruptedError: The step execution process was initiated/);
    expect(attempts).toEqual([1]);
    expect(run.service.updates.at(-1)).toMatchObject({ Action: 'FAIL', Error: { ErrorType: 'StepInterruptedError' } });
  });

  it('onInterrupted fail: fails, and no strategy is asked', async () => {
    const asked: number[] = [];
    const run = await killedInStep({
      onInterrupted: 'fail',
      retryStrategy: (_error, attempt) => {
        asked.push(attempt);
        return { shouldRetry: true };
      },
    });
    expect(await run.result()).toMatch(/^StepError of StepInterruptedError/);
    expect(asked).toEqual([]);
  });

  it('starts once per attempt, however often the process dies', async () => {
    const starts: number[] = [];
    const run = new DurableRun((context, { runtime }) =>
      context.step(
        'charge',
        async ({ attempt }) => {
          starts.push(attempt);
          await runtime.sleep(100);
          return attempt;
        },
        { ...AT_MOST_ONCE, ...soon },
      ),
    );
    for (let kills = 0; kills < 3; kills++) {
      await run.killAfter(50);
      // The next invocation counts the attempt; the retry is due after a delay.
      await run.invoke();
      run.runtime.skipTo(run.service.nextDue() as number);
    }
    expect(await run.result()).toBe(4);
    expect(starts).toEqual([1, 2, 3, 4]);
  });

  it('before its START was durable: is not used up', async () => {
    const starts: number[] = [];
    const run = new DurableRun((context) =>
      context.step('charge', async ({ attempt }) => void starts.push(attempt), { ...AT_MOST_ONCE, ...once }),
    );
    await run.killAt(1, 'before');
    expect((await run.finish()).Status).toBe('SUCCEEDED');
    expect(starts).toEqual([1]);
  });

  it('after its START was durable and before the body: is used up', async () => {
    const run = new DurableRun((context) => context.step('charge', async () => 1, { ...AT_MOST_ONCE, ...once }));
    await run.killAt(1, 'after');
    expect((await run.finish()).Status).toBe('FAILED');
  });
});

describe('onInterrupted as a function', () => {
  it('succeeded: its result is the step’s, round-tripped, and the body does not run', async () => {
    const attempts: number[] = [];
    const asked: unknown[] = [];
    const run = await killedInStep(
      {
        onInterrupted: async ({ attempt, idempotencyKey, signal, logger }) => {
          asked.push([attempt, idempotencyKey.length, signal.aborted, typeof logger.info]);
          return { outcome: 'succeeded', result: { at: new Date(0) } as never };
        },
      },
      attempts,
    );
    expect(await run.result()).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(asked).toEqual([[1, 64, false, 'function']]);
    expect(attempts).toEqual([1]);
    expect(run.service.sent).toEqual([['STEP:START charge'], ['STEP:SUCCEED charge']]);
  });

  it('failed: its error fails the step', async () => {
    const run = await killedInStep({
      onInterrupted: async () => ({ outcome: 'failed', error: new RangeError('declined') }),
    });
    expect(await run.result()).toBe('StepError of RangeError: declined');
  });

  it('retry: as the strategy allows', async () => {
    const attempts: number[] = [];
    const run = await killedInStep({ onInterrupted: async () => ({ outcome: 'retry' }), ...soon }, attempts);
    expect(await run.result()).toBe('attempt 2');
    expect(attempts).toEqual([1, 2]);
    const refused = await killedInStep({ onInterrupted: async () => ({ outcome: 'retry' }), ...once });
    expect(await refused.result()).toMatch(/^StepError of StepInterruptedError/);
  });

  it('that throws: fails the step, nobody knows whether it may run again', async () => {
    const attempts: number[] = [];
    const run = await killedInStep(
      { onInterrupted: async () => Promise.reject(new Error('no answer')), ...soon },
      attempts,
    );
    expect(await run.result()).toBe('StepError of Error: no answer');
    expect(attempts).toEqual([1]);
  });

  it.each([undefined, null, {}, { outcome: 'maybe' }])('that resolves to %p: says what it must be', async (found) => {
    const run = await killedInStep({ onInterrupted: async () => found as never, ...soon });
    expect(await run.result()).toBe(
      `StepError of TypeError: step "charge" (1): onInterrupted must resolve to { outcome: 'succeeded' | 'failed' | 'retry', ... }`,
    );
  });

  it('with a result that can not be stored: fails the step', async () => {
    const run = await killedInStep({
      onInterrupted: async () => ({ outcome: 'succeeded', result: 1n as never }),
      ...soon,
    });
    expect(await run.result()).toMatch(/^StepError of SerdesFailedError: Serialization failed/);
  });

  it('is asked again when the process dies in it', async () => {
    let asked = 0;
    const run = new DurableRun((context, { runtime }) =>
      context.step('charge', () => runtime.sleep(100).then(() => 'body'), {
        onInterrupted: async () => {
          asked++;
          await runtime.sleep(100);
          return { outcome: 'succeeded', result: 'found' };
        },
      }),
    );
    await run.killAfter(50);
    await run.killAfter(50);
    expect(await run.result()).toBe('found');
    expect(asked).toBe(2);
  });

  it('overruns its time too', async () => {
    const run = await killedInStep({ onInterrupted: () => new Promise(() => {}), timeout: { seconds: 2 }, ...soon });
    expect(await run.result()).toMatch(/^StepError of StepTimeoutError: .*longer than its timeout of 2 s/);
  });
});

describe('timeout', () => {
  const slow =
    (ms: number, config: StepConfig<string>, log: unknown[] = []): RunHandler =>
    (context, { runtime }) =>
      context
        .step(
          'slow',
          async ({ attempt, signal }) => {
            signal.addEventListener('abort', () => log.push(['aborted', (signal.reason as Error).name]));
            await runtime.sleep(attempt === 1 ? ms : 1);
            log.push(`end of ${attempt}`);
            return `attempt ${attempt}`;
          },
          config,
        )
        .catch((error) => `${nameOf(error)} of ${nameOf(causeOf(error))}: ${(error as Error).message}`);

  it('is not reached: the result', async () => {
    const log: unknown[] = [];
    const run = new DurableRun(slow(1999, { timeout: { seconds: 2 } }, log));
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"attempt 1"' }, ms: 1999 });
    expect(log).toEqual(['end of 1']);
  });

  it('an overrun is a failed attempt: aborted, recorded, retried; the late result counts for nothing', async () => {
    const log: unknown[] = [];
    const run = new DurableRun(slow(60_000, { timeout: { seconds: 2 }, ...soon }, log));
    const first = await run.invoke();
    expect(first).toEqual({ output: { Status: 'PENDING' }, ms: 2000 });
    expect(log).toEqual([['aborted', 'StepTimeoutError']]);
    expect(run.service.updates.at(-1)).toMatchObject({ Action: 'RETRY', Error: { ErrorType: 'StepTimeoutError' } });
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.result()).toBe('attempt 2');
    await run.runtime.pass(120_000);
    expect(log).toEqual([['aborted', 'StepTimeoutError'], 'end of 2', 'end of 1']);
    expect(run.service.operation('1')?.StepDetails?.Result).toBe('"attempt 2"');
  });

  it('without a further attempt: names the step, the time and the fix', async () => {
    const run = new DurableRun(slow(60_000, { timeout: { seconds: 2 }, ...once }));
    expect(await run.result()).toBe(
      'StepError of StepTimeoutError: step "slow" (1) took longer than its timeout of 2 s. Raise the timeout, or make the step smaller.',
    );
  });

  it('a late failure is no unhandled rejection', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      await context
        .step(() => runtime.sleep(5000).then(() => Promise.reject(new Error('late'))), {
          timeout: { seconds: 1 },
          ...once,
        })
        .catch(() => {});
      await runtime.sleep(10_000);
      return 'done';
    });
    expect(await run.result()).toBe('done');
  });
});

describe('the context of a body', () => {
  it('idempotencyKey is stable over attempts, kills and replays, and differs between steps and executions', async () => {
    const keys: string[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      await context.step(
        'a',
        async ({ idempotencyKey, attempt }) => {
          keys.push(idempotencyKey);
          await runtime.sleep(100);
          if (attempt === 1) throw new Error('busy');
        },
        soon,
      );
      await context.step('b', async ({ idempotencyKey }) => void keys.push(idempotencyKey));
    });
    await run.killAfter(50);
    await run.finish();
    expect(keys).toHaveLength(4);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('signal is aborted when its child context ends before it, not when the step succeeds', async () => {
    const signals: AbortSignal[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      await context.runInChildContext(async (child) => {
        void child.step('left', ({ signal }) => {
          signals.push(signal);
          return runtime.sleep(10_000);
        });
        await child.step('kept', async ({ signal }) => void signals.push(signal));
      });
      return signals.map(({ aborted }) => aborted);
    });
    expect(await run.result()).toEqual([true, false]);
  });
});
