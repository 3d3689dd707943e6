import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { StepError } from '../errors.ts';
import type { DurableContext } from '../types.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const again = { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 7 } }) };

/** What the handler's call is rejected with. */
async function caught(promise: PromiseLike<unknown>): Promise<StepError> {
  try {
    await promise;
  } catch (error) {
    return error as StepError;
  }
  throw new Error('Nothing was thrown.');
}

describe('a step that succeeds', () => {
  it.each([[undefined], [null], [0], [''], [false], [{ a: [1, null] }]])(
    'resolves to %p, live and on replay',
    async (value) => {
      const seen: unknown[] = [];
      const run = new DurableRun(async (context) => {
        seen.push(await context.step('value', async () => value));
        await context.wait({ seconds: 1 });
      });
      await run.finish();
      expect(seen).toEqual([value, value]);
    },
  );

  it('gives user code what a replay will read', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(await context.step(async () => ({ at: new Date(0), gone: undefined, set: new Set([1]) })));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    const read = { at: '1970-01-01T00:00:00.000Z', set: {} };
    expect(seen).toEqual([read, read]);
    expect(Object.keys(seen[0] as object)).toEqual(['at', 'set']);
  });

  it('records name, type, subtype and payload', async () => {
    const run = new DurableRun((context) => context.step('charge', async () => ({ ok: true })));
    await run.finish();
    const Id = operationId('1');
    expect(run.service.updates).toEqual([
      { Id, Type: 'STEP', SubType: 'Step', Name: 'charge', Action: 'START' },
      { Id, Type: 'STEP', SubType: 'Step', Name: 'charge', Action: 'SUCCEED', Payload: '{"ok":true}' },
    ]);
  });

  it('has no name on record when it was given none, and no payload for undefined', async () => {
    const run = new DurableRun((context) => context.step(async () => undefined));
    await run.finish();
    const Id = operationId('1');
    expect(run.service.updates).toEqual([
      { Id, Type: 'STEP', SubType: 'Step', Action: 'START' },
      { Id, Type: 'STEP', SubType: 'Step', Action: 'SUCCEED' },
    ]);
  });

  it('takes a body that is not async', async () => {
    const run = new DurableRun((context) => context.step((() => 5) as never));
    expect(await run.result()).toBe(5);
  });

  it('takes a body that throws before its first await', async () => {
    const run = new DurableRun(async (context) => {
      const body = (() => {
        throw new RangeError('at once');
      }) as never;
      return (await caught(context.step(body, once))).message;
    });
    expect(await run.result()).toBe('at once');
  });

  it('never begins within the call', async () => {
    const order: string[] = [];
    const run = new DurableRun(async (context) => {
      const step = context.step(async () => void order.push('body'));
      order.push('after the call');
      await step;
    });
    await run.finish();
    expect(order).toEqual(['after the call', 'body']);
  });

  it('begins although nobody awaits it', async () => {
    let ran = false;
    const run = new DurableRun(async (context) => {
      void context.step('first', async () => {
        ran = true;
      });
      await context.step('second', async () => 1);
    });
    await run.finish();
    expect(ran).toBe(true);
    expect(run.service.operation('1')?.Status).toBe('SUCCEEDED');
  });

  it('is durable before the next line of user code', async () => {
    const run = new DurableRun(async (context, { service }) => {
      await context.step(async () => 1);
      return service.operation('1')?.Status;
    });
    expect(await run.result()).toBe('SUCCEEDED');
  });
});

describe('what a step finds on record', () => {
  it('SUCCEEDED: the result, and the body does not run', async () => {
    const run = new DurableRun((context) => context.step('a', async () => Promise.reject(new Error('ran'))));
    run.service.put('1', {
      Type: 'STEP',
      SubType: 'Step',
      Name: 'a',
      Status: 'SUCCEEDED',
      StepDetails: { Result: '5' },
    });
    expect(await run.result()).toBe(5);
    expect(run.service.sent).toEqual([]);
  });

  it('SUCCEEDED without details: undefined', async () => {
    const run = new DurableRun((context) => context.step('a', async () => 1));
    run.service.put('1', { Type: 'STEP', SubType: 'Step', Name: 'a', Status: 'SUCCEEDED' });
    expect(await run.result()).toBeUndefined();
  });

  it('FAILED: the same error as live', async () => {
    const errors: StepError[] = [];
    const run = new DurableRun(async (context) => {
      errors.push(await caught(context.step('a', async () => Promise.reject(new TypeError('bad card')), once)));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toBeInstanceOf(StepError);
      expect(error).toMatchObject({ name: 'StepError', message: 'bad card', errorType: 'StepError' });
      expect(error.cause).toMatchObject({ name: 'TypeError', message: 'bad card' });
    }
  });

  it('FAILED without an error: says that it is unknown', async () => {
    const run = new DurableRun(async (context) => (await caught(context.step('a', async () => 1))).message);
    run.service.put('1', { Type: 'STEP', SubType: 'Step', Name: 'a', Status: 'FAILED' });
    expect(await run.result()).toBe('Unknown error');
  });

  it.each(['CANCELLED', 'TIMED_OUT', 'STOPPED'] as const)('%s: fails, the body does not run', async (Status) => {
    const run = new DurableRun(async (context) => (await caught(context.step('a', async () => 1))).name);
    run.service.put('1', { Type: 'STEP', SubType: 'Step', Name: 'a', Status });
    expect(await run.result()).toBe('StepError');
    expect(run.service.sent).toEqual([]);
  });

  it('PENDING: waits for its time, then START and run as the next attempt', async () => {
    const attempts: number[] = [];
    const run = new DurableRun((context) =>
      context.step(
        'a',
        async ({ attempt }) => {
          attempts.push(attempt);
          if (attempt < 3) throw new Error('busy');
          return 'done';
        },
        again,
      ),
    );
    const began = run.runtime.now();
    expect(await run.invoke()).toEqual({ output: { Status: 'PENDING' }, ms: 0 });
    // Too early: the invocation finds it PENDING.
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.result()).toBe('done');
    expect(run.runtime.now() - began).toBe(14_000);
    expect(attempts).toEqual([1, 2, 3]);
    expect(run.service.sent).toEqual([
      ['STEP:START a', 'STEP:RETRY a'],
      ['STEP:START a', 'STEP:RETRY a'],
      ['STEP:START a', 'STEP:SUCCEED a'],
    ]);
  });

  it('PENDING: goes on in the same invocation when something else keeps it alive', async () => {
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([
        context.step('slow', () => runtime.sleep(20_000)),
        context.step(
          'flaky',
          async ({ attempt }) => (attempt < 2 ? Promise.reject(new Error('busy')) : attempt),
          again,
        ),
      ]),
    );
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '[null,2]' }, ms: 20_000 });
  });

  it('11.1 #11: READY in the answer to RETRY is no reason to wait', async () => {
    const run = new DurableRun((context) =>
      context.step('a', async ({ attempt }) => (attempt === 1 ? Promise.reject(new Error('busy')) : attempt), again),
    );
    run.service.faults.after = (response, count) => {
      if (count !== 1) return response;
      run.runtime.skipTo(run.runtime.now() + 7000);
      const [operation] = response.NewExecutionState.Operations ?? [];
      const ready = { ...operation, Status: 'READY' } as never;
      return { ...response, NewExecutionState: { Operations: [ready] } };
    };
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '2' });
  });

  it('STARTED, at least once: runs again as the same attempt, without a second START', async () => {
    const attempts: number[] = [];
    const run = new DurableRun((context, { runtime }) =>
      context.step('a', async ({ attempt }) => {
        attempts.push(attempt);
        await runtime.sleep(100);
        return 'done';
      }),
    );
    await run.killAfter(50);
    expect(await run.result()).toBe('done');
    expect(attempts).toEqual([1, 1]);
    expect(run.service.sent).toEqual([['STEP:START a'], ['STEP:SUCCEED a']]);
  });
});

describe('START', () => {
  const long = (context: DurableContext, { runtime }: DurableRun) => context.step('a', () => runtime.sleep(100));

  it('of a short step travels with its result', async () => {
    const run = new DurableRun((context, { runtime }) => context.step('a', () => runtime.sleep(9)));
    await run.finish();
    expect(run.service.sent).toEqual([['STEP:START a', 'STEP:SUCCEED a']]);
  });

  it('of a longer one leaves after 10 ms', async () => {
    const moments: number[] = [];
    const run = new DurableRun(long);
    const began = run.runtime.now();
    run.service.faults.before = () => moments.push(run.runtime.now() - began);
    await run.finish();
    expect(run.service.sent).toEqual([['STEP:START a'], ['STEP:SUCCEED a']]);
    expect(moments).toEqual([10, 100]);
  });

  it('leaves at once with holdStart 0', async () => {
    const moments: number[] = [];
    const run = new DurableRun(long, { holdStart: 0 });
    const began = run.runtime.now();
    run.service.faults.before = () => moments.push(run.runtime.now() - began);
    await run.finish();
    expect(moments).toEqual([0, 100]);
  });

  it('leaves with whatever leaves first', async () => {
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([context.step('a', () => runtime.sleep(100)), context.createCallback('b')]),
    );
    await run.invoke();
    expect(run.service.sent[0]).toEqual(['STEP:START a', 'CALLBACK:START b']);
  });

  it.each([
    ['at most once', { semantics: 'AT_MOST_ONCE_PER_RETRY' as const }],
    ['timeout', { timeout: { seconds: 30 } }],
    ['onInterrupted', { onInterrupted: 'retry' as const }],
  ])('is durable before the body: %s', async (_name, config) => {
    const run = new DurableRun(async (context, { service }) =>
      context.step('a', async () => service.operation('1')?.Status, config),
    );
    expect(await run.result()).toBe('STARTED');
    expect(run.service.sent).toEqual([['STEP:START a'], ['STEP:SUCCEED a']]);
  });

  it('of 100 sequential short steps: one request each', async () => {
    const run = new DurableRun(async (context) => {
      for (let n = 0; n < 100; n++) await context.step(`s${n}`, async () => n);
    });
    await run.finish();
    expect(run.service.requests).toHaveLength(100);
  });
});

describe('options of a step', () => {
  it('explicit undefined and null mean the default', async () => {
    const nothing = {
      retryStrategy: undefined,
      semantics: undefined,
      serdes: undefined,
      timeout: undefined,
      onInterrupted: undefined,
    };
    const run = new DurableRun((context) => context.step('a', async () => 1, nothing));
    expect(await run.result()).toBe(1);
    const nulls = { retryStrategy: null, semantics: null, serdes: null, timeout: null, onInterrupted: null } as never;
    expect(await new DurableRun((context) => context.step('a', async () => 1, nulls)).result()).toBe(1);
    expect(await new DurableRun((context) => context.step('a', async () => 1, null as never)).result()).toBe(1);
  });

  it.each<[string, unknown[], string]>([
    ['no body', ['a'], 'step "a": the body must be a function; got undefined'],
    ['null for a name', [null, async () => 1], 'step: the body must be a function; got null'],
    ['an empty name', ['', async () => 1], 'step: the name must be 1 to 256 printable ASCII characters; got ""'],
    ['a name that is not printable', ['é', async () => 1], 'printable ASCII'],
    ['a long name', ['x'.repeat(257), async () => 1], '1 to 256 printable ASCII characters, not 257'],
    [
      'a strategy that is no function',
      ['a', async () => 1, { retryStrategy: 3 }],
      'step "a": option retryStrategy must be a function; got 3',
    ],
    [
      'unknown semantics',
      ['a', async () => 1, { semantics: 'EXACTLY_ONCE' }],
      'option semantics must be one of AT_MOST_ONCE_PER_RETRY',
    ],
    [
      'a serdes without serialize',
      ['a', async () => 1, { serdes: { deserialize() {} } }],
      'option serdes must be an object with the functions',
    ],
    ['a timeout of no length', ['a', async () => 1, { timeout: { seconds: 0 } }], 'step "a": timeout: bad duration'],
    ['a timeout of 0', ['a', async () => 1, { timeout: 0 }], 'step "a": timeout: bad duration 0'],
    ['a fractional timeout', ['a', async () => 1, { timeout: { seconds: 1.5 } }], 'whole number of seconds'],
    [
      'an unknown onInterrupted',
      ['a', async () => 1, { onInterrupted: 'ignore' }],
      'option onInterrupted must be one of retry, fail',
    ],
    ['options that are no object', ['a', async () => 1, 5], 'step "a": the options must be an object; got 5'],
  ])('%s: rejects that call, sends nothing and claims no id', async (_name, args, message) => {
    const run = new DurableRun(async (context) => {
      const step = context.step as (...args: unknown[]) => Promise<unknown>;
      const error = await caught(step.apply(context, args));
      await context.step('next', async () => 1);
      return error.message;
    });
    expect(await run.result()).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });
});
