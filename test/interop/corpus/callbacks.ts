import { NO_RETRY, story, thrownBy } from './pieces.ts';
import type { Workflows } from './workflow.ts';

const REFUSED = { fail: { ErrorType: 'RefusedError', ErrorMessage: 'not this one' } };

export const CALLBACKS: Workflows = {
  'a callback': {
    callbacks: { approval: { succeed: 'yes' } },
    run: async (context) => {
      const [answer, id] = await context.createCallback('approval', { timeout: { hours: 1 } });
      await context.step('send', async () => id.length > 0);
      return await answer;
    },
  },
  'a callback that fails': {
    callbacks: { approval: REFUSED },
    run: async (context) => {
      const [answer] = await context.createCallback('approval');
      return story(await thrownBy(answer));
    },
  },
  'a callback that times out': async (context) => {
    const [answer] = await context.createCallback('approval', { timeout: { seconds: 1 } });
    return story(await thrownBy(answer));
  },
  'a callback without a heartbeat': async (context) => {
    const [answer] = await context.createCallback('approval', {
      timeout: { hours: 1 },
      heartbeatTimeout: { seconds: 1 },
    });
    return story(await thrownBy(answer));
  },
  'a callback with a serdes': {
    callbacks: { approval: { succeed: '{"by":"Ada"}' } },
    run: async (context) => {
      const serdes = { deserialize: async (text?: string) => JSON.parse(text ?? 'null') as { by: string } };
      const [answer] = await context.createCallback('approval', { serdes });
      const { by } = await answer;
      await context.wait('pause', { seconds: 1 });
      return by;
    },
  },
  'two callbacks, awaited side by side': {
    callbacks: { first: { succeed: '1' }, second: { succeed: '2' } },
    run: async (context) => {
      const [first] = await context.createCallback('first');
      const [second] = await context.createCallback('second');
      return Promise.all([first, second]);
    },
  },
  'waiting for a callback': {
    callbacks: { approval: { succeed: '"yes"' } },
    run: (context) => context.waitForCallback('approval', async () => {}, { timeout: { hours: 1 } }),
  },
  'waiting for a callback that fails': {
    callbacks: { approval: REFUSED },
    run: async (context) => story(await thrownBy(context.waitForCallback('approval', async () => {}))),
  },
  'waiting for a callback that times out': async (context) =>
    story(await thrownBy(context.waitForCallback('approval', async () => {}, { timeout: { seconds: 1 } }))),
  'waiting for a callback whose id could not be sent': async (context) => {
    const submit = async (): Promise<void> => Promise.reject(new TypeError('no mail'));
    return story(await thrownBy(context.waitForCallback('approval', submit, NO_RETRY)));
  },
  'waiting for callbacks in branches': {
    callbacks: { ada: { succeed: 'yes' }, bob: { succeed: 'no' } },
    run: async (context) => {
      const ask = ['ada', 'bob'].map((name) => ({
        name: `branch of ${name}`,
        func: (child: typeof context) => child.waitForCallback(name, async () => {}),
      }));
      return (await context.parallel('ask', ask)).getResults();
    },
  },
};
