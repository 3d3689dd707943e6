import { retryPresets } from '@middy-durable/core';

export { backend } from './backend.ts';

/** A step fails as the call did before: at once, and the queue delivers the message again. */
export const failsAtOnce = { retryStrategy: retryPresets.noRetry } as const;
