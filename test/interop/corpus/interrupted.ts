import type { DurableContext } from '@middy-durable/core';
import type { ProcessLife } from '../hosts/process-life.ts';
import { NO_RETRY, RETRY_SOON, story, thrownBy } from './pieces.ts';
import type { Workflow } from './workflow.ts';

/** Workflows whose first process dies in the middle of something. */
export const INTERRUPTED: Readonly<Record<string, (life: ProcessLife) => Workflow>> = {
  'in a step': (life) => ({
    run: (context) => context.step('pay', () => paid(life)),
  }),
  'in a step at most once, that is tried again': (life) => ({
    run: (context) => context.step('pay', () => paid(life), { ...RETRY_SOON, semantics: 'AT_MOST_ONCE_PER_RETRY' }),
  }),
  'in a step at most once, that is not': (life) => ({
    run: async (context) => {
      const payment = context.step('pay', () => paid(life), { ...NO_RETRY, semantics: 'AT_MOST_ONCE_PER_RETRY' });
      return story(await thrownBy(payment));
    },
  }),
  'in the step of an item': (life) => ({
    run: async (context) => {
      const body = (child: DurableContext, item: string): Promise<string> =>
        child.step('pay', () => (item === 'b' ? paid(life) : Promise.resolve('before')));
      return (await context.map('rows', ['a', 'b'], body, { maxConcurrency: 1 })).getResults();
    },
  }),
  'in the check of a condition': (life) => ({
    run: (context) =>
      context.waitForCondition('job', async (state: number) => (state === 0 ? paid(life).then(() => 1) : state + 1), {
        initialState: 0,
        waitStrategy: (state) =>
          state < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      }),
  }),
  'while a callback id is sent': (life) => ({
    callbacks: { approval: { succeed: 'yes' } },
    run: (context) =>
      context.waitForCallback('approval', async () => {
        await paid(life);
      }),
  }),
  'between operations': (life) => ({
    run: async (context) => {
      const before = await context.step('before', async () => 1);
      await paid(life);
      return [before, await context.step('after', async () => 2)];
    },
  }),
};

async function paid(life: ProcessLife): Promise<string> {
  return life.invocation === 1 ? life.die() : 'paid';
}
