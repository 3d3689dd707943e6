import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { causeOf, nameOf } from '../../../../test/support/errors.ts';
import type { StepError } from '../errors.ts';
import { createRetryStrategy, NonRetryableError, retryPresets } from '../retry.ts';
import type { StepConfig } from '../types.ts';

const once = { retryStrategy: retryPresets.noRetry };

/** What user code sees of a step that throws `thrown`: live, and in a later invocation. */
async function surfaced(
  thrown: unknown,
  config: StepConfig<never> = once,
): Promise<{ errors: StepError[]; run: DurableRun }> {
  const errors: StepError[] = [];
  const run = new DurableRun(async (context) => {
    await context
      .step(
        'charge',
        async () => {
          throw thrown;
        },
        config,
      )
      .catch((error) => errors.push(error as StepError));
    await context.wait({ seconds: 1 });
  });
  await run.finish();
  return { errors, run };
}

describe('a step that fails for good', () => {
  it('surfaces as the same StepError live and on replay', async () => {
    const { errors, run } = await surfaced(Object.assign(new RangeError('limit'), { extra: 1 }));
    expect(run.service.updates[1]).toMatchObject({
      Action: 'FAIL',
      Error: { ErrorType: 'RangeError', ErrorMessage: 'limit' },
    });
    expect(run.service.updates[1]).not.toHaveProperty('Payload');
    expect(errors.map(({ name, message, cause }) => [name, message, cause?.name, cause?.message])).toEqual([
      ['StepError', 'limit', 'RangeError', 'limit'],
      ['StepError', 'limit', 'RangeError', 'limit'],
    ]);
    for (const { cause } of errors) expect(cause).not.toHaveProperty('extra');
  });

  it.each<[unknown, string | undefined, string]>([
    ['out of stock', undefined, 'out of stock'],
    [42, undefined, '42'],
    [null, undefined, 'Unknown error'],
    [undefined, undefined, 'Unknown error'],
    [{ code: 7 }, undefined, '{"code":7}'],
    [{ name: 'Odd', message: 'odd' }, 'Odd', 'odd'],
    [Object.freeze(new Error('frozen')), 'Error', 'frozen'],
    [new DOMException('gone', 'AbortError'), 'AbortError', 'gone'],
  ])('throwing %p is recorded as (%p, %p)', async (thrown, type, message) => {
    const { errors, run } = await surfaced(thrown);
    const { Error: stored } = run.service.updates[1] ?? {};
    expect([stored?.ErrorType, stored?.ErrorMessage]).toEqual([type, message]);
    expect(errors.map((error) => (error as Error).message)).toEqual([message, message]);
  });

  it('tells a strategy of what is no Error as an Error', async () => {
    const told: unknown[] = [];
    await surfaced('text', {
      retryStrategy: (error) => {
        told.push(error);
        return { shouldRetry: false };
      },
    });
    expect(told).toEqual([new Error('Unknown Error')]);
  });

  it('does not retry a NonRetryableError, whatever the strategy says', async () => {
    const asked: number[] = [];
    const always = {
      retryStrategy: (_error: Error, attempt: number) => {
        asked.push(attempt);
        return { shouldRetry: true };
      },
    };
    const { errors } = await surfaced(new NonRetryableError('declined'), always);
    expect(asked).toEqual([]);
    expect(errors[0]).toMatchObject({ name: 'StepError', message: 'declined', cause: { name: 'NonRetryableError' } });
  });

  it('that nobody awaits harms nothing', async () => {
    const run = new DurableRun(async (context) => {
      void context.step('lost', async () => Promise.reject(new Error('lost')), once);
      return context.step('next', async () => 1);
    });
    expect(await run.result()).toBe(1);
    expect(run.service.operation('1')?.Status).toBe('FAILED');
  });

  it('ends the execution when nothing catches it', async () => {
    const run = new DurableRun((context) => context.step(async () => Promise.reject(new TypeError('bad')), once));
    expect(await run.finish()).toEqual({
      Status: 'FAILED',
      Error: { ErrorType: 'StepError', ErrorMessage: 'bad', StackTrace: ['Caused by: TypeError: bad'] },
    });
  });
});

describe('retries', () => {
  it('ask the strategy with the error and the number of attempts made', async () => {
    const asked: unknown[] = [];
    const run = new DurableRun((context) =>
      context.step('a', async ({ attempt }) => Promise.reject(new Error(`no ${attempt}`)), {
        retryStrategy: (error, attempt) => {
          asked.push([error.message, attempt]);
          return { shouldRetry: attempt < 3, delay: { minutes: 1 } };
        },
      }),
    );
    expect(await run.finish()).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage: 'no 3' } });
    expect(asked).toEqual([
      ['no 1', 1],
      ['no 2', 2],
      ['no 3', 3],
    ]);
    const retry = run.service.updates.find(({ Action }) => Action === 'RETRY');
    expect(retry).toMatchObject({
      Error: { ErrorType: 'Error', ErrorMessage: 'no 1' },
      StepOptions: { NextAttemptDelaySeconds: 60 },
    });
    expect(retry).not.toHaveProperty('Payload');
  });

  it.each<[string, unknown, number]>([
    ['no delay: 1 s', { shouldRetry: true }, 1],
    ['0: 1 s', { shouldRetry: true, delay: { seconds: 0 } }, 1],
    ['a fraction: rounded up', { shouldRetry: true, delay: { seconds: 1.2 } }, 2],
    ['longer than the wire takes: its longest', { shouldRetry: true, delay: { days: 1000 } }, 31_622_400],
  ])('delay %s', async (_name, decision, seconds) => {
    const run = new DurableRun((context) =>
      context.step(async () => Promise.reject(new Error('busy')), { retryStrategy: () => decision as never }),
    );
    await run.invoke();
    expect(run.service.updates.at(-1)?.StepOptions).toEqual({ NextAttemptDelaySeconds: seconds });
  });

  it.each([undefined, null])('a strategy that answers %p leaves it to the default', async (answer) => {
    const run = new DurableRun((context) =>
      context.step(async () => Promise.reject(new Error('busy')), { retryStrategy: () => answer as never }),
    );
    await run.invoke();
    expect(run.service.updates.at(-1)?.Action).toBe('RETRY');
  });

  it('by default are 5, with at most a minute between', async () => {
    const run = new DurableRun((context) => context.step(async () => Promise.reject(new Error('busy'))));
    await run.finish();
    const actions = run.service.updates.map(({ Action }) => Action);
    expect(actions.filter((action) => action === 'RETRY')).toHaveLength(5);
    expect(actions.at(-1)).toBe('FAIL');
    for (const { StepOptions } of run.service.updates) {
      expect(StepOptions?.NextAttemptDelaySeconds ?? 1).toBeLessThanOrEqual(60);
    }
  });

  it('with createRetryStrategy count attempts', async () => {
    let attempts = 0;
    const run = new DurableRun((context) =>
      context.step(async () => Promise.reject(new Error(`no ${++attempts}`)), {
        retryStrategy: createRetryStrategy({ maxAttempts: 3 }),
      }),
    );
    await run.finish();
    expect(attempts).toBe(3);
  });
});

describe('11.1 #3: a retry strategy that fails', () => {
  const cases: [string, () => never | object, string, string][] = [
    [
      'throws',
      () => {
        throw new TypeError('no such field');
      },
      'TypeError',
      'step "charge" (1): the retry strategy failed after attempt 1: no such field',
    ],
    [
      'throws an error that can not be changed',
      () => {
        throw new DOMException('aborted', 'AbortError');
      },
      'AbortError',
      'step "charge" (1): the retry strategy failed after attempt 1: aborted',
    ],
    [
      'throws text',
      () => {
        throw 'odd';
      },
      'Error',
      'step "charge" (1): the retry strategy failed after attempt 1: odd',
    ],
    [
      'answers with a promise',
      async () => ({ shouldRetry: true }),
      'TypeError',
      'it must return { shouldRetry, delay }, not a promise; got {}',
    ],
    [
      'answers with a negative delay',
      () => ({ shouldRetry: true, delay: { seconds: -1 } }),
      'RangeError',
      'seconds is -1, but must be 0 or more',
    ],
  ];
  it.each(cases)('%s: fails the step, and a later wait suspends', async (_name, retryStrategy, type, message) => {
    const { errors, run } = await surfaced(new Error('busy'), { retryStrategy: retryStrategy as never });
    expect(run.service.operation('1')?.Status).toBe('FAILED');
    expect(errors).toHaveLength(2);
    expect(errors[0]?.message).toContain(message);
    expect(errors.map(({ cause }) => cause?.name)).toEqual([type, type]);
  });
});

describe('a serdes that fails', () => {
  const good = {
    serialize: async (value: unknown) => JSON.stringify(value),
    deserialize: async (text?: string) => JSON.parse(text ?? 'null'),
  };
  const fail = () => {
    throw new Error('no key');
  };

  it.each<[string, object, string]>([
    ['throws when it writes', { ...good, serialize: fail }, 'Serialization failed for step "a" (1): no key'],
    [
      'rejects when it writes',
      { ...good, serialize: async () => fail() },
      'Serialization failed for step "a" (1): no key',
    ],
    ['throws when it reads back', { ...good, deserialize: fail }, 'Deserialization failed for step "a" (1): no key'],
  ])('11.3 #29: %s: fails the step once, without a retry', async (_name, serdes, message) => {
    let bodies = 0;
    const run = new DurableRun((context) => context.step('a', async () => ++bodies, { serdes: serdes as never }));
    const StackTrace = [`Caused by: SerdesFailedError: ${message}`, 'Caused by: Error: no key'];
    const error = { ErrorType: 'StepError', ErrorMessage: message, StackTrace };
    expect(await run.finish()).toEqual({ Status: 'FAILED', Error: error });
    expect(bodies).toBe(1);
    expect(run.service.sent).toEqual([['STEP:START a', 'STEP:FAIL a']]);
    expect(run.service.updates[1]?.Error?.ErrorType).toBe('SerdesFailedError');
  });

  it('on replay fails that read, and user code can catch it', async () => {
    const run = new DurableRun((context) =>
      context
        .step('a', async () => 1, { serdes: { ...good, deserialize: fail } as never })
        .catch((error) => [nameOf(error), nameOf(causeOf(error))]),
    );
    run.service.put('1', {
      Type: 'STEP',
      SubType: 'Step',
      Name: 'a',
      Status: 'SUCCEEDED',
      StepDetails: { Result: '1' },
    });
    expect(await run.result()).toEqual(['StepError', 'SerdesFailedError']);
  });

  it.each<[string, () => unknown, string]>([
    ['a BigInt', () => 1n, 'BigInt'],
    [
      'a circle',
      () => {
        const ring: Record<string, unknown> = {};
        ring.ring = ring;
        return ring;
      },
      'circular',
    ],
    ['too large a result', () => 'x'.repeat(1024 * 1024), 'the result takes 1048578 bytes and the limit is 1048576'],
  ])('%s can not be stored: says so and what to do', async (_name, make, message) => {
    const run = new DurableRun((context) => context.step('a', async () => make()));
    const output = await run.finish();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'StepError' } });
    expect((output as { Error: { ErrorMessage: string } }).Error.ErrorMessage).toContain(message);
  });

  it('a result of exactly the limit is stored, alone in its request', async () => {
    const run = new DurableRun((context) => context.step('a', async () => 'x'.repeat(1024 * 1024 - 2)));
    expect(((await run.result()) as string).length).toBe(1024 * 1024 - 2);
    expect(run.service.sent).toEqual([['STEP:START a'], ['STEP:SUCCEED a']]);
  });

  it('is told the raw id and the execution', async () => {
    const told: unknown[] = [];
    const serdes = {
      ...good,
      serialize: async (value: unknown, context: unknown) => {
        told.push(context);
        return JSON.stringify(value);
      },
    };
    const run = new DurableRun((context) =>
      context.runInChildContext((child) => child.step('a', async () => 1, { serdes: serdes as never })),
    );
    await run.finish();
    expect(told).toEqual([{ entityId: '1-1', durableExecutionArn: expect.stringContaining('/order-7/') }]);
  });

  it('that works for a while is not cut by a suspension, live and on replay', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const slow = {
        serialize: async (value: unknown) => runtime.sleep(60_000).then(() => JSON.stringify(value)),
        deserialize: async (text?: string) => runtime.sleep(60_000).then(() => JSON.parse(text ?? 'null')),
      };
      void context.wait({ hours: 10 });
      seen.push(await context.step(async () => 'a', { serdes: slow as never }));
      seen.push(await context.runInChildContext(async () => 'b', { serdes: slow as never }));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
  });
});
