import type { Family, Node } from '../program/program.ts';

export interface LimiterNode extends Node {
  kind: 'limiter';
  most: number;
  branches: readonly Node[];
}

/** Child contexts that take turns by a limiter they share: frames that wait for each other by plain promises. */
export const limiter: Family<LimiterNode> = {
  kind: 'limiter',
  weight: 3,
  single: false,
  generate: ({ random, key, operation }) => {
    const branches: Node[] = [];
    for (let left = random.whole(2, 4); left > 0; left--) {
      const branch = operation({ mayFail: false });
      if (branch !== undefined) branches.push(branch);
    }
    return { kind: 'limiter', key: key('limiter'), most: random.whole(1, 2), branches };
  },
  async run({ most, branches }, scope) {
    const turn = turns(most);
    return Promise.all(
      branches.map((branch) =>
        scope.context.runInChildContext(`${scope.path}/${branch.key}`, (child) =>
          turn(() => scope.block([branch], child)),
        ),
      ),
    );
  },
  print: ({ most }) => `child contexts that share a limiter of ${most}`,
  inner: ({ branches }) => branches,
  withInner: (node, branches) => ({ ...node, branches }),
};

function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  };
}
