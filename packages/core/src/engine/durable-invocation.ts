import type { DurableLogData } from '../logging/types.ts';
import type { EndHook } from './departure.ts';
import { scopes } from './frame.ts';

/** The invocation of an execution that code runs in: the same object for all that runs in it, and gone with it. */
export interface DurableInvocation {
  /**
   * True while the code that asks does again what an earlier invocation has done, or runs although it was left behind and the
   * next invocation does the same. Never in the body of a step. What is to be seen once, such as a log line or a metric, is
   * left out then.
   *
   * A context that has more on record has passed where it is. Behind its last record: what follows an old outcome without
   * waiting for anything else repeats if the invocation before answered, or recorded more after that outcome. What died
   * before that, and what waits for something that is not durable, counts as new.
   */
  readonly isRepeating: boolean;
  /** What a log line of the running code should carry. */
  readonly logData: DurableLogData;
  /**
   * Runs `hook` when user code is over in this invocation, whichever way. Hooks run in reverse order and together may take 5
   * seconds. One that throws is a warning.
   */
  onEnd(hook: EndHook): void;
}

/**
 * The invocation in which the caller runs; `undefined` outside of durable executions. For code that stands between a handler
 * and the outside, such as loggers and metrics.
 * @example
 * // A counter that counts what really happens.
 * let orders = 0;
 * const count = () => {
 *   if (!durableInvocation()?.isRepeating) orders++;
 * };
 * count();
 * orders // => 1
 */
export function durableInvocation(): DurableInvocation | undefined {
  return scopes.getStore()?.context.invocation;
}
