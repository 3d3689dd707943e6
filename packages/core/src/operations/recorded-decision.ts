import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import { sha256 } from '../engine/seeded.ts';
import { fromJson, toJson } from '../serdes.ts';

/** Our own: executions that have one do not move back to the official SDK. */
const DECISION_SUBTYPE = 'Decision';
/** Other ids are hex digits, or begin with `x_` or `v_`: they can't meet. */
const PREFIX = 'd_';

/** What was decided. `record`: every later invocation gets it from the record; otherwise the next one decides anew. */
export interface Decision<T> {
  value: T;
  record: boolean;
}

/**
 * Something that is decided once per execution, outside of the handler's own operations: it claims no position among them,
 * and costs nothing on record as long as nothing is to be remembered.
 */
export function recordedDecision<T>(
  context: Context,
  name: string,
  decide: () => Promise<Decision<T>>,
): DurablePromise<T> {
  return context.operate(
    () => {
      const ownId = PREFIX + sha256(JSON.stringify(['decision', name])).slice(0, 32);
      return { method: 'decision', type: 'STEP', subType: DECISION_SUBTYPE, name, ownId };
    },
    async (call) => {
      const { record, frame } = call;
      if (record?.Status === 'SUCCEEDED') return fromJson(record.StepDetails?.Result) as T;
      frame.bodyStarted(); // Who decides works: no reason to suspend.
      try {
        const { value, record: remember } = await decide();
        if (!remember) return value;
        const payload = toJson(value);
        if (!record) call.post('START');
        await call.send('SUCCEED', payload === undefined ? undefined : { Payload: payload });
        return fromJson(payload) as T;
      } finally {
        frame.bodyEnded();
      }
    },
  );
}
