import type { Generation } from '../program/program.ts';
import type { Random } from '../random.ts';
import type { AttemptEnd, StepNode } from './step.ts';

const DURATIONS = [0, 0, 0, 1, 8, 15, 300, 4_000, 20_000];

/** A random step whose outcome doesn't depend on how often it is interrupted. */
export function generateStep({ random, mayFail, key }: Generation): StepNode {
  const timeout = random.chance(0.15) ? random.whole(25, 50) : undefined;
  const atMostOnce = random.chance(0.25);
  const onInterrupted = random.chance(0.12) ? random.pick(['retry', 'fail', 'reconcile'] as const) : undefined;
  const startsFirst = timeout !== undefined || atMostOnce || onInterrupted !== undefined;
  const failures = random.chance(0.3) ? attemptEnds(random, timeout !== undefined) : [];
  return {
    kind: 'step',
    key: key('step'),
    named: random.chance(0.85),
    atMostOnce,
    timeout,
    onInterrupted,
    failures,
    last: mayFail && onInterrupted !== 'reconcile' ? lastEnd(random, startsFirst, failures.length) : 'succeeds',
    strategy: random.pick(['exponential', 'linear', 'custom']),
    delay: random.whole(1, 20),
    duration: random.pick(DURATIONS),
    result: random.weighted([
      { weight: 20, value: 'small' },
      { weight: 1, value: 'large' },
      { weight: 3, value: 'undefined' },
    ]),
  };
}

function attemptEnds(random: Random, hasTimeout: boolean): AttemptEnd[] {
  return Array.from({ length: random.whole(1, 3) }, () => (hasTimeout && random.chance(0.5) ? 'hangs' : 'throws'));
}

/** An interruption uses an attempt of a step that starts first: for such a step "given up" would depend on the crashes. */
function lastEnd(random: Random, startsFirst: boolean, failures: number): StepNode['last'] {
  return random.weighted<StepNode['last']>([
    { weight: 12, value: 'succeeds' },
    { weight: 1, value: 'isFatal' },
    { weight: startsFirst || failures === 0 ? 0 : 1, value: 'isGivenUp' },
  ]);
}
