import { describe, expect, it, jest } from '@jest/globals';
import { DurableFunction } from './durable-function.ts';
import type { Disaster } from './task/disasters.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

const RESULT = ['reserve: done', 'charge: done', 'ship: done'];

/** What becomes of the process, and what the service hears of it. */
const DEATHS: [Disaster, string][] = [
  ['exit', 'Runtime.ExitError'],
  ['uncaughtException', 'Runtime.ExitError'],
  ['unhandledRejection', 'Runtime.ExitError'],
  ['outOfMemory', 'Runtime.ExitError'],
  ['sigkill', 'Runtime.ExitError'],
  ['hang', 'Sandbox.Timedout'],
  ['spin', 'Sandbox.Timedout'],
];

/** Each test has a function of its own: most of the time they wait, so they run side by side. */
async function deployed(
  handler: string,
  disaster: Disaster | undefined,
  test: (fn: DurableFunction) => Promise<void>,
): Promise<void> {
  const fn = await DurableFunction.deploy(handler, {
    // Long enough for a process that has just started on a busy machine.
    ...((disaster === 'hang' || disaster === 'spin') && { timeoutMs: 3000 }),
    ...(disaster === 'outOfMemory' && { nodeOptions: ['--max-old-space-size=64'] }),
  });
  try {
    await test(fn);
  } finally {
    await fn.close();
  }
}

/** Names of effects in their order; the same name always had the same key. */
function namesOf(effects: string[]): string[] {
  const told = effects.map((line) => line.split(' ') as [string, string]);
  const keys = new Map(told);
  expect(told.filter(([name, key]) => keys.get(name) !== key)).toEqual([]);
  return told.map(([name]) => name);
}

describe('an execution whose process dies', () => {
  it.concurrent('a cold start without any disaster: one process, every effect once, nothing left open', async () =>
    deployed('order.handler', undefined, async (fn) => {
      const arn = await fn.start({});
      expect(await fn.result(arn)).toEqual(RESULT);
      expect(namesOf(fn.effects)).toEqual(['reserve', 'charge', 'ship']);
      expect(await fn.invocations(arn)).toEqual(['answered']);
      expect(fn.lambda.environments.map(({ openResources }) => openResources)).toEqual([[[]]]);
      expect(await fn.lambda.newest.dismiss()).toEqual({ code: 0, signal: null });
    }));

  it.concurrent.each(DEATHS)(
    'in a step: %s; only that step runs again, with the same key',
    async (disaster, errorType) =>
      deployed('order.handler', disaster, async (fn) => {
        const arn = await fn.start({ disaster, where: 'step' });
        expect(await fn.result(arn)).toEqual(RESULT);
        expect(namesOf(fn.effects)).toEqual(['reserve', 'charge', 'charge', 'ship']);
        expect(await fn.invocations(arn)).toEqual([errorType, 'answered']);
        expect(fn.lambda.environments.map(({ dead }) => dead)).toEqual([true, false]);
        expect(fn.lambda.newest.openResources).toEqual([[]]);
      }),
  );

  it.concurrent.each(DEATHS)('between two steps: %s; no step runs again', async (disaster, errorType) =>
    deployed('order.handler', disaster, async (fn) => {
      const arn = await fn.start({ disaster, where: 'plain' });
      expect(await fn.result(arn)).toEqual(RESULT);
      expect(namesOf(fn.effects)).toEqual(['reserve', 'charge', 'ship']);
      expect(await fn.invocations(arn)).toEqual([errorType, 'answered']);
      expect(fn.lambda.newest.openResources).toEqual([[]]);
    }),
  );

  it.concurrent.each<Disaster>(['exit', 'hang'])('in a step that must not run twice: %s; it fails', async (disaster) =>
    deployed('order.careful', disaster, async (fn) => {
      const { Status, Error: error } = await fn.ended(await fn.start({ disaster }));
      expect({ Status, ErrorType: error?.ErrorType }).toEqual({ Status: 'FAILED', ErrorType: 'StepError' });
      expect(error?.StackTrace?.join()).toContain('StepInterruptedError');
      expect(fn.effects).toEqual(['charge']);
    }),
  );

  it.concurrent('while it waits: the next invocation starts cold and goes on', async () =>
    deployed('approval.handler', undefined, async (fn) => {
      const arn = await fn.start({ name: 'order' });
      const callbackId = await fn.suspendedOn(arn);
      fn.lambda.newest.kill();
      expect(await fn.lambda.newest.gone).toEqual({ code: null, signal: 'SIGKILL' });
      await fn.backend.callbacks.succeed(callbackId, 'yes');
      expect(await fn.result(arn)).toBe('order: yes');
      expect(fn.effects).toEqual(['ask for order', 'ship order']);
      expect(await fn.invocations(arn)).toEqual(['answered', 'answered']);
      expect(fn.lambda.environments).toHaveLength(2);
    }));

  it.concurrent('in every invocation: it ends as failed instead of going on for ever', async () =>
    deployed('order.hopeless', undefined, async (fn) => {
      const { Status, Error: error } = await fn.ended(await fn.start({}));
      expect({ Status, ErrorType: error?.ErrorType }).toEqual({ Status: 'FAILED', ErrorType: 'Runtime.ExitError' });
      expect(fn.effects).toEqual(['attempt', 'attempt', 'attempt', 'attempt']);
    }));
});
