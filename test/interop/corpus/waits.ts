import type { Workflows } from './workflow.ts';

export const WAITS: Workflows = {
  'a wait between steps': async (context) => {
    const a = await context.step('a', async () => 1);
    await context.wait('pause', { seconds: 1 });
    const b = await context.step('b', async () => 2);
    await context.wait({ seconds: 1 });
    return a + b;
  },
  'waits side by side': async (context) => {
    await Promise.all([context.wait('one', { seconds: 1 }), context.wait('two', { seconds: 2 })]);
    return 'both';
  },
  'a wait that nobody waits for any more': async (context) => {
    const long = context.wait('long', { hours: 1 }).then(() => 'late');
    const first = await Promise.race([context.step('quick', async () => 'quick'), long]);
    await context.wait('pause', { seconds: 1 });
    return first;
  },
  'a step while a wait is open': async (context) => {
    const pause = context.wait('pause', { seconds: 1 });
    const value = await context.step('meanwhile', async () => 1);
    await pause;
    return value;
  },
};
