import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { VirtualRuntime } from '../../../../test/support/virtual-runtime.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };

describe('ambient calls that come in the order in which a network answers', () => {
  it('keep their own results when it answers in another order on replay', async () => {
    const delays = [
      [30, 10, 20],
      [20, 30, 10],
    ];
    const stored: string[] = [];
    const store = durableStep(async function store(item: string) {
      stored.push(item);
      return `${item} stored as ${stored.length}`;
    });
    const run = new DurableRun(async (context, { runtime, service }) => {
      const delay = delays[service.state.invocationCount - 1] as number[];
      const results = await Promise.all(
        ['a', 'b', 'c'].map(async (item, index) => {
          await runtime.sleep(delay[index] as number);
          return store(item);
        }),
      );
      await context.wait(SECOND);
      return results;
    });
    expect(await run.result()).toEqual(['a stored as 3', 'b stored as 1', 'c stored as 2']);
    expect(stored).toEqual(['b', 'c', 'a']);
  });

  it('keep them also where the process died between them', async () => {
    const stored: string[] = [];
    const store = durableStep(async function store(item: string) {
      stored.push(item);
      return `${item} ${stored.length}`;
    });
    const run = new DurableRun(async (_context, { runtime, service }) => {
      const backwards = service.state.invocationCount > 1;
      return Promise.all(
        ['a', 'b', 'c'].map(async (item, index) => {
          await runtime.sleep(backwards ? 300 - 100 * index : 100 * (index + 1));
          return store(item);
        }),
      );
    });
    await run.killAfter(250);
    expect(await run.result()).toEqual(['a 1', 'b 2', 'c 3']);
    expect(stored).toEqual(['a', 'b', 'c']);
  });

  it('of a key that is given are told apart by it, whatever the arguments are', async () => {
    const load = durableStep(async (source: { id: string; at: number }) => source.at, {
      name: 'load',
      key: ({ id }) => id,
    });
    const run = new DurableRun(async (context, { service }) => {
      const at = service.state.invocationCount;
      const ids = at === 1 ? ['a', 'b'] : ['b', 'a'];
      const values = await Promise.all(ids.map((id, index) => load({ id, at: at * 10 + index })));
      await context.wait(SECOND);
      return values;
    });
    expect(await run.result()).toEqual([11, 10]);
  });
});

/** A limiter as modules have them: calls of all executions of the process go through one. Keeps the caller's context. */
class Limiter {
  readonly #queue: (() => void)[] = [];
  #free: number;
  constructor(size: number) {
    this.#free = size;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        task()
          .then(resolve, reject)
          .finally(() => {
            this.#free++;
            this.#next();
          });
      };
      this.#queue.push(AsyncResource.bind(start));
      this.#next();
    });
  }

  #next(): void {
    if (this.#free === 0) return;
    const start = this.#queue.shift();
    if (!start) return;
    this.#free--;
    start();
  }
}

describe('two executions at once in one process', () => {
  it('have each its own calls, of the same function', async () => {
    const bodies: string[] = [];
    const store = durableStep(async function store(n: number) {
      bodies.push(`${n}`);
      return n * 10;
    });
    const runtime = new VirtualRuntime();
    const runs = [1, 2].map(
      (n) =>
        new DurableRun(
          async (context) => {
            const own = await store(n);
            await context.wait(SECOND);
            return [own, await store(3)];
          },
          { runtime },
        ),
    );
    for (const output of await Promise.all(runs.map((run) => run.invoke()))) {
      expect(output.output.Status).toBe('PENDING');
    }
    runtime.skipTo(runtime.now() + 1000);
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([
      [10, 30],
      [20, 30],
    ]);
    expect(bodies.sort()).toEqual(['1', '2', '3', '3']);
    for (const run of runs) expect(run.service.updates.filter(({ Name }) => Name === 'store')).toHaveLength(4);
  });

  it('share a queue of the module: each call belongs to the execution that queued it', async () => {
    const runtime = new VirtualRuntime();
    const limiter = new Limiter(1);
    const running: string[] = [];
    const store = durableStep(async function store(item: string) {
      running.push(item);
      await runtime.sleep(100);
      return item.toUpperCase();
    });
    const runs = ['a', 'b'].map(
      (name) =>
        new DurableRun(
          async (context) => {
            const items = await Promise.all(['1', '2', '3'].map((n) => limiter.run(() => store(`${name}${n}`))));
            await context.wait(SECOND);
            return items;
          },
          { runtime },
        ),
    );
    await Promise.all(runs.map((run) => run.invoke()));
    expect(running.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
    runtime.skipTo(runtime.now() + 1000);
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([
      ['A1', 'A2', 'A3'],
      ['B1', 'B2', 'B3'],
    ]);
    expect(running).toHaveLength(6);
    for (const run of runs) expect(run.service.updates.filter(({ Action }) => Action === 'SUCCEED')).toHaveLength(3);
  });

  it('share a queue with plain code: what is called outside stays plain', async () => {
    const runtime = new VirtualRuntime();
    const limiter = new Limiter(1);
    const store = durableStep(async function store(item: string) {
      await runtime.sleep(100);
      return item;
    });
    const run = new DurableRun(async () => limiter.run(() => store('inside')), { runtime });
    const outside = limiter.run(() => store('outside'));
    expect(await run.result()).toBe('inside');
    expect(await outside).toBe('outside');
    expect(run.service.sent.flat()).toEqual(['STEP:START store', 'STEP:SUCCEED store']);
  });
});
