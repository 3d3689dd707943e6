import type { DurablePromise } from '@middy-durable/core';
import { errorSummary } from '../program/outcome.ts';
import { EITHER, type Family, type Node, type Scope } from '../program/program.ts';
import { agree } from './agreement.ts';
import { LATE_SECONDS } from './late.ts';

export interface DurableCombinatorNode extends Node {
  kind: 'durableCombinator';
  how: 'all' | 'allSettled' | 'any' | 'race';
  branches: readonly Node[];
  /** Waits beside them that are over when all else is. */
  late: number;
  /** Several branches may win. */
  contested: boolean;
  awaited: boolean;
}

/** The context's own combinators, whose outcome is recorded. */
export const durableCombinator: Family<DurableCombinatorNode> = {
  kind: 'durableCombinator',
  weight: 6,
  single: false,
  generate: ({ random, key, operation, mayFail }) => {
    const how = random.pick(['all', 'allSettled', 'any', 'race'] as const);
    const contested = (how === 'any' || how === 'race') && random.chance(0.4);
    const oneWins = (how === 'any' || how === 'race') && !contested;
    const branches: Node[] = [];
    for (let left = oneWins ? 1 : random.whole(1, 4); left > 0; left--) {
      // Of several failures the first would count, and which one that is depends on timing.
      const fails = how === 'allSettled' || contested || (mayFail && branches.length === 0);
      const branch = operation({ single: true, mayFail: fails, closed: how !== 'allSettled' && how !== 'all' });
      if (branch !== undefined) branches.push(branch);
    }
    // What fails does not win `any`: the first of the late ones does.
    const late = oneWins ? random.whole(how === 'any' ? 1 : 0, 2) : 0;
    return { kind: 'durableCombinator', key: key(how), how, branches, late, contested, awaited: random.chance(0.85) };
  },
  async run(node, scope) {
    const { branches, how, late, contested, awaited } = node;
    const { path, hooks } = scope;
    const isWhole = how === 'allSettled' && awaited;
    const members: unknown[] = branches.map((branch) => (isWhole ? scope.run(branch) : scope.leave(branch)));
    for (let left = late; left > 0; left--) members.push(lateMember(scope));
    if (how === 'race' && members.length === 0) return 'nobody runs';
    const combined = combinedBy(scope, how, members as DurablePromise<unknown>[]);
    if (!awaited) {
      combined.catch(() => {});
      return 'not awaited';
    }
    if (!contested) {
      const outcome = await combined.finally(() => {
        if (!scope.mayBeLeft) hooks.contextRead(path);
      });
      return how === 'allSettled' ? (outcome as PromiseSettledResult<unknown>[]).map(settled) : outcome;
    }
    await agree(
      scope,
      await combined.then(
        (won) => ({ won }),
        (error: unknown) => ({ lost: errorSummary(error) }),
      ),
    );
    return EITHER;
  },
  print: ({ how, late, contested, awaited }) =>
    `context.promise.${how}${late > 0 ? `, ${late} late` : ''}${contested ? ', contested' : ''}${awaited ? '' : ', not awaited'}`,
  inner: ({ branches }) => branches,
  withInner: (node, branches) => ({ ...node, branches }),
};

function combinedBy(
  { context, path }: Scope,
  how: DurableCombinatorNode['how'],
  members: DurablePromise<unknown>[],
): DurablePromise<unknown> {
  switch (how) {
    case 'all':
      return context.promise.all(path, members);
    case 'allSettled':
      return context.promise.allSettled(path, members);
    case 'any':
      return context.promise.any(path, members);
    case 'race':
      return context.promise.race(path, members);
  }
}

async function lateMember({ context }: Scope): Promise<string> {
  await context.wait({ seconds: LATE_SECONDS });
  return 'late';
}

function settled(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'fulfilled' ? result.value : errorSummary(result.reason);
}
