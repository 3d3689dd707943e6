import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { currentDurableContext, currentStepContext } from './current-context.ts';

const SECOND = { seconds: 1 };

describe('the current contexts', () => {
  it('are none outside', () => {
    expect([currentDurableContext(), currentStepContext()]).toEqual([undefined, undefined]);
  });

  it('are the context of the caller, and in a body the one of the step', async () => {
    const seen: unknown[] = [];
    const look = (context: unknown, body: unknown): void =>
      void seen.push(currentDurableContext() === context, currentStepContext() === body);
    const run = new DurableRun(async (context) => {
      look(context, undefined);
      await context.step(async (body) => look(undefined, body));
      await context.runInChildContext(async (child) => {
        look(child, undefined);
        await child.map([1], async (item) => look(item, undefined));
        await child.parallel([async (branch) => look(branch, undefined)], { nesting: 'FLAT' });
      });
      await context.waitForCondition(
        async (state: number, check) => {
          look(undefined, check);
          return state;
        },
        { initialState: 1, waitStrategy: () => ({ shouldContinue: false }) },
      );
      look(context, undefined);
    });
    await run.finish();
    expect(seen).toEqual(Array(14).fill(true));
  });

  it('serve code that has no context to pass on', async () => {
    const pause = async (): Promise<void> => currentDurableContext()?.wait('pause', SECOND);
    const run = new DurableRun(async () => {
      await pause();
      return 'done';
    });
    expect(await run.result()).toBe('done');
    expect(run.service.operation('1')).toMatchObject({ Type: 'WAIT', Name: 'pause' });
  });
});
