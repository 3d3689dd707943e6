import type { UserCode } from './engine/run-invocation.ts';
import type { DurableContext } from './types.ts';

/** Decides, before a handler runs, whether it is to run at all in this execution. */
export interface ExecutionGuard {
  /**
   * Called in each invocation, in the handler's context. An answer ends the execution with it; nothing lets the handler run;
   * what it throws fails the execution.
   */
  enter(event: unknown, context: DurableContext): Promise<{ answer: unknown } | undefined>;
}

/** User code that a guard stands before. */
export function guardedBy(guard: ExecutionGuard, userCode: UserCode): UserCode {
  return async (event, context) => {
    let entered: { answer: unknown } | undefined;
    try {
      entered = await guard.enter(event, context as DurableContext);
    } catch (error) {
      return { kind: 'reject', error };
    }
    return entered ? { kind: 'return', result: entered.answer } : userCode(event, context);
  };
}
