import { describe, expect, it } from '@jest/globals';
import { withDurableExecution } from '@middy-durable/core';
import { createTestRunner, virtualTime } from './index.ts';
import { seededIds } from './time/seeded-ids.ts';

/** The examples of the docstrings and of the README, as they stand there. */
describe('examples', () => {
  const handler = withDurableExecution(async ({ orderId }: { orderId: number }, context) => {
    const answer = await context.waitForCallback('approval', async () => {}, { timeout: { days: 3 } });
    const charged = await context.step('charge', async () => answer === 'yes');
    return { orderId, approved: charged };
  });

  it('createTestRunner, callback', async () => {
    const runner = createTestRunner<{ orderId: number; approved: boolean }>({ handler });
    const execution = await runner.start({ orderId: 7 });
    const approval = await execution.callback('approval');
    await approval.succeed('yes');
    expect(await execution.result()).toEqual({ orderId: 7, approved: true });
    const run = await execution.look();
    expect(run.operation('charge').attempts).toBe(1);
  });

  it('run, advance', async () => {
    const runner = createTestRunner({ handler });
    const run = await runner.run({ orderId: 7 });
    expect(run.error?.ErrorType).toBe('CallbackTimeoutError');
    const execution = await runner.start({ orderId: 8 });
    await execution.advance({ days: 2 });
    expect((await execution.look()).open).toEqual(['callback "approval"']);
  });

  it('functions, invoked', async () => {
    const runner = createTestRunner<number>({
      handler: withDurableExecution(async ({ net }: { net: number }, context) => {
        await context.invoke('bill', 'billing', { net });
        return context.invoke<{ net: number }, number>('tax', { net });
      }),
      functions: {
        billing: {
          handler: withDurableExecution((_event, context) => context.waitForCallback('paid', async () => {})),
        },
        tax: { durable: false, handler: async ({ net }: { net: number }) => net * 0.19 },
      },
    });
    const execution = await runner.start({ net: 100 });
    const billing = await execution.invoked('bill');
    await (await billing.callback('paid')).succeed();
    expect(await execution.result()).toBe(19);
  });

  it('virtualTime, seededIds', () => {
    const time = virtualTime({ startAt: '2030-05-01T00:00:00Z' });
    const said: string[] = [];
    time.schedule(() => said.push('a day later'), 86_400_000);
    time.advance();
    expect(said).toEqual(['a day later']);
    expect(new Date(time.now()).toISOString()).toBe('2030-05-02T00:00:00.000Z');
    expect(seededIds('order-test')()).toBe(seededIds('order-test')());
  });
});
