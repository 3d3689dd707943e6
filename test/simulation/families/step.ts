import type { StepConfig } from '@middy-durable/core';
import { errorNames, errorSummary, filler } from '../program/outcome.ts';
import { EITHER, type Family, type Node, type Scope } from '../program/program.ts';
import { bodyOf } from './step-body.ts';
import { generateStep } from './step-plan.ts';
import { strategyOf } from './step-retries.ts';

/** How an attempt ends: an attempt that hangs is ended by the step's timeout. */
export type AttemptEnd = 'throws' | 'hangs';

export interface StepNode extends Node {
  kind: 'step';
  named: boolean;
  atMostOnce: boolean;
  /** Seconds. */
  timeout?: number | undefined;
  onInterrupted?: 'retry' | 'fail' | 'reconcile' | undefined;
  /** Ends of the first attempts. */
  failures: AttemptEnd[];
  /** What comes after them. */
  last: 'succeeds' | 'isFatal' | 'isGivenUp';
  strategy: 'exponential' | 'linear' | 'custom';
  /** Seconds. */
  delay: number;
  /** Virtual milliseconds of each body; 0 does not even yield. */
  duration: number;
  result: 'small' | 'large' | 'undefined';
}

/** What a body returns: `nonce` tells which body it was. */
export interface StepValue {
  nonce: number;
  value: string;
  filler?: string;
}

export const step: Family<StepNode> = {
  kind: 'step',
  weight: 30,
  single: true,
  generate: generateStep,
  async run(node, scope) {
    try {
      return await performed(node, scope);
    } catch (error) {
      if (node.onInterrupted !== 'fail') throw error;
      if (!isAllowed(node, error))
        scope.hooks.violation('outcome', `${scope.path}: ${JSON.stringify(errorSummary(error))}`);
      return EITHER;
    }
  },
  print(node) {
    const parts = [
      node.atMostOnce ? 'at most once' : 'at least once',
      `attempts [${[...node.failures, node.last].join(', ')}]`,
      `${node.strategy} retry ${node.delay} s`,
      `body ${node.duration} ms`,
      `result ${node.result}`,
    ];
    if (node.timeout !== undefined) parts.push(`timeout ${node.timeout} s`);
    if (node.onInterrupted !== undefined) parts.push(`onInterrupted ${node.onInterrupted}`);
    return `step, ${parts.join(', ')}`;
  },
};

async function performed(node: StepNode, scope: Scope): Promise<unknown> {
  const config: StepConfig<StepValue | undefined> = {
    retryStrategy: strategyOf(node),
    semantics: node.atMostOnce ? 'AT_MOST_ONCE_PER_RETRY' : undefined,
    timeout: node.timeout === undefined ? undefined : { seconds: node.timeout },
    onInterrupted: onInterrupted(node, scope),
  };
  const result = await scope.context.step(node.named ? scope.path : undefined, bodyOf(node, scope), config);
  if (result !== undefined) scope.hooks.stepRead(scope.path, result.nonce);
  if (node.onInterrupted === 'fail') return EITHER;
  if (result === undefined) return null;
  return result.filler === undefined ? result.value : `${result.value} + ${result.filler.length}`;
}

/** Finds out by the effect: where it is there, the attempt did its work. */
function onInterrupted(node: StepNode, { hooks, path }: Scope): StepConfig<StepValue | undefined>['onInterrupted'] {
  if (node.onInterrupted !== 'reconcile') return node.onInterrupted;
  return async () => {
    const nonce = hooks.effects.get(path);
    if (nonce === undefined) return { outcome: 'retry' };
    return { outcome: 'succeeded', result: resultOf(node, nonce) };
  };
}

export function resultOf(node: StepNode, nonce: number): StepValue | undefined {
  if (node.result === 'undefined') return undefined;
  const value = { nonce, value: `result of ${node.key}` };
  return node.result === 'large' ? { ...value, filler: filler(60) } : value;
}

function isAllowed(node: StepNode, error: unknown): boolean {
  const names = errorNames(error);
  return names[0] === 'StepError' && (names[1] === 'StepInterruptedError' || node.last !== 'succeeds');
}
