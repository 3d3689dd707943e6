import type { DurableContext } from '../types.ts';

/** A request of middy's inside a durable execution. The members are middy's own. */
export interface DurableRequest {
  event: unknown;
  context: DurableContext;
  response: unknown;
  error: unknown;
  internal: Record<string, unknown>;
}

/** A middleware of middy's that the durable context reaches: `use` gives the handler's context this type. */
export interface DurableMiddleware {
  before: (request: DurableRequest) => unknown;
}

/** Any middleware of middy's. Its hooks take whatever request middy hands them. */
export interface AnyMiddleware {
  before?: ((request: never) => unknown) | undefined;
  after?: ((request: never) => unknown) | undefined;
  onError?: ((request: never) => unknown) | undefined;
}
