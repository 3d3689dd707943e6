/**
 * The Powertools Logger of a durable handler: each line once, across all its invocations.
 * @module
 */
export type { ReplayAwareOptions } from './options.ts';
export type { PowertoolsLogger } from './powertools-logger.ts';
export { replayAwareLogger } from './replay-aware.ts';
export { ReplayAwareLogger } from './replay-aware-logger.ts';
