import { failing, story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const COMBINATORS: Workflows = {
  'all of two': async (context) => {
    const values = await context.promise.all('both', [
      context.step('a', async () => 1),
      context.runInChildContext('b', async (child) => {
        await child.wait({ seconds: 1 });
        return 2;
      }),
    ]);
    await context.wait('after', { seconds: 1 });
    return values;
  },
  'all with a failure': async (context) => {
    const members = [failing<number>(context, 'a'), context.step('b', async () => 2)];
    const error = await thrownBy(context.promise.all('both', members));
    await context.wait('after', { seconds: 1 });
    return story(error);
  },
  'all settled': async (context) => {
    const settled = await context.promise.allSettled('both', [
      failing<number>(context, 'a'),
      context.step('b', async () => 1),
    ]);
    await context.wait('after', { seconds: 1 });
    return settled.map((end) => (end.status === 'fulfilled' ? end.value : story(end.reason)));
  },
  'any with a success': (context) =>
    context.promise.any('any', [failing<string>(context, 'a'), context.step('b', async () => 'b')]),
  'any of failures': async (context) => {
    const error = await thrownBy(context.promise.any('any', [failing(context, 'a'), failing(context, 'b')]));
    await context.wait('after', { seconds: 1 });
    return story(error);
  },
  'a race with a wait': async (context) => {
    const slow = context.runInChildContext('slow', async (child) => {
      await child.wait({ hours: 1 });
      return 'slow';
    });
    const first = await context.promise.race('race', [slow, context.step('quick', async () => 'quick')]);
    await context.wait('after', { seconds: 1 });
    return first;
  },
};
