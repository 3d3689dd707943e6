import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { effect } from '../outside.ts';

/** Asks, waits for the answer, ships. */
export const handler = withDurableExecution(async ({ name }: { name: string }, context: DurableContext) => {
  const answer = await context.waitForCallback<string>('approval', async () => effect(`ask for ${name}`));
  await context.step('ship', async () => effect(`ship ${name}`));
  return `${name}: ${answer}`;
});

const inside = new Set<string>();

/** Each execution's step ends when `together` of them are in theirs, in one process. */
export const together = withDurableExecution(
  async ({ name, together: count }: { name: string; together: number }, context: DurableContext) => {
    await context.step('meet', async () => {
      inside.add(name);
      while (inside.size < count) await new Promise((resolve) => setTimeout(resolve, 1));
      effect(`meet ${name}`);
    });
    const answer = await context.waitForCallback<string>('approval', async () => effect(`ask for ${name}`));
    return `${name}: ${answer}`;
  },
);

/** Waits for a second in between. */
export const patient = withDurableExecution(async (_event: unknown, context: DurableContext) => {
  await context.step('before', async () => effect('before'));
  await context.wait('pause', { seconds: 1 });
  return context.step('after', async () => effect('after'));
});
