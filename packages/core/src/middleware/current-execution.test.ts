import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { START } from '../../../../test/support/virtual-runtime.ts';
import { type CurrentExecution, currentExecution } from './current-execution.ts';

const current = (): CurrentExecution => currentExecution() as CurrentExecution;

describe('the current execution', () => {
  it('is none outside of durable executions', () => {
    expect(currentExecution()).toBeUndefined();
  });

  it('says what it is, and which step is running', async () => {
    const run = new DurableRun(async (context) => {
      const outside = current();
      const inside = await context.step('a', async () => current().step);
      return [
        outside.durableExecutionArn === context.executionContext.durableExecutionArn,
        outside.startedAt,
        outside.step,
        inside,
      ];
    });
    expect(await run.result()).toEqual([true, START, null, { id: expect.any(String), attempt: 1 }]);
  });

  it('decides once what is to be recorded, and anew what is not', async () => {
    const decisions: string[] = [];
    const run = new DurableRun(async (context) => {
      const asked = [
        await current().decide('kept', async () => ({ value: decisions.push('kept'), record: true })),
        await current().decide('not kept', async () => ({ value: decisions.push('not kept'), record: false })),
      ];
      const before = context.isReplaying;
      await context.step('a', async () => 1);
      await context.wait({ seconds: 1 });
      return [asked, before];
    });
    expect(await run.result()).toEqual([[1, 3], true]);
    expect(decisions).toEqual(['kept', 'not kept', 'not kept']);
    expect([...run.service.state.operations.values()].map(({ SubType }) => SubType)).toContain('Decision');
  });

  it('lets hooks replace the outcome, the last one first, and not when it suspends', async () => {
    const hooks: string[] = [];
    const run = new DurableRun(async (context) => {
      for (const name of ['outer', 'inner']) {
        current().beforeAnswer(async (outcome) => {
          hooks.push(name);
          return outcome.kind === 'return' ? { kind: 'return', result: [name, outcome.result] } : outcome;
        });
      }
      await context.wait({ seconds: 1 });
      return 'result';
    });
    expect(await run.result()).toEqual(['outer', ['inner', 'result']]);
    expect(hooks).toEqual(['inner', 'outer']);
  });

  it('a hook may make a failure of a result, and one that fails ends only the invocation', async () => {
    const failing = new DurableRun(async () => {
      current().beforeAnswer(async () => ({ kind: 'reject', error: new RangeError('no') }));
    });
    expect(await failing.finish()).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'RangeError' } });
    let failures = 1;
    const retried = new DurableRun(async () => {
      current().beforeAnswer(async (outcome) => {
        if (failures-- > 0) throw new Error('unreachable');
        return outcome;
      });
      return 'result';
    });
    await expect(retried.invoke()).rejects.toThrow('unreachable');
    expect(await retried.result()).toBe('result');
  });

  it('an invocation may be given up without an outcome', async () => {
    let failures = 1;
    const run = new DurableRun(async () =>
      failures-- > 0 ? current().retryInvocation(new Error('not yet')) : 'result',
    );
    await expect(run.invoke()).rejects.toThrow('not yet');
    expect(await run.result()).toBe('result');
  });

  it('a step may take another key for the API behind it', async () => {
    const run = new DurableRun((context) =>
      context.step('a', async (body) => {
        current().adoptIdempotencyKey('business');
        return body.idempotencyKey;
      }),
    );
    expect(await run.result()).toBe('business');
  });
});

describe('a guard of executions', () => {
  it.each<[string, () => Promise<{ answer: unknown } | undefined>, object]>([
    ['lets the handler run', async () => undefined, { Status: 'SUCCEEDED', Result: '"handler"' }],
    ['answers in its place', async () => ({ answer: 7 }), { Status: 'SUCCEEDED', Result: '7' }],
    ['answers with nothing', async () => ({ answer: undefined }), { Status: 'SUCCEEDED' }],
    [
      'fails the execution',
      () => Promise.reject(new RangeError('no')),
      { Status: 'FAILED', Error: { ErrorType: 'RangeError' } },
    ],
  ])('%s', async (_what, enter, output) => {
    const run = new DurableRun(async () => 'handler', { idempotency: { enter } });
    expect(await run.finish()).toMatchObject(output);
  });

  it('is refused when it is none', () => {
    expect(() => new DurableRun(async () => 1, { idempotency: {} as never })).toThrow(
      'option idempotency has no function enter; pass what idempotentExecution(...) returns',
    );
  });
});
