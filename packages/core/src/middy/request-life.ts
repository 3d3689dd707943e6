import { scopes } from '../engine/frame.ts';
import { type Invocation, never } from '../engine/invocation.ts';
import type { UserOutcome } from '../engine/run-invocation.ts';

/** The request ran out of time. Its execution goes on in the next invocation. */
export class InvocationTimeoutError extends Error {
  constructor() {
    super('The invocation ran out of time. What is recorded stands, and the execution goes on in the next invocation.');
    this.name = 'TimeoutError';
  }
}

/** Key of `request.internal` under which middlewares find what is known of the execution. */
export const EXECUTION_KEY = 'middy-durable.execution';

/** Settles as `outcome` does while the invocation lives, and never after that. */
export function whileLive<T>(invocation: Invocation, outcome: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    outcome.then(
      (value) => {
        if (invocation.live) resolve(value);
      },
      (error: unknown) => {
        if (invocation.live) reject(error);
      },
    );
  });
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** A hook that does nothing in a request that was left behind, and lets nothing follow it there. */
export function whileLiveHook<Request>(
  hook: (request: Request) => unknown,
  invocation: () => Invocation | undefined,
): (request: Request) => unknown {
  const guarded = (request: Request): unknown => {
    const current = invocation();
    if (!current) return hook(request);
    if (!current.live) return never();
    const result = hook(request);
    return isThenable(result) ? whileLive(current, result) : result;
  };
  return Object.defineProperty(guarded, 'name', { value: hook.name });
}

/** The invocation that the running code belongs to. */
export function currentInvocation(): Invocation | undefined {
  return scopes.getStore()?.context.invocation;
}

/**
 * Ends an invocation just before Lambda would kill it. It throws, so that it is tried again: running out of time is no
 * outcome of the execution. @param reserveMs what is left then
 */
export function endBeforeTimeout(invocation: Invocation, reserveMs: number): void {
  const remaining = invocation.lambdaContext?.getRemainingTimeInMillis?.();
  if (remaining === undefined || !(remaining < Number.POSITIVE_INFINITY)) return;
  const end = () => invocation.end({ kind: 'throw', error: new InvocationTimeoutError() });
  invocation.root.onEnd(invocation.runtime.schedule(end, Math.max(0, remaining - reserveMs)));
}

/** A middleware has answered an error. */
export function recovered(error: unknown, response: unknown, policy: 'fail' | 'succeed' | undefined): UserOutcome {
  if (policy === 'succeed') return { kind: 'return', result: response };
  return { kind: 'reject', error, answer: { value: response } };
}
