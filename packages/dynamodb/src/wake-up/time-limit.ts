import type { Clock } from '@middy-durable/protocol';

/**
 * Resolves or rejects as `work` does, but with a TimeoutError after `ms`: also when `work` does not heed the signal, which is
 * aborted then.
 */
export async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(() => {
      const error = new Error(`There was no answer within ${ms / 1000} seconds.`);
      error.name = 'TimeoutError';
      reject(error);
      controller.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    cancel();
  }
}
