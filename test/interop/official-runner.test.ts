import { LocalDurableTestRunner, WaitingOperationStatus } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ADOPTION_FORMS, type Receipt } from './adoption-forms.ts';

// The runner needs real time here and there, and has a thread of its own: much of it on a machine at work.
jest.setTimeout(30_000);

describe('the official test runner drives handlers of this engine, skipping time', () => {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

  it.each(Object.entries(ADOPTION_FORMS))('%s', async (form, make) => {
    const hooks: string[] = [];
    const runner = new LocalDurableTestRunner<Receipt>({ handlerFunction: make(hooks) as never });
    const running = runner.run({ payload: { id: 7 } });
    const approval = runner.getOperation('approval');
    await approval.waitForData(WaitingOperationStatus.SUBMITTED);
    await approval.sendCallbackSuccess('yes');
    const result = await running;

    expect(result.getStatus()).toBe('SUCCEEDED');
    expect(result.getResult()).toEqual({ receipt: { order: 7 }, approval: 'yes', sent: 'receipt of 7', runs: 3 });
    expect(runner.getOperation('charge').getStepDetails()?.result).toEqual({ order: 7 });
    expect(runner.getOperation('cool-down').getWaitDetails()?.waitSeconds).toBe(3600);
    expect(approval.getStatus()).toBe('SUCCEEDED');
    expect(result.getInvocations()).toHaveLength(3);
    // Middleware begins with every invocation, and ends with the execution only.
    expect(hooks).toEqual(form.includes('middy') ? ['before', 'before', 'before', 'after'] : []);
  });
});
