import { filler } from '../program/outcome.ts';
import type { Family, Node } from '../program/program.ts';

export interface ChildContextNode extends Node {
  kind: 'child';
  body: readonly Node[];
  virtual: boolean;
  /** Added to its result: above 256 the context is rebuilt on replay. */
  kilobytes: number;
  fails: boolean;
}

export const childContext: Family<ChildContextNode> = {
  kind: 'child',
  weight: 10,
  single: true,
  generate: ({ random, mayFail, key, block }) => ({
    kind: 'child',
    key: key('child'),
    body: block(4),
    virtual: random.chance(0.15),
    kilobytes: random.chance(0.12) ? 270 : 0,
    fails: mayFail && random.chance(0.1),
  }),
  async run(node, scope) {
    const { body, virtual, kilobytes, fails } = node;
    const result = await scope.context.runInChildContext(
      scope.path,
      async (child) => {
        const values = await scope.block(body, child);
        if (fails) throw new RangeError(`${node.key} fails`);
        return { values, filler: filler(kilobytes) };
      },
      { virtualContext: virtual },
    );
    if (!virtual && !scope.mayBeLeft) scope.hooks.contextRead(scope.path);
    return kilobytes === 0 ? result.values : { values: result.values, size: result.filler.length };
  },
  print: ({ virtual, kilobytes, fails }) =>
    `runInChildContext${virtual ? ', virtual' : ''}${kilobytes > 0 ? `, ${kilobytes} KiB` : ''}${fails ? ', fails at its end' : ''}`,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};
