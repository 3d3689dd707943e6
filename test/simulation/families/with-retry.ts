import { withRetry } from '@middy-durable/core';
import type { Family, Node } from '../program/program.ts';

export interface WithRetryNode extends Node {
  kind: 'withRetry';
  body: readonly Node[];
  /** Attempts that fail after their body. */
  failures: number;
  /** In a child context of its own. */
  wrapped: boolean;
  givesUp: boolean;
  /** Seconds. */
  delay: number;
}

export const withRetryFamily: Family<WithRetryNode> = {
  kind: 'withRetry',
  weight: 3,
  single: false,
  generate: ({ random, mayFail, key, block }) => ({
    kind: 'withRetry',
    key: key('withRetry'),
    body: block(2),
    failures: random.whole(0, 2),
    wrapped: random.chance(0.7),
    givesUp: mayFail && random.chance(0.2),
    delay: random.whole(1, 10),
  }),
  run(node, scope) {
    const { body, failures, wrapped, givesUp, delay } = node;
    return withRetry(
      scope.context,
      node.key,
      async (context, attempt) => {
        const values = await scope.block(body, context, `${node.key}.${attempt}/`);
        if (attempt <= failures) throw new RangeError(`attempt ${attempt} of ${node.key} fails`);
        return values;
      },
      {
        retryStrategy: (_error, attempts) =>
          attempts < failures + (givesUp ? 0 : 1)
            ? { shouldRetry: true, delay: { seconds: delay } }
            : { shouldRetry: false },
        wrapWithRunInChildContext: wrapped,
      },
    );
  },
  print: ({ failures, wrapped, givesUp, delay }) =>
    `withRetry${wrapped ? '' : ' unwrapped'}, ${failures} failures${givesUp ? ', gives up' : ''}, ${delay} s between`,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};
