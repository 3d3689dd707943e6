import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';

const big = 'x'.repeat(300 * 1024);

describe('a callback that was open when its context ended with a large result', () => {
  it('is there again when the context is rebuilt', async () => {
    const ids: string[] = [];
    const run = new DurableRun(async (context) => {
      const result = await context.runInChildContext(async (child) => {
        const { callbackId } = await child.createCallback('approval');
        ids.push(callbackId);
        return big;
      });
      await context.wait({ seconds: 1 });
      return result.length;
    });
    expect(await run.result()).toBe(big.length);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('has a result that the rebuilt context never gets, and that keeps nobody waiting', async () => {
    let settled = false;
    const run = new DurableRun(async (context) => {
      const result = await context.runInChildContext(async (child) => {
        const callback = await child.createCallback('approval');
        callback.result().finally(() => {
          settled = true;
        });
        const first = await Promise.race([callback.result(), child.step('fallback', async () => 'fallback')]);
        return first + big;
      });
      await context.wait({ seconds: 1 });
      return result.length;
    });
    expect(await run.result()).toBe(big.length + 'fallback'.length);
    expect(settled).toBe(false);
  });
});
