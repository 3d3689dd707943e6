import { errorSummary } from '../program/outcome.ts';
import type { Family, Node } from '../program/program.ts';

export interface CompensationNode extends Node {
  kind: 'compensation';
  body: readonly Node[];
  undo: Node | undefined;
}

/** try and catch: what fails is undone, and the program goes on. */
export const compensation: Family<CompensationNode> = {
  kind: 'compensation',
  weight: 5,
  single: false,
  generate: ({ key, block, operation }) => ({
    kind: 'compensation',
    key: key('compensation'),
    body: block(3, { mayFail: true }),
    undo: operation({ kinds: ['step'], mayFail: false }),
  }),
  async run({ body, undo }, scope) {
    try {
      return await scope.block(body);
    } catch (error) {
      return { failed: errorSummary(error), undone: undo ? await scope.run(undo) : null };
    }
  },
  print: ({ undo }) => (undo ? `try, on failure ${undo.key} (the last one below)` : 'try'),
  inner: ({ body, undo }) => (undo ? [...body, undo] : body),
  withInner: (node, inner) => {
    const undo = inner.find(({ key }) => key === node.undo?.key);
    return { ...node, body: inner.filter((kept) => kept !== undo), undo };
  },
};
