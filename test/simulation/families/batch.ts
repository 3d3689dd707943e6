import type { BatchResult, DurableContext } from '@middy-durable/core';
import { errorSummary, filler } from '../program/outcome.ts';
import { EITHER, type Family, type Generation, type Node, type Scope } from '../program/program.ts';
import { agree } from './agreement.ts';
import {
  type BatchPlan,
  completionOf,
  contestedBatch,
  earlyBatch,
  type ItemEnd,
  sequentialBatch,
  wholeBatch,
} from './batch-plan.ts';
import { impossible } from './batch-verdict.ts';
import { LATE_SECONDS } from './late.ts';

export interface BatchNode extends Node {
  kind: 'batch' | 'contestedBatch';
  how: 'map' | 'parallel';
  plan: BatchPlan;
  /** Done in every item. */
  body: readonly Node[];
  flat: boolean;
  /** Added to the result of each item: above 256 in all, the batch is rebuilt on replay. */
  kilobytes: number;
  /** The batch may end before its items do. */
  leaves: boolean;
  /** What failed in it fails the program. */
  throwsIfError: boolean;
}

interface ItemResult {
  values: unknown[];
  filler: string;
}

/** A batch whose outcome does not depend on timing. */
export const batch: Family<BatchNode> = {
  kind: 'batch',
  weight: 13,
  single: true,
  generate: (generation) => {
    const { random, mayFail, key, block } = generation;
    const itemsFail = random.chance(0.5);
    const kind = random.pick(['whole', 'sequential', 'early'] as const);
    const plan =
      kind === 'whole'
        ? wholeBatch(random, itemsFail)
        : kind === 'sequential'
          ? sequentialBatch(random, mayFail)
          : earlyBatch(random, mayFail);
    const common = commonOf(generation);
    return {
      kind: 'batch',
      key: key(common.how),
      plan,
      // Where the others count on an item's end, it must come, and as planned.
      body: block(2, kind === 'whole' && itemsFail ? { mayFail: true } : { mayFail: false, closed: kind !== 'whole' }),
      leaves: kind === 'early',
      throwsIfError: mayFail && random.chance(0.3),
      ...common,
    };
  },
  async run(node, scope) {
    const result = await performed(node, scope);
    if (node.throwsIfError) result.throwIfError();
    return summary(result);
  },
  print,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};

/** A batch that ends early, with whoever was first. */
export const contested: Family<BatchNode> = {
  kind: 'contestedBatch',
  weight: 4,
  single: false,
  generate: (generation) => {
    const common = commonOf(generation);
    return {
      kind: 'contestedBatch',
      key: generation.key(common.how),
      plan: contestedBatch(generation.random),
      body: generation.block(2, { mayFail: true, closed: true }),
      leaves: true,
      throwsIfError: false,
      ...common,
    };
  },
  async run(node, scope) {
    await agree(
      scope,
      await performed(node, scope).then(summary, (error: unknown) => {
        const { ending } = node.plan;
        if (ending.how !== 'custom' || ending.says !== 'throws') throw error;
        return errorSummary(error);
      }),
    );
    return EITHER;
  },
  print,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};

function commonOf({ random }: Generation): Pick<BatchNode, 'how' | 'flat' | 'kilobytes'> {
  return {
    how: random.pick(['map', 'parallel']),
    flat: random.chance(0.35),
    kilobytes: random.chance(0.3) ? random.pick([100, 140, 270]) : 0,
  };
}

async function performed(node: BatchNode, scope: Scope): Promise<BatchResult<ItemResult>> {
  const { how, plan, flat } = node;
  const { context, path, hooks } = scope;
  const config = {
    maxConcurrency: plan.maxConcurrency,
    completionConfig: completionOf(plan.ending),
    nesting: flat ? ('FLAT' as const) : ('NESTED' as const),
  };
  const nameOf = (index: number): string => `${path}.${index}`;
  const result =
    how === 'map'
      ? await context.map<ItemEnd, ItemResult>(
          path,
          [...plan.items],
          (child, end, index) => item(node, scope, child, end, index),
          { ...config, itemNamer: (_end, index) => nameOf(index) },
        )
      : await context.parallel<ItemResult>(
          path,
          plan.items.map((end, index) => ({
            name: nameOf(index),
            func: (child) => item(node, scope, child, end, index),
          })),
          config,
        );
  if (!scope.mayBeLeft) hooks.contextRead(path);
  const problem = impossible(plan, result);
  if (problem !== undefined) hooks.violation('a batch ends as its options say', `${path}: ${problem}`);
  return result;
}

async function item(
  { key, body, kilobytes, leaves }: BatchNode,
  { block, mayBeLeft }: Scope,
  child: DurableContext,
  end: ItemEnd,
  index: number,
): Promise<ItemResult> {
  if (end === 'late') await child.wait({ seconds: LATE_SECONDS });
  const values = await block(body, child, `${key}.${index}/`, leaves || mayBeLeft);
  if (end === 'fails') throw new RangeError(`item ${index} of ${key} fails`);
  return { values, filler: filler(kilobytes) };
}

/** The filler of large results only by its length. */
function summary({ all, status, completionReason }: BatchResult<ItemResult>): unknown {
  return {
    status,
    completionReason,
    all: all.map((entry) => ({
      index: entry.index,
      status: entry.status,
      ...(entry.result && { values: entry.result.values, size: entry.result.filler.length }),
      ...(entry.error && { error: errorSummary(entry.error) }),
    })),
  };
}

function print({ how, plan, flat, kilobytes, throwsIfError }: BatchNode): string {
  const { items, ending, maxConcurrency } = plan;
  const parts = [
    `${how}${flat ? ' FLAT' : ''}`,
    `items [${items.join(', ')}]`,
    ending.how === 'custom' ? `custom: ${ending.says} at ${ending.ended}` : JSON.stringify(ending.thresholds),
  ];
  if (maxConcurrency !== undefined) parts.push(`${maxConcurrency} at once`);
  if (kilobytes > 0) parts.push(`${kilobytes} KiB each`);
  if (throwsIfError) parts.push('throwIfError');
  return parts.join(', ');
}
