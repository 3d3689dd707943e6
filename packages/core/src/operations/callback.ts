import { isFinal, type WireOperation } from '@middy-durable/protocol';
import { DurablePromise } from '../durable-promise.ts';
import { durationSeconds } from '../duration.ts';
import type { Context } from '../engine/context.ts';
import { never } from '../engine/invocation.ts';
import { type OperationCall, toMillis } from '../engine/operation-call.ts';
import { CallbackError, CallbackExternalError, CallbackTimeoutError, causeFromErrorObject } from '../errors.ts';
import { type AnySerdesDeserializer, passThroughSerdes, type Serdes } from '../serdes.ts';
import type { CreateCallbackConfig, CreateCallbackResult } from '../types.ts';
import { checkOptions, operationLabel } from '../validation.ts';
import { fromPayload } from './payload.ts';

/** What the engine knows of a callback besides: when its timeout is over, as far as it has one. */
export type CreatedCallback<T> = CreateCallbackResult<T> & { readonly endsAt: Date | undefined };

/** Makes a callback. Its id is durable before user code can hand it out; its result is a promise of its own. */
export function callback<T>(
  context: Context,
  name: string | undefined,
  config?: CreateCallbackConfig<T>,
  observedName?: string,
): DurablePromise<CreatedCallback<T>> {
  let timeouts: Timeouts;
  return context.operate(
    () => {
      timeouts = checkCallbackOptions(config, operationLabel('createCallback', name));
      return { method: 'createCallback', type: 'CALLBACK', subType: 'Callback', name, observedName };
    },
    async (call) => {
      let { record } = call;
      if (!record) {
        await call.send('START', { CallbackOptions: timeouts });
        record = call.invocation.log.get(call.id);
      }
      const callbackId = record?.CallbackDetails?.CallbackId;
      if (!record || callbackId === undefined) {
        throw new CallbackError(`No callback ID found for started callback: ${call.rawId}`);
      }
      const result = callbackResult(context, call, record, config);
      const endsAt = endOf(record, timeouts);
      const members = { callbackId, result: () => result, endsAt };
      return Object.assign([result, callbackId] as [DurablePromise<T>, string], members);
    },
  );
}

interface Timeouts {
  TimeoutSeconds?: number;
  HeartbeatTimeoutSeconds?: number;
}

/** From the start that the service recorded: a later attempt to hand the id out has less time left. */
function endOf({ StartTimestamp }: WireOperation, { TimeoutSeconds }: Timeouts): Date | undefined {
  if (TimeoutSeconds === undefined) return undefined;
  const end = toMillis(StartTimestamp) + 1000 * TimeoutSeconds;
  return Number.isFinite(end) ? new Date(end) : undefined;
}

/** @throws when an option can't be right */
export function checkCallbackOptions(config: CreateCallbackConfig<unknown> | undefined, label: string): Timeouts {
  checkOptions(config, { serdes: 'deserializer' }, label);
  const { timeout, heartbeatTimeout } = config ?? {};
  return {
    ...(timeout != null && { TimeoutSeconds: durationSeconds(timeout, `${label}: timeout`) }),
    ...(heartbeatTimeout != null && {
      HeartbeatTimeoutSeconds: durationSeconds(heartbeatTimeout, `${label}: heartbeatTimeout`),
    }),
  };
}

/** @throws CallbackError when the deserializer fails */
export async function readResult<T>(
  call: OperationCall,
  serdes: AnySerdesDeserializer | Pick<Serdes<T>, 'deserialize'>,
  text: string | undefined,
): Promise<T> {
  try {
    return await fromPayload(call, serdes as Pick<Serdes<T>, 'deserialize'>, text);
  } catch (error) {
    throw new CallbackError((error as Error).message, error as Error);
  }
}

/** Waits from the start, so that a callback nobody awaits is a reason to suspend too. */
function callbackResult<T>(
  context: Context,
  call: OperationCall,
  record: WireOperation,
  config: CreateCallbackConfig<T> | undefined,
): DurablePromise<T> {
  const serdes = config?.serdes ?? context.settings.callbackDeserializer ?? passThroughSerdes;
  const outcome = (async () => {
    // Open when its context ended: the context went on without the result, and is only rebuilt now.
    if (context.rebuilding && !isFinal(record.Status)) return never<T>();
    const { Status, CallbackDetails } = isFinal(record.Status) ? record : await call.settled();
    if (Status === 'SUCCEEDED') return readResult<T>(call, serdes, CallbackDetails?.Result);
    const { Error: stored = {} } = CallbackDetails ?? {};
    const Type = Status === 'TIMED_OUT' ? CallbackTimeoutError : CallbackExternalError;
    throw new Type(stored.ErrorMessage, causeFromErrorObject(stored), stored.ErrorData);
  })();
  outcome.catch(() => {}); // Nobody has to await the result.
  const { replayOrder, updatedIds } = call.invocation;
  const result = isFinal(record.Status)
    ? replayOrder.inOrder(record, record.EndTimestamp, outcome, updatedIds?.has(record.Id))
    : outcome;
  return DurablePromise.of(result, context.frame, call, context.expect(call, call.outcomeIsNew));
}
