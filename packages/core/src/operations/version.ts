import type { WireTimestamp } from '@middy-durable/protocol';
import { describeValue } from '../describe-value.ts';
import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import { type Invocation, never } from '../engine/invocation.ts';
import { type OperationCall, toMillis } from '../engine/operation-call.ts';
import { sha256 } from '../engine/seeded.ts';

/** Our own: executions that have one do not move back to the official SDK. */
const VERSION_SUBTYPE = 'Version';
/** Other ids are hex digits, or begin with `x_`: they can't meet. */
const PREFIX = 'v_';

/**
 * Whether an execution takes a changed path. There is one answer for the whole execution, in one record that no position is
 * claimed for. It is durable before the path is taken, and nothing is recorded for a place that older code has passed: what
 * stands behind it on record says so, in every invocation.
 */
export function version(context: Context, changeId: string): DurablePromise<boolean> {
  return context.operate(
    () => {
      if (typeof changeId !== 'string') {
        throw new TypeError(`version: the change needs a name; got ${describeValue(changeId)}`);
      }
      const ownId = PREFIX + sha256(JSON.stringify(['version', changeId])).slice(0, 32);
      return { method: 'version', type: 'STEP', subType: VERSION_SUBTYPE, name: changeId, ownId };
    },
    async (call) => {
      const isNew = await answer(context, call);
      return context.live ? isNew : never();
    },
  );
}

function answer(context: Context, call: OperationCall): boolean | Promise<boolean> {
  const { id, record, invocation } = call;
  const { passed, sent } = invocation.versions;
  const passedAt = momentBehind(context);
  if (record) {
    const markedAt = toMillis(record.StartTimestamp);
    // Places that run side by side: this one was passed before another one, which was not, made the mark.
    if (passedAt !== undefined && passedAt < markedAt) return false;
    return record.StepDetails?.Result === 'true';
  }
  if (passedAt !== undefined || context.rebuilding) {
    passed.add(id);
    return false;
  }
  const isNew = !context.isReplaying && !passed.has(id);
  const recorded = sent.get(id) ?? send(call, isNew);
  sent.set(id, recorded);
  return recorded;
}

async function send(call: OperationCall, isNew: boolean): Promise<boolean> {
  call.post('START');
  await call.send('SUCCEED', { Payload: String(isNew) });
  return isNew;
}

/** When what stands on record behind this place began, or its context ended; undefined where nothing does. */
function momentBehind(context: Context): number | undefined {
  const { nextRecord, rebuilding, invocation, frame } = context;
  const moment = nextRecord?.StartTimestamp ?? (rebuilding ? endOf(invocation, frame.call?.id) : undefined);
  return moment === undefined ? undefined : toMillis(moment);
}

function endOf({ log }: Invocation, contextId: string | undefined): WireTimestamp | undefined {
  return contextId === undefined ? undefined : log.get(contextId)?.EndTimestamp;
}
