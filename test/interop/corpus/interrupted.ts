import type { DurableContext } from '@middy-durable/core';
import type { ProcessLife } from '../hosts/process-life.ts';
import { double, NO_RETRY, RETRY_SOON, story, thrownBy } from './pieces.ts';
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

/**
 * One operation of every kind after the other, so that what is sent, and when, is the same in every run. `ran` is told of each
 * body that runs.
 */
export function oneAfterTheOther(ran: (name: string) => void): Workflow {
  const did = async <T>(name: string, value: T): Promise<T> => {
    ran(name);
    return value;
  };
  return {
    callbacks: { approval: { succeed: 'yes' }, answer: { succeed: '42' } },
    run: async (context) => {
      const paid = await context.step('pay', () => did('pay', 12));
      await context.wait('pause', { hours: 1 });
      const flaky = await context.step(
        'flaky',
        async ({ attempt }) => {
          if ((await did(`flaky ${attempt}`, attempt)) < 2) throw new RangeError('once more');
          return attempt;
        },
        RETRY_SOON,
      );
      const rows = await context.map(
        'rows',
        ['a', 'b'],
        (child, row: string) => child.step('save', () => did(`save ${row}`, row)),
        { maxConcurrency: 1 },
      );
      const nested = await context.runInChildContext('nested', async (child) => {
        const [answer] = await child.createCallback('answer');
        return [await answer, await double(child, 4)];
      });
      const approval = await context.waitForCallback('approval', () => did('ask', undefined));
      const polls = await context.waitForCondition('job', (state: number) => did(`look ${state}`, state + 1), {
        initialState: 0,
        waitStrategy: (state) =>
          state < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      });
      const quote = await context.invoke<object, object>('quote', 'price-quote', { order: paid });
      const taxed = await context.invoke<object, object>('tax', 'tax', { net: paid });
      return { paid, flaky, rows: rows.getResults(), nested, approval, polls, quote, taxed };
    },
  };
}

async function paid(life: ProcessLife): Promise<string> {
  return life.invocation === 1 ? life.die() : 'paid';
}
