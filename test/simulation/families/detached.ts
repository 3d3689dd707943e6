import type { Family, Node } from '../program/program.ts';

export interface DetachedNode extends Node {
  kind: 'detached';
  operation: Node | undefined;
}

/** An operation that nobody awaits. */
export const detached: Family<DetachedNode> = {
  kind: 'detached',
  weight: 4,
  single: false,
  generate: ({ key, operation }) => ({
    kind: 'detached',
    key: key('detached'),
    operation: operation({ single: true, mayFail: true }),
  }),
  async run({ operation }, scope) {
    if (operation) scope.leave(operation).catch(() => {});
    return 'not awaited';
  },
  print: () => 'not awaited',
  inner: ({ operation }) => (operation ? [operation] : []),
  withInner: (node, [operation]) => ({ ...node, operation }),
};
