import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun, type RunHandler } from '../support/durable-run.ts';

const PENDING = { Status: 'PENDING' };
const HOUR = { hours: 1 };

/** A hand-written limiter: whoever finishes starts the next one, in its own frame. */
function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return (task) =>
    new Promise((resolve, reject) => {
      const start = (): void => {
        running++;
        task()
          .then(resolve, reject)
          .finally(() => {
            running--;
            queue.shift()?.();
          });
      };
      if (running < limit) start();
      else queue.push(start);
    });
}

/** As p-limit does it: a queue that is drained in a later microtask. */
function laterLimiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  const drain = (): void => {
    if (running < limit && queue.length > 0) {
      running++;
      queue.shift()?.();
    }
  };
  return async (task) => {
    await new Promise<void>((resolve) => {
      queue.push(resolve);
      queueMicrotask(drain);
    });
    try {
      return await task();
    } finally {
      running--;
      drain();
    }
  };
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** PENDING in time and silent, and the right result in the end. */
async function suspends(handler: RunHandler, result: unknown): Promise<void> {
  const run = new DurableRun(handler);
  const { output, ms } = await run.invoke();
  expect(output).toEqual(PENDING);
  expect(ms).toBeLessThanOrEqual(122);
  expect(run.warnings).toEqual([]);
  run.runtime.skipTo(run.service.nextDue() as number);
  expect(await run.result()).toEqual(result);
  expect(run.warnings).toEqual([]);
}

describe('a frame that waits for another frame: PENDING within 122 ms, no warning', () => {
  it('once() of an emitter that a parked sibling fires', () =>
    suspends(async (context) => {
      const emitter = new EventEmitter();
      const [heard] = await Promise.all([
        context.runInChildContext('listener', async () => (await once(emitter, 'paid'))[0]),
        context.runInChildContext('payer', async (child) => {
          await child.wait(HOUR);
          emitter.emit('paid', 12);
        }),
      ]);
      return heard;
    }, 12));

  it('a deferred that a parked sibling settles', () =>
    suspends(async (context) => {
      const { promise, resolve } = deferred<string>();
      void context.runInChildContext(async (child) => {
        await child.wait(HOUR);
        resolve('settled');
      });
      return promise;
    }, 'settled'));

  it('a deferred that the handler settles for a child', () =>
    suspends(async (context) => {
      const { promise, resolve } = deferred<string>();
      const child = context.runInChildContext(() => promise);
      await context.wait(HOUR);
      resolve('settled');
      return child;
    }, 'settled'));

  const shared: [string, typeof limiter][] = [
    ['a hand-written limiter', limiter],
    ['a limiter that drains later', laterLimiter],
  ];
  for (const [name, makeLimiter] of shared) {
    it(`${name} shared by two child contexts`, () =>
      suspends(
        async (context) => {
          const limit = makeLimiter(1);
          const work = (name: string) => (child: DurableContext) =>
            Promise.all([1, 2].map((n) => limit(() => child.step(`${name}-${n}`, async () => `${name}${n}`))));
          const [a, b] = await Promise.all([
            context.runInChildContext('a', work('a')),
            context.runInChildContext('b', work('b')),
            context.wait(HOUR),
          ]);
          return [...a, ...b];
        },
        ['a1', 'a2', 'b1', 'b2'],
      ));

    it(`${name} whose slots are held over waits`, () =>
      suspends(
        async (context) => {
          const limit = makeLimiter(1);
          const work = (child: DurableContext) => limit(() => child.wait(HOUR).then(() => 1));
          return Promise.all([context.runInChildContext(work), context.runInChildContext(work)]);
        },
        [1, 1],
      ));
  }

  it('Promise.all, race, any and allSettled inside each other', () =>
    suspends(
      async (context) => {
        const step = (n: number) => context.step(`s${n}`, async () => n);
        return Promise.all([
          Promise.any([step(1), context.wait(HOUR)]),
          Promise.allSettled([step(2), Promise.all([step(3), context.wait(HOUR)])]),
          Promise.race([context.wait(HOUR), context.wait({ hours: 2 })]),
        ]);
      },
      [
        1,
        [
          { status: 'fulfilled', value: 2 },
          { status: 'fulfilled', value: [3, null] },
        ],
        null,
      ],
    ));

  it('an async generator that waits', () =>
    suspends(
      async (context) => {
        async function* pages() {
          for (let page = 1; page <= 2; page++) {
            await context.wait(`page-${page}`, HOUR);
            yield page;
          }
        }
        const seen: number[] = [];
        for await (const page of pages()) seen.push(page);
        return seen;
      },
      [1, 2],
    ));

  it('a wait behind then, catch and finally', () =>
    suspends(
      (context) =>
        context
          .wait(HOUR)
          .finally(() => {})
          .then(() => Promise.reject(new Error('x')))
          .catch((error) => (error as Error).message),
      'x',
    ));

  it('the result of a wait in an array that somebody awaits later', () =>
    suspends(async (context) => {
      const waits = [1, 2, 3].map((hours) => context.wait({ hours }));
      await context.step(async () => 1);
      for (const wait of waits) await wait;
      return waits.length;
    }, 3));
});

describe('an un-awaited child context', () => {
  it('is not cut while it works, and suspends when both can not move', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      void context.runInChildContext('mail', async (child) => {
        await runtime.sleep(500);
        await child.step('sent', async () => 1);
      });
      await context.wait(HOUR);
    });
    expect(await run.invoke()).toEqual({ output: PENDING, ms: 500 });
    expect(run.service.operation('1-1')?.Status).toBe('SUCCEEDED');
    expect(run.service.operation('1')?.Status).toBe('SUCCEEDED');
  });
});
