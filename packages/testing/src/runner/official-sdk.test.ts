import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { createTestRunner } from './create-test-runner.ts';

describe('a handler of the official SDK', () => {
  it('runs on virtual time too', async () => {
    const handler = withDurableExecution(async ({ id }: { id: number }, context) => {
      const paid = await context.step('pay', async () => `paid ${id}`);
      const approval = await context.waitForCallback('approval', async () => {}, { timeout: { days: 3 } });
      await context.wait('cool-down', { days: 100 });
      return [paid, approval];
    });
    const runner = createTestRunner<string[]>({ handler });
    const execution = await runner.start({ id: 7 });
    await (await execution.callback('approval')).succeed('yes');
    expect(await execution.result()).toEqual(['paid 7', 'yes']);
    expect(runner.now()).toEqual(new Date('2026-04-11T00:00:00.000Z'));
  });
});
