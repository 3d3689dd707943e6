// Ordinary functions: what an environment does with them.
import { DISASTERS } from '../disasters.ts';
import { effect } from '../outside.ts';

let calls = 0;
const fired = new Set<string>();

export async function counts(): Promise<object> {
  return { pid: process.pid, calls: ++calls };
}

export async function throws(): Promise<never> {
  throw new TypeError('no such order');
}

export async function context(_event: unknown, lambdaContext: { getRemainingTimeInMillis(): number }): Promise<object> {
  return { ...lambdaContext, remaining: lambdaContext.getRemainingTimeInMillis() };
}

/** Leaves a timer behind; answers when the one that `until` names has fired. */
export async function leavesTimer({ name, ms, until }: { name: string; ms: number; until?: string }): Promise<void> {
  effect(`invoked ${name}`);
  if (until) {
    while (!fired.has(until)) await new Promise((resolve) => setTimeout(resolve, 1));
    return;
  }
  setTimeout(() => {
    effect(`timer of ${name}`);
    fired.add(name);
  }, ms);
}

export const exits = DISASTERS.exit;
export const throwsBeside = DISASTERS.uncaughtException;
export const rejectsBeside = DISASTERS.unhandledRejection;
export const killsItself = DISASTERS.sigkill;
export const spins = DISASTERS.spin;
