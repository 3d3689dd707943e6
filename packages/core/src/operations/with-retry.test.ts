import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { ChildContextError, DurableOperationError } from '../errors.ts';
import { retryPresets } from '../retry.ts';
import { withRetry } from './with-retry.ts';

const config = { retryStrategy: retryPresets.linear };

describe('withRetry', () => {
  it('retries the whole function, with durable waits between', async () => {
    const attempts: number[] = [];
    const run = new DurableRun((context) =>
      withRetry(
        context,
        'book',
        async (child, attempt) => {
          const seat = await child.step(`seat-${attempt}`, async () => attempt);
          attempts.push(attempt);
          if (attempt < 3) throw new Error('taken');
          return seat;
        },
        config,
      ),
    );
    const began = run.runtime.now();
    expect(await run.result()).toBe(3);
    expect(run.runtime.now() - began).toBe(3000);
    expect(attempts).toEqual([1, 1, 2, 1, 2, 3]);
    const started = run.service.sent.flat().filter((update) => update.includes('START'));
    expect(started).toEqual([
      'CONTEXT:START book',
      'STEP:START seat-1',
      'WAIT:START book-backoff-1',
      'STEP:START seat-2',
      'WAIT:START book-backoff-2',
      'STEP:START seat-3',
    ]);
  });

  it('without a name has waits without names', async () => {
    const run = new DurableRun((context) =>
      withRetry(context, async (_child, attempt) => (attempt === 1 ? Promise.reject(new Error('x')) : attempt), config),
    );
    expect(await run.result()).toBe(2);
    expect(run.service.operation('1-1')).toMatchObject({ Type: 'WAIT' });
    expect(run.service.operation('1-1')).not.toHaveProperty('Name');
  });

  it('rejects with the last error, as a child context does', async () => {
    const run = new DurableRun((context) =>
      withRetry(context, 'book', async () => Promise.reject(new RangeError('taken')), {
        retryStrategy: retryPresets.noRetry,
      }).catch((error) => [error instanceof ChildContextError, error.message]),
    );
    expect(await run.result()).toEqual([true, 'taken']);
  });

  it('without a child context works in the context given, and rejects with the error itself', async () => {
    const run = new DurableRun((context) =>
      withRetry(
        context,
        'book',
        async (inner) =>
          inner.step('seat', async () => Promise.reject(new RangeError('taken')), {
            retryStrategy: retryPresets.noRetry,
          }),
        {
          retryStrategy: retryPresets.noRetry,
          wrapWithRunInChildContext: false,
        },
      ).catch((error) => [error instanceof DurableOperationError, error.name]),
    );
    expect(await run.result()).toEqual([true, 'StepError']);
    expect(run.service.operation('1')?.Name).toBe('seat');
  });

  it('hands on the options of the child context', async () => {
    const run = new DurableRun((context) =>
      withRetry(context, 'book', async () => 1, { ...config, childContextConfig: { subType: 'Booking' } }),
    );
    await run.finish();
    expect(run.service.operation('1')?.SubType).toBe('Booking');
  });

  it('waits a second where the strategy gives no delay', async () => {
    const run = new DurableRun((context) =>
      withRetry(context, async (_child, attempt) => (attempt === 1 ? Promise.reject(new Error('x')) : 1), {
        retryStrategy: () => ({ shouldRetry: true }),
      }),
    );
    await run.finish();
    expect(run.service.updates.find(({ Type }) => Type === 'WAIT')?.WaitOptions).toEqual({ WaitSeconds: 1 });
  });

  it.each<[string, unknown[], string]>([
    ['no config', ['book', async () => 1], 'withRetry "book": config is required, with a retryStrategy'],
    ['no function', ['book', undefined, config], 'withRetry "book": the body must be a function'],
    ['no strategy', ['book', async () => 1, {}], 'withRetry "book": retryStrategy must be a function'],
  ])('%s: rejects', async (_name, args, message) => {
    const run = new DurableRun((context) =>
      (withRetry as (...args: unknown[]) => Promise<unknown>)(context, ...args).catch((error: Error) => error.message),
    );
    expect(await run.result()).toContain(message);
  });
});
