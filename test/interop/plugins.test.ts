import { describe, expect, it } from '@jest/globals';
import type { DurableContext, DurableInstrumentationPlugin } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from '../support/official-run.ts';

const once = { retryStrategy: () => ({ shouldRetry: false }) };

/** What a plugin is told of each operation, in its order; hooks of different operations may come in another one. */
function recorder(): { plugin: DurableInstrumentationPlugin; told: Record<string, string[]> } {
  const told: Record<string, string[]> = {};
  const write = (hook: string, info: any): void => {
    const { name, type, subType, attempt, isReplay, outcome, error, status } = info;
    const key = info.executionArn ? 'invocation' : `${name ?? ''} ${type} ${subType}`;
    const final = /End$/.test(hook) ? status : undefined;
    told[key] ??= [];
    told[key].push(
      [
        hook,
        attempt && hook !== 'onOperationStart' ? attempt : '',
        isReplay ?? '',
        outcome && hook.includes('Attempt') ? outcome : '',
        final ?? '',
        error && !hook.endsWith('Start') ? error.message : '',
      ].join(' '),
    );
  };
  const hooks: Record<string, unknown> = {};
  for (const hook of [
    'onInvocationStart',
    'onInvocationEnd',
    'onOperationStart',
    'onOperationEnd',
    'onOperationAttemptStart',
    'onOperationAttemptEnd',
  ]) {
    hooks[hook] = async (info: unknown) => write(hook, info);
  }
  for (const hook of ['wrapInvocation', 'wrapChildContextFn']) {
    hooks[hook] = async (info: unknown, fn: () => Promise<unknown>) => {
      write(`${hook} before`, info);
      try {
        return await fn();
      } finally {
        write(`${hook} after`, info);
      }
    };
  }
  return { plugin: hooks as DurableInstrumentationPlugin, told };
}

const SCENARIOS: Record<string, Scenario> = {
  'a child context and a wait': async (context) => {
    await context.runInChildContext('child', (child) => child.step('charge', async () => 1));
    await context.wait('pause', { seconds: 1 });
    await context.wait('again', { seconds: 1 });
  },
  'a step that is tried again': (context) =>
    context.step(
      'charge',
      async ({ attempt }) => {
        if (attempt < 3) throw new RangeError('not yet');
        return attempt;
      },
      { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
    ),
  'a step that fails': async (context) => {
    await context
      .step(
        'charge',
        async () => {
          throw new RangeError('no');
        },
        once,
      )
      .catch(() => {});
    throw new TypeError('the end');
  },
  'a step at most once': (context) => context.step('charge', async () => 1, { semantics: 'AT_MOST_ONCE_PER_RETRY' }),
  'a condition': (context) =>
    context.waitForCondition('job', async (n: number) => n + 1, {
      initialState: 0,
      waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false }),
    }),
  'a map that is suspended': async (context) => {
    await context.map('rows', [1, 2], async (child: DurableContext, seconds) => {
      await child.wait({ seconds });
      return child.step('double', async () => seconds * 2);
    });
  },
  'a flat map': async (context) => {
    await context.map(
      'rows',
      [1, 2],
      async (child: DurableContext, item) => child.step(`double ${item}`, async () => item),
      {
        nesting: 'FLAT',
      },
    );
    await context.wait('pause', { seconds: 1 });
  },
  'a combinator': async (context) => {
    await context.promise.all('both', [context.step('a', async () => 1), context.wait('b', { seconds: 1 }) as never]);
  },
};

describe('official SDK: a plugin is told the same of each operation, in the same order', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (_name, scenario) => {
    const ours = recorder();
    const official = recorder();
    await new DurableRun(scenario, { runtime: runtimeFromNow(), plugins: [ours.plugin] }).finish();
    await new OfficialRun(scenario, { plugins: [official.plugin] }).finish();
    expect(ours.told).toEqual(official.told);
  });
});
