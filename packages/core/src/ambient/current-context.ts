import { scopes } from '../engine/frame.ts';
import type { DurableContext, StepContext } from '../types.ts';

/**
 * The context in which the caller runs: the handler's, a child's, or that of an item of a map or parallel. `undefined`
 * outside of durable executions, and in the body of a step, where no operation may begin.
 * @example
 * // Deep in code that nobody hands a context to. Outside of a durable execution it does not pause.
 * const pause = async () => currentDurableContext()?.wait({ hours: 1 });
 * await pause() // => undefined
 */
export function currentDurableContext(): DurableContext | undefined {
  const scope = scopes.getStore();
  return scope?.body ? undefined : scope?.context;
}

/**
 * In the body of a step (or the check of a condition, the submitter of a callback): its attempt, signal and idempotency key.
 * `undefined` elsewhere.
 * @example
 * // A client that hands on the key of whatever step it is called in.
 * const headers = () => ({ 'Idempotency-Key': currentStepContext()?.idempotencyKey ?? 'none' });
 * headers() // => { 'Idempotency-Key': 'none' }
 */
export function currentStepContext(): StepContext | undefined {
  return scopes.getStore()?.body?.context;
}
