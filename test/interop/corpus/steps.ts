import { NO_RETRY, RETRY_SOON, story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const STEPS: Workflows = {
  'steps one after the other': {
    input: { order: 7 },
    run: async (context, event) => {
      const order = await context.step('load', async () => ({ id: event.order, items: ['a', 'b'] }));
      const nothing = await context.step('log', async () => undefined);
      const empty = await context.step(async () => null);
      return { order, empty, nothing: nothing === undefined };
    },
  },
  'steps side by side': (context) => Promise.all([1, 2, 3].map((n) => context.step(`number ${n}`, async () => n * n))),
  'a step that is tried again': (context) =>
    context.step(
      'flaky',
      async ({ attempt }) => {
        if (attempt < 3) throw new RangeError(`attempt ${attempt}`);
        return attempt;
      },
      RETRY_SOON,
    ),
  'a step whose attempts run out': async (context) =>
    story(
      await thrownBy(
        context.step('broken', async ({ attempt }) => Promise.reject(new RangeError(`attempt ${attempt}`)), RETRY_SOON),
      ),
    ),
  'a step that fails once and for all': async (context) =>
    story(await thrownBy(context.step('refused', async () => Promise.reject(new TypeError('no')), NO_RETRY))),
  'a step that throws no error': async (context) =>
    story(await thrownBy(context.step('odd', async () => Promise.reject('a text'), NO_RETRY))),
  'a step at most once': (context) => context.step('pay', async () => 'paid', { semantics: 'AT_MOST_ONCE_PER_RETRY' }),
  'a step at most once that is tried again': (context) =>
    context.step(
      'pay',
      async ({ attempt }) => {
        if (attempt < 2) throw new Error('declined');
        return `paid at attempt ${attempt}`;
      },
      { ...RETRY_SOON, semantics: 'AT_MOST_ONCE_PER_RETRY' },
    ),
  'a step with a large result': async (context) => {
    const text = await context.step('fill', async () => 'x'.repeat(300_000));
    await context.wait('pause', { seconds: 1 });
    return text.length;
  },
  'a step with its own serdes': async (context) => {
    const serdes = {
      serialize: async (date?: Date) => date?.toISOString(),
      deserialize: async (text?: string) => (text === undefined ? undefined : new Date(text)),
    };
    const date = await context.step('now', async () => new Date(0), { serdes });
    await context.wait('pause', { seconds: 1 });
    return date?.getTime();
  },
};
