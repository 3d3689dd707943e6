import type { Family, Node } from '../program/program.ts';
import { batch, contested } from './batch.ts';
import { callback } from './callback.ts';
import { childContext } from './child-context.ts';
import { combinator } from './combinator.ts';
import { compensation } from './compensation.ts';
import { condition } from './condition.ts';
import { contestedInvoke } from './contested-invoke.ts';
import { detached } from './detached.ts';
import { durableCombinator } from './durable-combinator.ts';
import { invoke } from './invoke.ts';
import { limiter } from './limiter.ts';
import { plainWork } from './plain-work.ts';
import { seededValues } from './seeded-values.ts';
import { step } from './step.ts';
import { wait } from './wait.ts';
import { waitForCallback } from './wait-for-callback.ts';
import { withRetryFamily } from './with-retry.ts';

/** All that programs are made of. A new kind of operation is a new file and a new line here. */
export const FAMILIES: readonly Family[] = [
  step,
  wait,
  callback,
  waitForCallback,
  childContext,
  withRetryFamily,
  batch,
  contested,
  condition,
  invoke,
  contestedInvoke,
  durableCombinator,
  combinator,
  compensation,
  detached,
  limiter,
  plainWork,
  seededValues,
] as readonly unknown[] as readonly Family[];

export function familyOf(node: Node): Family {
  const family = FAMILIES.find(({ kind }) => kind === node.kind);
  if (family === undefined) throw new Error(`No family makes nodes of kind ${node.kind}: add it to families/index.ts.`);
  return family;
}
