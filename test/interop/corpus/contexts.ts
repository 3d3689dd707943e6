import { failing, fill, story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const CONTEXTS: Workflows = {
  'a child context with a wait': (context) =>
    context.runInChildContext('child', async (child) => {
      const a = await child.step('a', async () => 1);
      await child.wait('pause', { seconds: 1 });
      return a + (await child.step('b', async () => 2));
    }),
  'contexts in contexts': async (context) => {
    const value = await context.runInChildContext('outer', (outer) =>
      outer.runInChildContext('inner', async (inner) => {
        await inner.wait({ seconds: 1 });
        return inner.step('deep', async () => 'deep');
      }),
    );
    await context.wait('after', { seconds: 1 });
    return value;
  },
  'contexts side by side': (context) =>
    Promise.all(
      [1, 2].map((n) =>
        context.runInChildContext(`side ${n}`, async (child) => {
          await child.wait({ seconds: n });
          return child.step('done', async () => n);
        }),
      ),
    ),
  'a child context whose step fails': async (context) => {
    const error = await thrownBy(context.runInChildContext('child', (child) => failing(child, 'charge')));
    await context.wait('pause', { seconds: 1 });
    return story(error);
  },
  'a child context that throws': async (context) => {
    const error = await thrownBy(
      context.runInChildContext('child', async () => {
        throw new RangeError('by hand');
      }),
    );
    return story(error);
  },
  'a failure through two contexts': async (context) => {
    const error = await thrownBy(
      context.runInChildContext('outer', (outer) =>
        outer.runInChildContext('inner', (inner) => failing(inner, 'charge')),
      ),
    );
    await context.wait('pause', { seconds: 1 });
    return story(error);
  },
  'a virtual context': (context) =>
    context.runInChildContext(
      'virtual',
      async (child) => {
        const a = await child.step('a', async () => 1);
        await child.wait('pause', { seconds: 1 });
        return a;
      },
      { virtualContext: true },
    ),
  'a child context with a large result': async (context) => {
    const texts = await context.runInChildContext('large', async (child) => [
      await fill(child, 1),
      await fill(child, 2),
      await fill(child, 3),
    ]);
    await context.wait('pause', { seconds: 1 });
    return texts.map((text) => text.length);
  },
  'a child context without a result': async (context) => {
    await context.runInChildContext(async (child) => {
      await child.step(async () => {});
    });
    await context.wait({ seconds: 1 });
  },
};
