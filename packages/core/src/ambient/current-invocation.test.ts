import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import type { Passing } from '../engine/passing.ts';
import { currentDurableInvocation } from './current-invocation.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };
const note = durableStep(async function note(text: string) {
  return text;
});
const place = (): Passing => currentDurableInvocation()?.place() as Passing;

describe('currentDurableInvocation', () => {
  it('is one object for an invocation, and undefined outside', async () => {
    expect(currentDurableInvocation()).toBeUndefined();
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      const invocation = currentDurableInvocation();
      seen.push([invocation?.executionArn.includes('order-7'), invocation?.isFirstInvocation, invocation?.isReplaying]);
      await context.step(async () => {
        seen.push([currentDurableInvocation() === invocation, currentDurableInvocation()?.isReplaying]);
      });
      await context.wait(SECOND);
    });
    await run.finish();
    expect(seen).toEqual([
      [true, true, false],
      [true, false],
      [true, false, true],
    ]);
  });

  it('knows code that was left behind', async () => {
    const phases: unknown[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      phases.push(currentDurableInvocation()?.phase);
      void runtime.compute(60_000).then(() => phases.push(currentDurableInvocation()?.phase));
      await context.wait(SECOND);
    });
    await run.invoke();
    await run.runtime.pass(60_000);
    expect(phases).toEqual(['running', 'over']);
  });
});

describe('a place in the code', () => {
  it('is passed when the next operation of its context is on record', async () => {
    const seen: boolean[] = [];
    await new DurableRun(async (context) => {
      const first = place();
      seen.push(first.passed);
      await context.step(async () => {});
      const second = place();
      seen.push(first.passed, second.passed);
      await context.runInChildContext(async (child) => {
        const inner = place();
        await child.wait(SECOND).then(() => seen.push(inner.passed));
        seen.push(second.passed);
      });
    }).finish();
    expect(seen.slice(0, 3)).toEqual([false, true, false]);
    expect(seen.slice(-2)).toEqual([true, true]);
  });

  it('is not passed by an operation that was made before: that ends without the code', async () => {
    const seen: [before: boolean, now: boolean][] = [];
    const note = ({ passedBefore, passed } = place()): void => void seen.push([passedBefore, passed]);
    await new DurableRun(async (context) => {
      note();
      const wait = context.wait(SECOND);
      await context.step(async () => 1);
      note();
      await wait;
      note();
    }).finish();
    expect(seen).toEqual([
      [false, false],
      [false, false],
      // The next invocation, where the wait is over.
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it('is passed by an ambient call, by the operation in a virtual context, and not by an empty one', async () => {
    const seen: boolean[] = [];
    await new DurableRun(async (context) => {
      const before = place();
      await note('a');
      seen.push(before.passed);
      const virtual = place();
      await context.runInChildContext(async (child) => child.step(async () => 1), { virtualContext: true });
      seen.push(virtual.passed);
      const empty = place();
      await context.runInChildContext(async () => 1, { virtualContext: true });
      await context.step(async () => 1);
      seen.push(empty.passed);
    }).finish();
    expect(seen).toEqual([true, true, false]);
  });

  it('in a body is passed with the outcome of that attempt', async () => {
    const places: Passing[] = [];
    const seen: boolean[][] = [];
    await new DurableRun(async (context) => {
      await context.step(
        async ({ attempt }) => {
          places.push(place());
          seen.push(places.map(({ passed }) => passed));
          if (attempt === 1) throw new Error('once');
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
      );
      seen.push(places.map(({ passed }) => passed));
    }).finish();
    // The first attempt was one of the invocation before.
    expect(seen).toEqual([[false], [true, false], [true, true]]);
  });

  it('of a context that has ended is passed when that is on record', async () => {
    let inner: Passing | undefined;
    const seen: unknown[] = [];
    await new DurableRun(async (context) => {
      await context.runInChildContext(async () => {
        inner = place();
      });
      seen.push(inner?.passed);
      await context.step(async () => {});
      seen.push(inner?.passed);
    }).finish();
    expect(seen).toEqual([false, true]);
  });
});

describe('observers', () => {
  it('learn what is recorded before user code does, and how the invocation ended', async () => {
    const seen: string[] = [];
    const run = new DurableRun(async (context) => {
      currentDurableInvocation()?.observe({
        recorded: () => void seen.push('recorded'),
        ended: (how) => void seen.push(how),
      });
      await context.step(async () => 1);
      seen.push('went on');
      await context.wait(SECOND);
    });
    await run.finish();
    expect(seen).toEqual(['recorded', 'went on', 'recorded', 'PENDING', 'went on', 'SUCCEEDED']);
  });

  it('of an invocation that is tried again learn that', async () => {
    const seen: string[] = [];
    const run = new DurableRun(async (context) => {
      currentDurableInvocation()?.observe({ ended: (how) => void seen.push(how) });
      await context.step(async () => 1);
    });
    const slow = Object.assign(new Error('slow'), {
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    run.service.faults = { before: () => Promise.reject(slow) };
    await expect(run.invoke()).rejects.toThrow();
    expect(seen).toEqual(['RETRYING']);
  });

  it('that fail are a warning, and harm neither the others nor the execution', async () => {
    const seen: string[] = [];
    const run = new DurableRun(async (context) => {
      const fail = (): never => {
        throw new Error('no console');
      };
      currentDurableInvocation()?.observe({ recorded: fail, ended: fail });
      currentDurableInvocation()?.observe({ ended: (how) => void seen.push(how) });
      return context.step(async () => 1);
    });
    expect(await run.result()).toBe(1);
    expect(seen).toEqual(['SUCCEEDED']);
    expect(run.warnings).toEqual(Array(2).fill('warn An observer of the invocation failed: no console'));
  });
});
