import { isFinal, type WireOperation } from '@middy-durable/protocol';
import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import { type OperationCall, toMillis } from '../engine/operation-call.ts';
import { causeFromErrorObject, toErrorObject, WaitForConditionError } from '../errors.ts';
import type { Serdes } from '../serdes.ts';
import type { WaitForConditionCheckFunc, WaitForConditionConfig } from '../types.ts';
import { checkFunction, checkOptions, operationLabel } from '../validation.ts';
import { fromPayload, toPayload } from './payload.ts';
import { checkDecision, wireDelay } from './retry-delay.ts';
import { attemptOf } from './step.ts';
import { runBody } from './step-body.ts';

/** Polls: checks, keeps the new state, and suspends until the next check, until the strategy has seen enough. */
export function waitForCondition<T>(
  context: Context,
  name: string | undefined,
  check: WaitForConditionCheckFunc<T>,
  config: WaitForConditionConfig<T>,
): DurablePromise<T> {
  return context.operate(
    () => {
      const label = operationLabel('waitForCondition', name);
      checkFunction(check, label, 'the check');
      checkOptions(config, { serdes: 'serdes' }, label);
      checkFunction(config?.waitStrategy, label, 'option waitStrategy');
      if (config.initialState === undefined) throw new TypeError(`${label}: option initialState is required`);
      return { method: 'waitForCondition', type: 'STEP', subType: 'WaitForCondition', name };
    },
    (call) => poll(context, call, check, config),
  );
}

async function poll<T>(
  context: Context,
  call: OperationCall,
  check: WaitForConditionCheckFunc<T>,
  config: WaitForConditionConfig<T>,
): Promise<T> {
  const serdes = config.serdes ?? (context.settings.serdes as Serdes<T>);
  const { log, runtime } = call.invocation;
  const startedAt = call.record ? toMillis(call.record.StartTimestamp) : runtime.now();
  for (let { record } = call; ; record = log.get(call.id)) {
    if (record?.Status === 'PENDING') {
      call.subscribed(); // It goes on by itself, whether or not somebody waits.
      record = await call.settled(record.StepDetails?.NextAttemptTimestamp);
    }
    if (record && isFinal(record.Status)) return recorded(call, serdes, record);
    const attempt = attemptOf(record);
    call.frame.bodyStarted(); // Until the outcome is durable the engine moves by itself.
    if (record?.Status !== 'STARTED') call.post('START');
    try {
      const text = record?.StepDetails?.Result;
      const state = text === undefined ? config.initialState : await fromPayload(call, serdes, text);
      const next = await runBody(context, call, (body) => check(state, body), attempt, undefined);
      const payload = await toPayload(call, serdes, next);
      const value = await fromPayload(call, serdes, payload);
      const elapsedSeconds = (runtime.now() - startedAt) / 1000;
      const decision = config.waitStrategy(value, attempt, { elapsedSeconds });
      checkDecision(decision, `${call.describe()}: waitStrategy`, '{ shouldContinue, delay }');
      const Payload = payload === undefined ? undefined : { Payload: payload };
      if (!decision.shouldContinue) {
        await call.send('SUCCEED', Payload);
        return value;
      }
      const NextAttemptDelaySeconds = wireDelay(decision.delay);
      await call.send('RETRY', { ...Payload, StepOptions: { NextAttemptDelaySeconds } });
    } catch (error) {
      const stored = toErrorObject(error);
      await call.send('FAIL', { Error: stored });
      throw conditionError(stored);
    } finally {
      call.frame.bodyEnded();
    }
  }
}

async function recorded<T>(call: OperationCall, serdes: Serdes<T>, record: WireOperation): Promise<T> {
  const details = record.StepDetails;
  if (record.Status !== 'SUCCEEDED') throw conditionError(details?.Error);
  try {
    return await fromPayload(call, serdes, details?.Result);
  } catch (error) {
    throw conditionError(toErrorObject(error));
  }
}

function conditionError(stored: ReturnType<typeof toErrorObject> | undefined): WaitForConditionError {
  if (!stored) return new WaitForConditionError('waitForCondition failed');
  return new WaitForConditionError(stored.ErrorMessage, causeFromErrorObject(stored), stored.ErrorData);
}
