import { createWaitStrategy } from '@middy-durable/core';
import { story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

const eachSecond = (until: number) => (state: number) =>
  state < until ? ({ shouldContinue: true, delay: { seconds: 1 } } as const) : ({ shouldContinue: false } as const);
const count = async (state: number): Promise<number> => state + 1;

export const CONDITIONS: Workflows = {
  'a condition': (context) => context.waitForCondition('job', count, { initialState: 0, waitStrategy: eachSecond(3) }),
  'a condition that holds at once': (context) =>
    context.waitForCondition('job', count, { initialState: 5, waitStrategy: eachSecond(3) }),
  'a condition that gives up': async (context) => {
    const waitStrategy = createWaitStrategy<number>({
      shouldContinuePolling: () => true,
      maxAttempts: 2,
      initialDelay: { seconds: 1 },
      jitter: 'NONE',
    });
    return story(await thrownBy(context.waitForCondition('job', count, { initialState: 0, waitStrategy })));
  },
  'a condition whose check fails': async (context) => {
    const check = async (): Promise<number> => Promise.reject(new RangeError('no job'));
    return story(
      await thrownBy(context.waitForCondition('job', check, { initialState: 0, waitStrategy: eachSecond(3) })),
    );
  },
};
