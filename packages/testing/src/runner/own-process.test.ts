import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

/** Runs code in a process that has nothing else open, and reads what it prints. The test framework has timers of its own. */
async function inOwnProcess(code: string): Promise<unknown> {
  const script = `
    import { withDurableExecution } from '@middy-durable/core';
    import { createTestRunner } from './create-test-runner.ts';
    const retryStrategy = () => ({ shouldRetry: false });
    ${code}`;
  const options = ['--conditions=@middy-durable/source', '--input-type=module', '--eval', script];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd });
  return JSON.parse(stdout);
}

describe('in a process of its own, the runner', () => {
  it('stands still for a real timer', async () => {
    const seen = await inOwnProcess(`
      const handler = withDurableExecution(async (_event, context) =>
        context.step(
          'slow',
          () => new Promise((resolve) => setTimeout(resolve, 60, 'done')),
          { timeout: { seconds: 1 }, retryStrategy },
        ));
      const runner = createTestRunner({ handler, grace: 0, standstill: 2 ** 30 });
      const { status } = await runner.run();
      console.log(JSON.stringify([status, runner.now()]));`);
    expect(seen).toEqual(['SUCCEEDED', '2026-01-01T00:00:00.000Z']);
  });

  it('leaves no timer behind', async () => {
    const seen = await inOwnProcess(`
      const handler = withDurableExecution(async (_event, context) => {
        await context.step('slow', () => new Promise((resolve) => setTimeout(resolve, 5)));
        await context.wait('pause', { days: 300 });
        await context.step('hangs', () => new Promise(() => {}), { timeout: { days: 1 }, retryStrategy });
      });
      const { status, error } = await createTestRunner({ handler, grace: 1 }).run();
      const left = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind === 'Immediate');
      console.log(JSON.stringify([status, error.ErrorType, left]));`);
    expect(seen).toEqual(['FAILED', 'StepError', []]);
  });
});
