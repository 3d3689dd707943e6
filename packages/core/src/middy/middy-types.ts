import type { DurableRequest } from '../middleware/types.ts';

/**
 * The parts of middy that we meet, described here: `core` works, and type-checks, without middy installed.
 */
export type MiddyRequest = DurableRequest;

export type Hook = (request: MiddyRequest) => unknown;

/** A handler that middy wrapped, of version 4 to 7. */
export interface MiddyHandler {
  (event: unknown, context: unknown): unknown;
  before(hook: Hook): unknown;
  after(hook: Hook): unknown;
  onError(hook: Hook): unknown;
}
