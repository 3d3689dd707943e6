import { describe, expect, it } from '@jest/globals';
import { createTestRunner, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { handler } from './order.ts';
import type { Order } from './orders.ts';
import { readApprovalRequest } from './outside/approvals.ts';
import { planTroubles, readLedger } from './outside/payments.ts';

const ORDER: Order = { id: 'order-1', customer: 'ada', lines: [{ article: 'lamp', quantity: 2, price: 4_500 }] };
const PROCESSED = { orderId: 'order-1', status: 'processed', by: 'grace', chargeId: 'charge-1' };

useFreshOutside();
const outcomes = (): string[] => readLedger().map(({ outcome }) => outcome);

/** An order that waits for its approval. */
async function startOrder(options: Partial<TestRunnerOptions> = {}) {
  const runner = createTestRunner({ handler, ...options });
  const execution = await runner.start(ORDER);
  return { runner, execution, approval: await execution.callback('approval') };
}

async function runApproved(options: Partial<TestRunnerOptions> = {}) {
  const { execution, approval } = await startOrder(options);
  await approval.succeedJson({ approved: true, by: 'grace' });
  return execution.run();
}

describe('an order', () => {
  it('is processed after its approval', async () => {
    const { execution, approval } = await startOrder();
    const request = { orderId: 'order-1', amount: 9_000, callbackId: approval.callbackId };
    expect(readApprovalRequest('order-1')).toEqual(request);
    expect(outcomes()).toEqual([]);

    await approval.succeedJson({ approved: true, by: 'grace' });
    expect(await execution.result()).toEqual(PROCESSED);
    expect(readLedger()).toMatchObject([{ amount: 9_000, outcome: 'charged' }]);
    expect(execution.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCEEDED']);
  });

  it('is not charged when it is rejected', async () => {
    const { execution, approval } = await startOrder();
    await approval.succeedJson({ approved: false, by: 'grace' });
    expect(await execution.result()).toEqual({ orderId: 'order-1', status: 'rejected', by: 'grace' });
    expect(outcomes()).toEqual([]);
  });

  it('fails when nobody answers for three minutes', async () => {
    const { runner, execution } = await startOrder();
    const startedAt = runner.now().getTime();
    const run = await execution.run();
    expect(run).toMatchObject({ status: 'FAILED', error: { ErrorType: 'CallbackTimeoutError' } });
    expect(runner.now().getTime() - startedAt).toBeGreaterThanOrEqual(179_000);
    expect(runner.now().getTime() - startedAt).toBeLessThan(185_000);
    expect(outcomes()).toEqual([]);
  });

  it('fails when the approver can not decide', async () => {
    const { execution, approval } = await startOrder();
    await approval.fail(new Error('who is asking?'));
    const error = { ErrorType: 'CallbackExternalError', ErrorMessage: 'who is asking?' };
    expect(await execution.run()).toMatchObject({ status: 'FAILED', error });
  });

  it('is charged once the payment service has recovered, after one and two seconds', async () => {
    planTroubles(['busy', 'busy']);
    const run = await runApproved();
    expect(run.result).toEqual(PROCESSED);
    expect(outcomes()).toEqual(['busy', 'busy', 'charged']);
    const delays = run
      .operation('process-order')
      .events.flatMap(({ StepFailedDetails: details }) => details?.RetryDetails.NextAttemptDelaySeconds ?? []);
    expect(delays).toEqual([1, 2]);
  });

  it('fails when the payment service stays busy for three attempts', async () => {
    planTroubles(['busy', 'busy', 'busy']);
    const run = await runApproved();
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { ErrorType: 'StepError', ErrorMessage: expect.stringContaining('is busy') },
    });
    expect(outcomes()).toEqual(['busy', 'busy', 'busy']);
  });

  it('fails at once when the card is declined', async () => {
    planTroubles(['declined']);
    const run = await runApproved();
    expect(run).toMatchObject({ status: 'FAILED', error: { ErrorType: 'StepError' } });
    expect(run.error?.ErrorMessage).toContain("The card of 'ada' was declined");
    expect(outcomes()).toEqual(['declined']);
  });

  it.each([
    [[], 'has no lines'],
    [[{ article: 'lamp', quantity: 1.5, price: 1 }], "quantity of 'lamp' is 1.5"],
    [[{ article: 'lamp', quantity: 0, price: 1 }], "quantity of 'lamp' is 0"],
    [[{ article: 'lamp', quantity: 1, price: -1 }], "price of 'lamp' is -1"],
  ])('with the lines %j fails at its validation, without another attempt', async (lines, message) => {
    const run = await createTestRunner({ handler }).run({ ...ORDER, lines });
    expect(run).toMatchObject({ status: 'FAILED', error: { ErrorType: 'StepError' } });
    expect(run.error?.ErrorMessage).toContain(message);
    expect(run.operation('validate-order').attempts).toBe(1);
    expect(run.operations()).toHaveLength(1);
  });

  it.each([
    ['before', ['charged', 'charged before']],
    ['after', ['charged']],
  ] as const)('is charged once when the process dies %s the payment is recorded', async (moment, requests) => {
    const run = await runApproved({ wrapClient: crash(moment, 'process-order') });
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'CRASHED', 'SUCCEEDED']);
    expect(run.result).toEqual(PROCESSED);
    expect(outcomes()).toEqual(requests);
    expect(new Set(readLedger().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it('is the same execution when it is started again', async () => {
    const runner = createTestRunner({ handler });
    const execution = await runner.start(ORDER, { name: ORDER.id });
    await (await execution.callback('approval')).succeedJson({ approved: true, by: 'grace' });
    await execution.result();

    const again = await runner.start(ORDER, { name: ORDER.id });
    expect(again.arn).toBe(execution.arn);
    expect(await again.result()).toEqual(PROCESSED);
    expect(runner.invocations).toHaveLength(2);
    expect(outcomes()).toEqual(['charged']);
  });
});
