import type { NotedLink } from './endpoint-options.ts';

/** What of a link may be noted, and no more. */
export function noted({ id, durableExecutionArn, operation, audience }: NotedLink): NotedLink {
  return { id, durableExecutionArn, operation, audience };
}
