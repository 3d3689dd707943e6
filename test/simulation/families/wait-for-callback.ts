import type { Family, Node } from '../program/program.ts';
import {
  type CallbackPlan,
  callbackOptions,
  generateCallbackPlan,
  printCallbackPlan,
  settledAs,
} from './completion-plan.ts';

export interface WaitForCallbackNode extends Node {
  kind: 'waitForCallback';
  plan: CallbackPlan;
  submitterFails: 'never' | 'first' | 'always';
  /** Virtual milliseconds of each submitter. */
  duration: number;
}

export const waitForCallback: Family<WaitForCallbackNode> = {
  kind: 'waitForCallback',
  weight: 6,
  single: true,
  generate: (generation) => {
    const { random, mayFail, key } = generation;
    return {
      kind: 'waitForCallback',
      key: key('waitForCallback'),
      plan: generateCallbackPlan(generation),
      submitterFails: random.weighted([
        { weight: 10, value: 'never' },
        { weight: 2, value: 'first' },
        { weight: mayFail ? 1 : 0, value: 'always' },
      ]),
      duration: random.pick([0, 0, 5, 2_000]),
    };
  },
  run(node, scope) {
    const { plan, submitterFails, duration } = node;
    const { context, hooks, path } = scope;
    const submit = async (callbackId: string): Promise<void> => {
      hooks.observed(`${path} callback id`, callbackId);
      const calls = (hooks.effects.get(path) ?? 0) + 1;
      hooks.effects.set(path, calls);
      hooks.handOut(path, callbackId, plan.completion);
      if (duration > 0) await hooks.sleep(duration);
      if (submitterFails === 'always' || (submitterFails === 'first' && calls === 1)) {
        throw new RangeError(`${node.key} could not be submitted`);
      }
    };
    const outcome = context.waitForCallback(path, submit, {
      ...callbackOptions(plan),
      // As often as the first failure may have to be repeated; without jitter, whose chance would not repeat.
      retryStrategy: (_error, attempts) => ({
        shouldRetry: submitterFails === 'first' || attempts < 3,
        delay: { seconds: 2 },
      }),
    });
    return submitterFails === 'always' ? Promise.resolve(outcome) : settledAs(plan, scope, Promise.resolve(outcome));
  },
  print: ({ plan, submitterFails }) =>
    `waitForCallback, ${printCallbackPlan(plan)}, submitter fails: ${submitterFails}`,
};
