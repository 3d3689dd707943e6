import { describe, expect, it } from '@jest/globals';
import { createTestRunner, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { readInbox } from './outside/approvals.ts';
import { readRefunds } from './outside/shop.ts';
import { handler } from './support.ts';

const TASK = { task: 'Please refund order-1042.' };
const REFUNDED = 'About your refund of order-1042: 129.90 EUR are on their way.';

useFreshOutside();
const outcomes = (): string[] => readRefunds().map(({ outcome }) => outcome);

async function runApproved(options: Partial<TestRunnerOptions> = {}) {
  const execution = await createTestRunner({ handler, ...options }).start(TASK);
  await (await execution.callback('approval')).succeedJson({ approved: true, by: 'grace' });
  return execution.run();
}

describe('the support agent', () => {
  it('refunds when a person has allowed it', async () => {
    const execution = await createTestRunner({ handler }).start(TASK);
    const approval = await execution.callback('approval');
    expect(readInbox()).toEqual([
      { callbackId: approval.callbackId, tool: 'refund', input: { order: 'order-1042', cents: 12_990 } },
    ]);
    expect(outcomes()).toEqual([]);

    await approval.succeedJson({ approved: true, by: 'grace' });
    expect(await execution.result()).toEqual({ status: 'answered', answer: REFUNDED, turns: 3 });
    expect(readRefunds()).toMatchObject([{ order: 'order-1042', cents: 12_990, outcome: 'refunded' }]);
    expect(execution.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
  });

  it('does not refund when a person does not allow it', async () => {
    const execution = await createTestRunner({ handler }).start(TASK);
    await (await execution.callback('approval')).succeedJson({ approved: false, by: 'grace' });
    expect(await execution.result()).toMatchObject({ answer: expect.stringContaining('grace does not allow it') });
    expect(outcomes()).toEqual([]);
  });

  it('does not refund when nobody answers for a day', async () => {
    const runner = createTestRunner({ handler });
    const startedAt = runner.now().getTime();
    const run = await runner.run(TASK);
    expect(run.result).toMatchObject({
      status: 'answered',
      answer: expect.stringContaining('It failed: Callback timed'),
    });
    expect(runner.now().getTime() - startedAt).toBeGreaterThanOrEqual(86_400_000);
    expect(outcomes()).toEqual([]);
  });

  it.each([
    ['hello', 'Which order is it about?'],
    ['refund order-17', 'order-17 is older than 30 days: I can not refund it.'],
    ['refund order-5', 'I can not find order-5. It failed: The shop has no order-5.'],
  ])('answers %j without asking anybody', async (task, answer) => {
    expect((await createTestRunner({ handler }).run({ task })).result).toMatchObject({ status: 'answered', answer });
    expect(readInbox()).toEqual([]);
  });

  it.each([
    ['before', 'refund', ['refunded', 'refunded before']],
    ['after', 'refund', ['refunded']],
    ['before', 'model-3', ['refunded']],
    ['after', 'tools-2', ['refunded']],
  ] as const)(
    'refunds once when the process dies %s the end of %s is recorded',
    async (moment, operation, requests) => {
      const run = await runApproved({ wrapClient: crash(moment, operation) });
      expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
      expect(run.result).toEqual({ status: 'answered', answer: REFUNDED, turns: 3 });
      expect(outcomes()).toEqual(requests);
      expect(readInbox()).toHaveLength(1);
    },
  );

  it('uses the tools of a turn again only where their results were lost', async () => {
    const run = await runApproved({ wrapClient: crash('after', 'find-order') });
    expect(run.result).toMatchObject({ answer: REFUNDED });
    expect(run.operation('find-order').events.filter(({ EventType }) => EventType === 'StepSucceeded')).toHaveLength(1);
    expect(run.operations().filter(({ name }) => name?.startsWith('model-'))).toHaveLength(3);
  });
});
