import type { Family, Node } from '../program/program.ts';
import {
  type CallbackPlan,
  callbackOptions,
  generateCallbackPlan,
  printCallbackPlan,
  settledAs,
} from './completion-plan.ts';

export interface CallbackNode extends Node {
  kind: 'callback';
  plan: CallbackPlan;
  /** Between making it and waiting for its result. */
  between: readonly Node[];
  awaited: boolean;
}

export const callback: Family<CallbackNode> = {
  kind: 'callback',
  weight: 7,
  single: false,
  generate: (generation) => ({
    kind: 'callback',
    key: generation.key('callback'),
    plan: generateCallbackPlan(generation),
    between: generation.random.chance(0.4) ? generation.block(2) : [],
    awaited: generation.random.chance(0.85),
  }),
  async run({ plan, between, awaited }, scope) {
    const { context, hooks, path } = scope;
    const [result, callbackId] = await context.createCallback(path, callbackOptions(plan));
    hooks.observed(`${path} callback id`, callbackId);
    hooks.handOut(path, callbackId, plan.completion);
    const values = await scope.block(between);
    return { values, result: awaited ? await settledAs(plan, scope, result) : 'not awaited' };
  },
  print: ({ plan, awaited }) => `createCallback, ${printCallbackPlan(plan)}${awaited ? '' : ', not awaited'}`,
  inner: ({ between }) => between,
  withInner: (node, between) => ({ ...node, between }),
};
