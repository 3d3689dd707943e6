import { currentDurableInvocation } from '../ambient/current-invocation.ts';
import type { StepWrapper } from '../engine/body-wrappers.ts';
import type { DepartureReason } from '../engine/departure.ts';
import { scopes } from '../engine/frame.ts';
import { currentInvocation } from '../middy/request-life.ts';
import { checkFunction } from '../validation.ts';
import type { AnyMiddleware, DurableMiddleware, DurableRequest } from './types.ts';

/**
 * Runs `hook` when a request is left behind: its execution is `suspended`, has `failed` where user code can't handle it, or
 * is `retried` by another invocation. No `after` and no `onError` runs in that request. Hooks run in reverse order, before
 * Powertools' clean-up and `requestEnd`; together they may take 5 seconds. One that throws is a warning. Durable operations
 * in a hook never settle.
 *
 * @throws TypeError when `hook` is no function
 * @example middy({ executionMode: durableExecution() }).use(onSuspend(({ internal }) => internal.connection.close()));
 */
export function onSuspend(hook: (request: DurableRequest, reason: DepartureReason) => unknown): DurableMiddleware {
  checkFunction(hook, 'onSuspend', 'the hook');
  return {
    before: function onSuspendBefore(request) {
      currentInvocation()?.departure.add((reason) => hook(request, reason));
    },
  };
}

/**
 * Runs `hook` as a `before` in each invocation that goes on with an execution: something is recorded already.
 *
 * @throws TypeError when `hook` is no function
 * @example middy({ executionMode: durableExecution() }).use(onResume(({ event }) => refreshLease(event.orderId)));
 */
export function onResume(hook: (request: DurableRequest) => unknown): DurableMiddleware {
  checkFunction(hook, 'onResume', 'the hook');
  return {
    before: async function onResumeBefore(request) {
      if (isFirstInvocation() === false) await hook(request);
    },
  };
}

/**
 * Puts `wrapper` around the body of every step that really runs: also around the checks of `waitForCondition` and the
 * submitters of callbacks, never around a replayed one. It calls `next` for the body, and its own result is the step's; what
 * it throws is a failed attempt.
 *
 * @throws TypeError when `wrapper` is no function
 * @example
 * const timed = aroundStep(async (next, { name, attempt }) => {
 *   const began = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     console.log(name, attempt, performance.now() - began);
 *   }
 * });
 * const handler = middy({ executionMode: durableExecution() }).use(timed);
 */
export function aroundStep(wrapper: StepWrapper): DurableMiddleware {
  checkFunction(wrapper, 'aroundStep', 'the wrapper');
  return {
    before: function aroundStepBefore() {
      currentDurableInvocation()?.aroundStep(wrapper);
    },
  };
}

/**
 * A middleware whose `before` runs only in the first invocation of an execution, where nothing is recorded yet (twice when
 * that one dies before its first checkpoint). `after` and `onError` stay as they are. What `before` puts on the request is
 * not there on replay: see {@link checkpointed} for that.
 *
 * @throws TypeError when it has no `before`
 * @example middy({ executionMode: durableExecution() }).use(onlyFirst(validator({ eventSchema })));
 */
export function onlyFirst<Middleware extends AnyMiddleware>(middleware: Middleware): Middleware {
  const before = middleware?.before;
  checkFunction(before, 'onlyFirst', 'before of the middleware');
  const first = (request: never): unknown => (isFirstInvocation() === false ? undefined : before(request));
  return { ...middleware, before: Object.defineProperty(first, 'name', { value: before.name }) };
}

/** As the invocation began: a middleware before this one may have recorded something. Undefined outside durable executions. */
function isFirstInvocation(): boolean | undefined {
  return scopes.getStore()?.context.executionContext.isFirstInvocation;
}
