import { errorNames, errorSummary } from '../program/outcome.ts';
import { type Completion, EITHER, type Generation, type Scope } from '../program/program.ts';

/** A callback's options and what the outside does about it, chosen so that the outcome is certain, or known to be contested. */
export interface CallbackPlan {
  /** Seconds. */
  timeout?: number | undefined;
  /** Seconds. */
  heartbeatTimeout?: number | undefined;
  completion: Completion;
  /** Completion and timeout come at about the same time. */
  contested: boolean;
}

/** Longer than everything that may delay a completion. */
const MONTH_SECONDS = 30 * 86_400;

export function generateCallbackPlan({ random, mayFail, openEnds }: Generation): CallbackPlan {
  const completion = (how: Completion['how'], delay: number, heartbeats = 0): Completion => ({
    how,
    delay,
    heartbeats,
    repeated: random.chance(0.3),
  });
  const delay = random.pick([0, 0, 1, 50, 2_000, 60_000, 3_600_000]);
  const choices: { weight: number; value: () => CallbackPlan }[] = [
    {
      weight: 10,
      value: () => {
        const how = mayFail && random.chance(0.2) ? 'fail' : 'succeed';
        const asks = random.chance(0.3);
        return {
          timeout: random.chance(0.5) ? MONTH_SECONDS : undefined,
          heartbeatTimeout: asks ? MONTH_SECONDS : undefined,
          completion: completion(how, delay, asks ? random.whole(0, 2) : 0),
          contested: false,
        };
      },
    },
    {
      weight: mayFail ? 1 : 0,
      value: () => ({
        timeout: random.whole(1, 600),
        completion: completion('succeed', random.whole(7_200_000, 9_000_000)),
        contested: false,
      }),
    },
    {
      weight: mayFail ? 2 : 0,
      value: () => ({ timeout: random.pick([1, 3, 60, 3600]), completion: completion('never', 0), contested: false }),
    },
    {
      weight: mayFail ? 1 : 0,
      value: () => ({
        heartbeatTimeout: random.pick([1, 5, 300]),
        completion: completion('never', 4_000, random.whole(0, 3)),
        contested: false,
      }),
    },
    {
      weight: 2,
      value: () => {
        const seconds = random.pick([1, 5, 60]);
        return {
          timeout: seconds,
          completion: completion('succeed', seconds * 1000 + random.whole(-3, 3)),
          contested: true,
        };
      },
    },
    { weight: openEnds ? 1 : 0, value: () => ({ completion: completion('never', 0), contested: false }) },
  ];
  return random.weighted(choices)();
}

/** The callback's value, or EITHER where completion and timeout were both right. */
export async function settledAs(plan: CallbackPlan, scope: Scope, outcome: Promise<unknown>): Promise<unknown> {
  if (!plan.contested) return outcome;
  const { hooks, path } = scope;
  try {
    hooks.observed(`${path} outcome`, JSON.stringify(await outcome));
  } catch (error) {
    if (!errorNames(error).includes('CallbackTimeoutError')) {
      hooks.violation('outcome', `${path}: ${JSON.stringify(errorSummary(error))}`);
    }
    hooks.observed(`${path} outcome`, 'timed out');
  }
  return EITHER;
}

export function printCallbackPlan({ timeout, heartbeatTimeout, completion, contested }: CallbackPlan): string {
  const { how, delay, heartbeats, repeated } = completion;
  const parts = [`outside: ${how} after ${delay} ms`];
  if (heartbeats > 0) parts.push(`${heartbeats} heartbeats`);
  if (repeated) parts.push('and again');
  if (timeout !== undefined) parts.push(`timeout ${timeout} s`);
  if (heartbeatTimeout !== undefined) parts.push(`heartbeat timeout ${heartbeatTimeout} s`);
  if (contested) parts.push('contested');
  return parts.join(', ');
}

export function callbackOptions({ timeout, heartbeatTimeout }: CallbackPlan): {
  timeout?: { seconds: number } | undefined;
  heartbeatTimeout?: { seconds: number } | undefined;
} {
  return {
    timeout: timeout === undefined ? undefined : { seconds: timeout },
    heartbeatTimeout: heartbeatTimeout === undefined ? undefined : { seconds: heartbeatTimeout },
  };
}
