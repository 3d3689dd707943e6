import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { DurablePromise } from './durable-promise.ts';

describe('a DurablePromise of one’s own', () => {
  it('runs its executor once, at the first subscription', async () => {
    let runs = 0;
    const promise = new DurablePromise(async () => ++runs);
    expect([promise.isExecuted, runs]).toEqual([false, 0]);
    expect(await Promise.all([promise, promise.then((value) => value), promise.finally()])).toEqual([1, 1, 1]);
    expect([promise.isExecuted, runs]).toEqual([true, 1]);
  });

  it.each(['then', 'catch', 'finally'] as const)('is executed by %s', (method) => {
    const promise = new DurablePromise(async () => 1);
    void (promise[method] as () => unknown).call(promise);
    expect(promise.isExecuted).toBe(true);
  });

  it('is no native promise; what then returns is', async () => {
    const promise = new DurablePromise(async () => 1);
    expect(promise).not.toBeInstanceOf(Promise);
    expect(promise.then()).toBeInstanceOf(Promise);
    expect(String(promise)).toBe('[object DurablePromise]');
  });
});

describe('a DurablePromise of an operation', () => {
  const inHandler = async (work: ConstructorParameters<typeof DurableRun>[0]): Promise<unknown> =>
    new DurableRun(work).result();

  it('begins its work without a subscription; isExecuted says only whether somebody subscribed', async () => {
    const seen = await inHandler(async (context, { service }) => {
      const promise = context.step(async () => 1);
      const before = promise.isExecuted;
      await context.wait({ seconds: 1 }).then(() => {});
      return [before, promise.isExecuted, service.operation('1')?.Status];
    });
    expect(seen).toEqual([false, false, 'SUCCEEDED']);
  });

  it('follows the rules of promises', async () => {
    const fail = { retryStrategy: () => ({ shouldRetry: false }) };
    const seen = await inHandler(async (context) => {
      const good = context.step(async () => 1);
      const bad = context.step(async () => Promise.reject(new Error('bad')), fail);
      const order: string[] = [];
      return {
        passed: await good.then(),
        passedNull: await good.then(null, null),
        caught: await bad.catch((error) => (error as Error).message),
        notCaught: await good.catch(() => 'never'),
        rethrown: await bad.then(() => 'never').catch((error) => (error as Error).message),
        twoArguments: await bad.then(
          () => 'never',
          (error) => `second ${(error as Error).message}`,
        ),
        finally: await good.finally(async () => void order.push('awaited')).then((value) => [value, ...order]),
        finallyOfBad: await bad.finally(() => order.push('ran')).catch((error) => [(error as Error).message, ...order]),
        finallyThrows: await good
          .finally(() => {
            throw new Error('in finally');
          })
          .catch((error) => (error as Error).message),
        finallyOfNothing: await good.finally(null),
        all: await Promise.all([good, good]),
        settled: (await Promise.allSettled([good, bad])).map(({ status }) => status),
      };
    });
    expect(seen).toEqual({
      passed: 1,
      passedNull: 1,
      caught: 'bad',
      notCaught: 1,
      rethrown: 'bad',
      twoArguments: 'second bad',
      finally: [1, 'awaited'],
      finallyOfBad: ['bad', 'awaited', 'ran'],
      finallyThrows: 'in finally',
      finallyOfNothing: 1,
      all: [1, 1],
      settled: ['fulfilled', 'rejected'],
    });
  });
});
