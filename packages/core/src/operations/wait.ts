import { isFinal } from '@middy-durable/protocol';
import type { DurablePromise } from '../durable-promise.ts';
import { durationSeconds } from '../duration.ts';
import type { Context } from '../engine/context.ts';
import { operationLabel } from '../validation.ts';

/** Records when the wait ends; the backend's clock decides when that is. */
export function wait(context: Context, name: string | undefined, duration: unknown): DurablePromise<void> {
  let seconds: number;
  return context.operate(
    () => {
      seconds = durationSeconds(duration, operationLabel('wait', name));
      return { method: 'wait', type: 'WAIT', subType: 'Wait', name };
    },
    async (call) => {
      let { record } = call;
      if (!record) {
        await call.send('START', { WaitOptions: { WaitSeconds: seconds } });
        record = call.invocation.log.get(call.id);
      }
      if (!record || !isFinal(record.Status)) await call.settled(record?.WaitDetails?.ScheduledEndTimestamp);
    },
  );
}
