import { story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const INVOKES: Workflows = {
  'invoking a durable function': (context) => context.invoke('quote', 'price-quote', { order: 7 }),
  'invoking an ordinary function': (context) => context.invoke('tax', { net: 100 }),
  'invoking a durable function that fails': async (context) =>
    story(await thrownBy(context.invoke('quote', 'failing-quote', {}))),
  'invoking an ordinary function that fails': async (context) =>
    story(await thrownBy(context.invoke('tax', 'failing-tax', {}))),
  'invoking in a child context, beside a wait': (context) =>
    context.runInChildContext('ask', async (child) => {
      const pause = child.wait('pause', { seconds: 3 });
      const quote = await child.invoke('quote', 'price-quote', { order: 8 });
      await pause;
      return quote;
    }),
};
