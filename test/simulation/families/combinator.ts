import { errorSummary } from '../program/outcome.ts';
import { EITHER, type Family, type Node } from '../program/program.ts';

export interface CombinatorNode extends Node {
  kind: 'combinator';
  how: 'all' | 'allSettled' | 'race';
  branches: readonly Node[];
}

/** Promise's own combinators over operations that run side by side. */
export const combinator: Family<CombinatorNode> = {
  kind: 'combinator',
  weight: 7,
  single: false,
  generate: ({ random, key, operation }) => {
    const how = random.weighted<CombinatorNode['how']>([
      { weight: 5, value: 'all' },
      { weight: 2, value: 'allSettled' },
      { weight: 2, value: 'race' },
    ]);
    const branches: Node[] = [];
    for (let left = random.whole(2, 4); left > 0; left--) {
      // Of two failures the first would count, and which one that is depends on timing.
      const restriction = how === 'all' && branches.length === 0 ? {} : { mayFail: how === 'allSettled' };
      const branch = operation({ single: true, ...restriction });
      if (branch !== undefined) branches.push(branch);
    }
    return { kind: 'combinator', key: key(how), how, branches };
  },
  async run({ how, branches }, scope) {
    const promises = branches.map((branch) => (how === 'allSettled' ? scope.run(branch) : scope.leave(branch)));
    switch (how) {
      case 'all':
        return Promise.all(promises);
      case 'allSettled':
        return (await Promise.allSettled(promises)).map((outcome) =>
          outcome.status === 'fulfilled' ? outcome.value : errorSummary(outcome.reason),
        );
      case 'race':
        if (promises.length > 0) await Promise.race(promises);
        return EITHER;
    }
  },
  print: ({ how }) => `Promise.${how}`,
  inner: ({ branches }) => branches,
  withInner: (node, branches) => ({ ...node, branches }),
};
