import type { MiddyRequest } from './middy-types.ts';

/**
 * Where Powertools' middlewares leave what is to be done when a request ends early: close the segment, publish the metrics,
 * clear the logger's keys. The same as its `cleanupMiddlewares`, without Powertools.
 */
const CLEAN_UP_KEYS = ['tracer', 'metrics', 'logger', 'idempotency'].map((utility) => `powertools-for-aws.${utility}`);

/** Tells the middlewares of a request that is left behind, as far as they can hear it. */
export async function cleanUp(request: MiddyRequest): Promise<void> {
  for (const key of CLEAN_UP_KEYS) {
    const clean = Object.hasOwn(request.internal, key) ? request.internal[key] : undefined;
    if (typeof clean === 'function') await clean(request);
  }
}
