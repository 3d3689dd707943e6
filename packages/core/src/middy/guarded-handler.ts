import type { Invocation } from '../engine/invocation.ts';
import { never } from '../engine/invocation.ts';
import type { UserCode } from '../engine/run-invocation.ts';
import type { MiddyHandler } from './middy-types.ts';
import {
  currentInvocation,
  EXECUTION_KEY,
  endBeforeTimeout,
  isThenable,
  recovered,
  whileLive,
} from './request-life.ts';
import { cleanUp } from './suspend-phase.ts';

/** Middy's default, which a wrapped handler does not tell. Milliseconds. */
const TIMEOUT_EARLY_MS = 5;

/** Whether middy wrapped this handler. */
export function isMiddy(handler: unknown): handler is MiddyHandler {
  const { before, after, onError } = handler as Partial<MiddyHandler>;
  return [before, after, onError].every((attach) => typeof attach === 'function');
}

/**
 * User code of a handler that middy 4 to 7 wrapped. Its middlewares can't be reached from outside, so three hooks are
 * attached to it: the last `before`, which sees the whole request, and the first `after` and `onError`, where a request that
 * was left behind ends for good.
 *
 * Attached once, for all invocations: outside durable executions they do nothing.
 */
export function guardMiddy(handler: MiddyHandler, policy: 'fail' | 'succeed' | undefined): UserCode {
  const errors = new WeakMap<Invocation, { error: unknown }>();
  handler.before(function durableBefore(request) {
    const invocation = currentInvocation();
    if (!invocation) return undefined;
    // The hooks before this one could not be held back, the handler can.
    if (!invocation.live) return never();
    request.internal[EXECUTION_KEY] = request.context.executionContext;
    invocation.departure.add(() => cleanUp(request));
    return undefined;
  });
  handler.after(async function durableAfter(request) {
    const invocation = currentInvocation();
    if (!invocation) return;
    if (!invocation.live) await never();
    // Middy waits for promises of the language only, and a handler may return a durable one.
    if (isThenable(request.response)) request.response = await whileLive(invocation, request.response);
  });
  handler.onError(function durableOnError({ error }) {
    const invocation = currentInvocation();
    if (invocation?.live === false) return never();
    if (invocation) errors.set(invocation, { error });
    return undefined;
  });
  return async (event, context) => {
    const { invocation } = context;
    const request = () => handler(event, context);
    if (invocation.suspends) endBeforeTimeout(invocation, TIMEOUT_EARLY_MS);
    try {
      // One that is only observed keeps middy's timer, and with it the answer to running out of time.
      const result = await (invocation.suspends ? invocation.deadlineView.hiddenFrom(request) : request());
      const seen = errors.get(invocation);
      return seen ? recovered(seen.error, result, policy) : { kind: 'return', result };
    } catch (error) {
      return { kind: 'reject', error };
    }
  };
}
