import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { causeOf, nameOf } from '../../../../test/support/errors.ts';
import { ChildContextError, DurableOperationError, StepError } from '../errors.ts';
import { retryPresets } from '../retry.ts';

const once = { retryStrategy: retryPresets.noRetry };
const KIB = 1024;

describe('runInChildContext', () => {
  it('records its operations below it, and its result', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext('notify', async (child) => {
        await child.step('mail', async () => 1);
        await child.runInChildContext('deep', (inner) => inner.step('sms', async () => 2));
        return 'sent';
      }),
    );
    expect(await run.result()).toBe('sent');
    const parents = run.service.updates
      .filter(({ Action }) => Action === 'START')
      .map(({ Id, ParentId }) => [Id, ParentId]);
    expect(parents).toEqual([
      [operationId('1'), undefined],
      [operationId('1-1'), operationId('1')],
      [operationId('1-2'), operationId('1')],
      [operationId('1-2-1'), operationId('1-2')],
    ]);
    expect(run.service.updates[0]).toEqual({
      Id: operationId('1'),
      Type: 'CONTEXT',
      SubType: 'RunInChildContext',
      Name: 'notify',
      Action: 'START',
    });
    expect(run.service.operation('1')?.ContextDetails).toEqual({ Result: '"sent"' });
  });

  it('sends what belongs together together, parents first', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext('child', (child) => child.step('step', async () => 1));
      await context.wait('wait', { seconds: 1 });
    });
    await run.invoke();
    expect(run.service.sent).toEqual([
      ['CONTEXT:START child', 'STEP:START step', 'STEP:SUCCEED step'],
      ['CONTEXT:SUCCEED child', 'WAIT:START wait'],
    ]);
  });

  it('is durable before the answer', async () => {
    const run = new DurableRun((context) => context.runInChildContext('child', async () => 1));
    await run.finish();
    expect(run.service.sent).toEqual([['CONTEXT:START child', 'CONTEXT:SUCCEED child']]);
  });

  it('never begins within the call', async () => {
    const order: string[] = [];
    const run = new DurableRun(async (context) => {
      const child = context.runInChildContext(async () => void order.push('body'));
      order.push('after the call');
      await child;
    });
    await run.finish();
    expect(order).toEqual(['after the call', 'body']);
  });

  it('that has ended does not run again', async () => {
    let bodies = 0;
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(await context.runInChildContext(async () => ({ at: new Date(0), n: ++bodies })));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    const read = { at: '1970-01-01T00:00:00.000Z', n: 1 };
    expect(seen).toEqual([read, read]);
  });

  it('that has not ended runs again, without a second START, and its operations replay', async () => {
    let steps = 0;
    const run = new DurableRun((context) =>
      context.runInChildContext('child', async (child) => {
        const n = await child.step(async () => ++steps);
        await child.wait({ seconds: 1 });
        return n;
      }),
    );
    expect(await run.result()).toBe(1);
    expect(run.service.sent.flat().filter((update) => update === 'CONTEXT:START child')).toHaveLength(1);
  });

  it('takes a subtype', async () => {
    const run = new DurableRun((context) => context.runInChildContext(async () => 1, { subType: 'Saga' }));
    await run.finish();
    expect(run.service.operation('1')?.SubType).toBe('Saga');
  });

  it('has operations that count for themselves when two run beside each other', async () => {
    const run = new DurableRun((context) =>
      Promise.all(
        ['a', 'b'].map((name) =>
          context.runInChildContext(name, async (child) => {
            await child.wait({ seconds: name === 'a' ? 2 : 1 });
            return child.step(`in ${name}`, async () => name);
          }),
        ),
      ),
    );
    expect(await run.result()).toEqual(['a', 'b']);
    expect(run.service.operation('1-2')?.Name).toBe('in a');
    expect(run.service.operation('2-2')?.Name).toBe('in b');
  });

  it('11.1 #1: a step that it leaves behind keeps nothing from suspending', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      await context.runInChildContext(async (child) => {
        void child.step('left', () => runtime.sleep(1_000_000));
        await child.step('done', async () => 1);
      });
      await context.wait({ hours: 1 });
    });
    const { output, ms } = await run.invoke();
    expect(output).toEqual({ Status: 'PENDING' });
    expect(ms).toBeLessThanOrEqual(22);
  });

  it.each<[string, unknown[], string]>([
    ['no body', ['a'], 'runInChildContext "a": the body must be a function; got undefined'],
    [
      'a subtype that the wire can not carry',
      ['a', async () => 1, { subType: 'x y' }],
      'subType must be 1 to 32 letters',
    ],
    [
      'virtualContext that is no boolean',
      ['a', async () => 1, { virtualContext: 'yes' }],
      'option virtualContext must be a boolean',
    ],
    [
      'an errorMapper that is no function',
      ['a', async () => 1, { errorMapper: {} }],
      'option errorMapper must be a function',
    ],
    [
      'a summaryGenerator that is no function',
      ['a', async () => 1, { summaryGenerator: '' }],
      'option summaryGenerator must be a function',
    ],
  ])('%s: rejects that call and claims no id', async (_name, args, message) => {
    const run = new DurableRun(async (context) => {
      const runChild = context.runInChildContext as (...args: unknown[]) => Promise<unknown>;
      const error = await runChild.apply(context, args).catch((thrown: Error) => thrown.message);
      await context.step('next', async () => 1);
      return error;
    });
    expect(await run.result()).toContain(message);
    expect(run.service.operation('1')?.Name).toBe('next');
  });
});

describe('a child context that fails', () => {
  const failures = async (handler: RunHandler): Promise<{ errors: ChildContextError[]; run: DurableRun }> => {
    const errors: ChildContextError[] = [];
    const run = new DurableRun(async (context, self, event) => {
      await handler(context, self, event).catch((error) => errors.push(error as ChildContextError));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(errors).toHaveLength(2);
    return { errors, run };
  };
  const chain = (error: unknown): string[] =>
    error instanceof Error ? [`${error.name}: ${error.message}`, ...chain(error.cause)] : [];

  it('of its own error: ChildContextError, the same live and on replay', async () => {
    const { errors, run } = await failures((context) =>
      context.runInChildContext(async () => Promise.reject(new RangeError('x'))),
    );
    expect(run.service.operation('1')?.ContextDetails?.Error).toEqual({ ErrorType: 'RangeError', ErrorMessage: 'x' });
    for (const error of errors) {
      expect(error).toBeInstanceOf(ChildContextError);
      expect(chain(error)).toEqual(['ChildContextError: x', 'StepError: x', 'RangeError: x']);
    }
  });

  it('of a step in it', async () => {
    const { errors } = await failures((context) =>
      context.runInChildContext((child) => child.step(async () => Promise.reject(new RangeError('x')), once)),
    );
    for (const error of errors) expect(chain(error).slice(0, 2)).toEqual(['ChildContextError: x', 'StepError: x']);
  });

  it('hands errorData outwards through all levels', async () => {
    const { errors } = await failures((context) =>
      context.runInChildContext((child) =>
        child.runInChildContext(async () => {
          throw new StepError('x', undefined, '{"code":1}');
        }),
      ),
    );
    for (const error of errors) expect(error.toErrorObject().ErrorData).toBe('{"code":1}');
  });

  it('surfaces what errorMapper makes, live and on replay', async () => {
    class Refused extends DurableOperationError {
      readonly errorType = 'Refused';
    }
    const { errors } = await failures((context) =>
      context.runInChildContext(async () => Promise.reject(new Error('x')), {
        errorMapper: (error) => new Refused(`mapped ${error.message}`),
      }),
    );
    expect(errors.map((error) => [error instanceof Refused, error.message])).toEqual([
      [true, 'mapped x'],
      [true, 'mapped x'],
    ]);
  });

  it('on record without an error: says that it failed', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext(async () => 1).catch((error) => (error as Error).message),
    );
    run.service.put('1', { Type: 'CONTEXT', SubType: 'RunInChildContext', Status: 'FAILED' });
    expect(await run.result()).toBe('Child context failed');
  });

  it('that can not be stored fails, and its body is not run again', async () => {
    let bodies = 0;
    const { errors } = await failures((context) =>
      context.runInChildContext('big', async () => {
        bodies++;
        return 1n;
      }),
    );
    expect(bodies).toBe(1);
    expect(errors[0]?.message).toMatch(/^Serialization failed for step "big" \(1\): .*BigInt/);
  });

  it('that can not be read on replay fails that call', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext(async () => 1).catch((error) => nameOf(causeOf(causeOf(error)))),
    );
    run.service.put('1', {
      Type: 'CONTEXT',
      SubType: 'RunInChildContext',
      Status: 'SUCCEEDED',
      ContextDetails: { Result: '{' },
    });
    expect(await run.result()).toBe('SerdesFailedError');
  });

  it('of a summaryGenerator that fails', async () => {
    const { errors } = await failures((context) =>
      context.runInChildContext(async () => 'x'.repeat(300 * KIB), {
        summaryGenerator: () => {
          throw new Error('no summary');
        },
      }),
    );
    expect(errors[0]?.message).toBe('no summary');
  });
});

describe('a virtual context', () => {
  it('leaves no record; its operations belong to the context around it', async () => {
    let bodies = 0;
    const run = new DurableRun((context) =>
      context.runInChildContext('real', (child) =>
        child.runInChildContext(
          'virtual',
          async (inner) => {
            bodies++;
            await inner.step('step', async () => 1);
            await inner.wait('wait', { seconds: 1 });
            return bodies;
          },
          { virtualContext: true },
        ),
      ),
    );
    expect(await run.result()).toBe(2);
    expect(run.service.operation('1-1')).toBeUndefined();
    expect(run.service.operation('1-1-1')).toMatchObject({ Name: 'step', ParentId: operationId('1') });
  });

  it('at the root has operations without a parent', async () => {
    const run = new DurableRun((context) =>
      context.runInChildContext((inner) => inner.step(async () => 1), { virtualContext: true }),
    );
    await run.finish();
    expect(run.service.updates.map(({ Id, ParentId }) => [Id, ParentId])).toEqual([
      [operationId('1-1'), undefined],
      [operationId('1-1'), undefined],
    ]);
  });

  it('fails as a recorded one does', async () => {
    const run = new DurableRun((context) =>
      context
        .runInChildContext(async () => Promise.reject(new RangeError('x')), { virtualContext: true })
        .catch((error) => [nameOf(error), nameOf(causeOf(causeOf(error)))]),
    );
    expect(await run.result()).toEqual(['ChildContextError', 'RangeError']);
    expect(run.service.requests).toEqual([]);
  });
});
