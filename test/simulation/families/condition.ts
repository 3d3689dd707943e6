import { createWaitStrategy, type WaitForConditionConfig } from '@middy-durable/core';
import { filler } from '../program/outcome.ts';
import type { Family, Node } from '../program/program.ts';

export interface ConditionNode extends Node {
  kind: 'condition';
  /** Checks until the condition holds, or until what fails fails. */
  checks: number;
  fails: 'never' | 'check' | 'strategy' | 'attempts' | 'time';
  strategy: 'created' | 'custom';
  /** Seconds between checks. */
  delay: number;
  /** Virtual milliseconds of each check. */
  duration: number;
  /** The state grows by so much with each check. */
  kilobytes: number;
}

interface State {
  /** Of the last check's body; stands first, where whoever reads the log looks for it. */
  nonce?: number;
  checks: number;
  /** Of all bodies that made this state. */
  bodies: number[];
  filler: string;
}

const ENOUGH = 1000;

export const condition: Family<ConditionNode> = {
  kind: 'condition',
  weight: 7,
  single: true,
  generate: ({ random, mayFail, key }) => ({
    kind: 'condition',
    key: key('condition'),
    checks: random.whole(1, 4),
    fails: mayFail && random.chance(0.3) ? random.pick(['check', 'strategy', 'attempts', 'time'] as const) : 'never',
    strategy: random.pick(['created', 'custom']),
    delay: random.pick([1, 5, 60, 1800]),
    duration: random.pick([0, 0, 8, 300, 4_000]),
    kilobytes: random.chance(0.1) ? 15 : 0,
  }),
  async run(node, { context, hooks, path, mayBeLeft }) {
    const { checks, fails, duration, kilobytes } = node;
    const initialState: State = { checks: 0, bodies: [], filler: '' };
    const state = await context.waitForCondition<State>(
      path,
      async (before, { attempt }) => {
        const nonce = hooks.bodyStarts(path, attempt, { once: false, mayBeLeft });
        // A check that is repeated begins with the same state, which was durable before the first one began.
        hooks.observed(`${path} before check ${attempt}`, JSON.stringify(before.bodies));
        if (before.checks !== attempt - 1)
          hooks.violation('outcome', `${path}: check ${attempt} begins with the state of check ${before.checks}`);
        if (duration > 0) await hooks.sleep(duration);
        if (fails === 'check' && attempt === checks) throw new RangeError(`check ${attempt} of ${node.key} fails`);
        const bodies = [...before.bodies, nonce];
        const after = { checks: attempt, bodies, filler: before.filler + filler(kilobytes) };
        return holds(node, attempt) ? { nonce, ...after } : after;
      },
      { initialState, waitStrategy: strategyOf(node) },
    );
    if (state.nonce !== undefined) hooks.stepRead(path, state.nonce);
    return { checks: state.checks, size: state.filler.length };
  },
  print: ({ checks, fails, strategy, delay, duration, kilobytes }) =>
    `waitForCondition, ${checks} checks of ${duration} ms, ${strategy} strategy ${delay} s${kilobytes > 0 ? `, grows by ${kilobytes} KiB` : ''}, fails: ${fails}`,
};

function holds({ fails, checks }: ConditionNode, attempt: number): boolean {
  return fails === 'never' && attempt >= checks;
}

function strategyOf(node: ConditionNode): WaitForConditionConfig<State>['waitStrategy'] {
  const { checks, fails, strategy, delay } = node;
  const created =
    fails === 'attempts' || fails === 'time' || strategy === 'created'
      ? createWaitStrategy<State>({
          shouldContinuePolling: (state) => !holds(node, state.checks),
          maxAttempts: fails === 'attempts' ? checks : ENOUGH,
          initialDelay: { seconds: delay },
          maxDelay: { seconds: 3600 },
          // A strategy's own chance would not repeat.
          jitter: 'NONE',
          timeoutSeconds: fails === 'time' ? checks * delay : undefined,
        })
      : undefined;
  return (state, attempt, progress) => {
    if (fails === 'strategy' && attempt === checks) throw new RangeError(`the strategy of ${node.key} fails`);
    if (created) return created(state, attempt, progress);
    return holds(node, attempt) ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: delay } };
  };
}
