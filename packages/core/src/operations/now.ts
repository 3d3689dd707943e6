import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';

/** Our own: executions that have one do not move back to the official SDK. */
const NOW_SUBTYPE = 'Now';

/** The time as a recorded step: epoch milliseconds in its result. */
export function recordedNow(context: Context): DurablePromise<Date> {
  return context.operate(
    () => ({ method: 'now', type: 'STEP', subType: NOW_SUBTYPE, name: undefined }),
    async (call) => {
      const recorded = call.record?.StepDetails?.Result;
      if (recorded !== undefined) return new Date(Number(recorded));
      const now = call.invocation.runtime.now();
      if (!call.record) call.post('START');
      await call.send('SUCCEED', { Payload: String(now) });
      return new Date(now);
    },
  );
}
