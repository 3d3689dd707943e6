import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';

describe('11.2 #26: code that takes another path than the record', () => {
  type Stored = Omit<OperationRecord, 'Id' | 'StartTimestamp'>;
  const STEP: Stored = { Type: 'STEP', SubType: 'Step', Name: 'a', Status: 'STARTED' };
  const mismatch = (property: string, expected: string, actual: string): string =>
    `[Unrecoverable Execution] Non-deterministic execution detected: Operation ${property} mismatch for step "1". ` +
    `Expected ${property} "${expected}", but got "${actual}". This indicates non-deterministic control flow in your workflow code.`;

  const cases: [string, Stored, RunHandler, string][] = [
    ['another type', STEP, (context) => context.wait('a', { seconds: 1 }), mismatch('type', 'STEP', 'WAIT')],
    ['another name', STEP, (context) => context.step('b', async () => 1), mismatch('name', 'a', 'b')],
    ['a name gone', STEP, (context) => context.step(async () => 1), mismatch('name', 'a', 'undefined')],
    [
      'a new name',
      { Type: 'STEP', SubType: 'Step', Status: 'READY' },
      (context) => context.step('b', async () => 1),
      mismatch('name', 'undefined', 'b'),
    ],
    [
      'another subtype',
      { ...STEP, SubType: 'WaitForCondition' },
      (context) => context.step('a', async () => 1),
      mismatch('subtype', 'WaitForCondition', 'Step'),
    ],
    [
      'a child for a waitForCallback',
      { Type: 'CONTEXT', SubType: 'WaitForCallback', Status: 'STARTED' },
      (context) => context.runInChildContext(async () => 1),
      mismatch('subtype', 'WaitForCallback', 'RunInChildContext'),
    ],
    ['a callback for a step', STEP, (context) => context.createCallback('a'), mismatch('type', 'STEP', 'CALLBACK')],
    [
      'now for a step',
      { ...STEP, Name: undefined } as Stored,
      (context) => context.now(),
      mismatch('subtype', 'Step', 'Now'),
    ],
  ];
  it.each(cases)(
    '%s: fails before a body runs or anything is sent, and user code can not catch it',
    async (_name, stored, handler, message) => {
      let ran = 0;
      const run = new DurableRun(async (context, self, event) => {
        try {
          await handler(context, self, event);
        } catch {
          ran++;
        }
        ran++;
        return context.step('after', async () => ran++);
      });
      run.service.put('1', stored);
      expect((await run.invoke()).output).toEqual({
        Status: 'FAILED',
        Error: { ErrorType: 'NonDeterministicExecutionError', ErrorMessage: message },
      });
      expect(ran).toBe(0);
      expect(run.service.requests).toEqual([]);
    },
  );

  it('in an un-awaited call just before the handler returns: fails all the same', async () => {
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1);
      void context.step('c', async () => 1);
      return 'done';
    });
    run.service.put('2', { ...STEP, Name: 'b' });
    expect((await run.invoke()).output.Status).toBe('FAILED');
  });

  it('in a child context', async () => {
    const run = new DurableRun((context) => context.runInChildContext((child) => child.step('b', async () => 1)));
    run.service.put('1-1', STEP);
    expect((await run.invoke()).output).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorMessage: expect.stringContaining('step "1-1"') },
    });
  });

  it('a record that says null where it has no name is the same', async () => {
    const run = new DurableRun((context) => context.step(async () => 1));
    run.service.put('1', { ...STEP, Name: null as never, Status: 'SUCCEEDED', StepDetails: { Result: '"stored"' } });
    expect(await run.result()).toBe('stored');
  });

  it('operations added at the end, or gone from it, are no divergence', async () => {
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1);
      return context.step('new', async () => 'new');
    });
    run.service.put('1', { ...STEP, Status: 'SUCCEEDED' });
    run.service.put('3', { ...STEP, Name: 'gone', Status: 'SUCCEEDED' });
    expect(await run.result()).toBe('new');
  });
});

describe('11.2 #26: a context used where another one is active', () => {
  const message = (method: string, active: string, own: string | undefined): string =>
    `Context usage error in "${method}": You are using a parent or sibling context instead of the current child context. ` +
    `Expected context ID: "${active}", but got: "${own}". When inside runInChildContext(), you must use the child context ` +
    'parameter, not the parent context.';

  const cases: [string, RunHandler, string][] = [
    [
      'the handler’s in a step',
      (context) => context.step(async () => context.step(async () => 'ran')),
      message('step', '1', undefined),
    ],
    [
      'the handler’s in a child',
      (context) => context.runInChildContext(async () => context.wait({ seconds: 1 })),
      message('wait', '1', undefined),
    ],
    [
      'a child’s in a grandchild',
      (context) => context.runInChildContext((child) => child.runInChildContext(async () => child.createCallback())),
      message('createCallback', '1-1', '1'),
    ],
    [
      'the handler’s in a virtual child',
      (context) => context.runInChildContext(async () => context.now(), { virtualContext: true }),
      message('now', '1', undefined),
    ],
    [
      'a child’s in its step',
      (context) =>
        context.runInChildContext((child) => child.step(async () => child.runInChildContext(async () => 'ran'))),
      message('runInChildContext', '1-1', '1'),
    ],
    [
      'after a timer in a step',
      (context, { runtime }) =>
        context.step(async () => {
          await runtime.sleep(10);
          return context.step(async () => 'ran');
        }),
      message('step', '1', undefined),
    ],
  ];
  it.each(cases)('%s: fails the execution at once, and the call never starts', async (_name, handler, text) => {
    const run = new DurableRun(handler);
    expect((await run.invoke()).output).toEqual({
      Status: 'FAILED',
      Error: { ErrorType: 'Error', ErrorMessage: text },
    });
    expect(run.service.sent.flat().join()).not.toMatch(/WAIT|CALLBACK/);
    expect(run.service.operation('2')).toBeUndefined();
  });

  it('a sibling’s context, which a shared queue may use, is no misuse', async () => {
    let other: DurableContext | undefined;
    const run = new DurableRun((context) =>
      Promise.all([
        context.runInChildContext(async (child) => {
          other = child;
          await child.wait({ seconds: 1 });
        }),
        context.runInChildContext(async (child) => {
          await child.step(async () => 1);
          return other?.step('for the sibling', async () => 'done');
        }),
      ]),
    );
    await run.finish();
    expect(run.service.operation('1-2')?.Name).toBe('for the sibling');
  });

  it('a child’s context used after the child has ended never settles and starts nothing', async () => {
    let left: DurableContext | undefined;
    let ran = false;
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async (child) => {
        left = child;
      });
      void left?.step(async () => {
        ran = true;
      });
      await context.step(async () => 1);
      return left?.signal.aborted;
    });
    expect(await run.result()).toBe(true);
    expect(ran).toBe(false);
    expect(run.service.operation('1-1')).toBeUndefined();
  });
});
