import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import {
  CallbackError,
  CallbackSubmitterError,
  ChildContextError,
  type DurableOperationError,
  StepError,
} from '../errors.ts';
import { passThroughSerdes, type Serdes } from '../serdes.ts';
import type { ChildConfig, WaitForCallbackConfig, WaitForCallbackSubmitterFunc } from '../types.ts';
import { checkFunction, checkOptions } from '../validation.ts';
import { callback, checkCallbackOptions, readResult } from './callback.ts';
import { childContext } from './child-context.ts';
import { step } from './step.ts';

/** A callback, a step that hands out its id, and the wait for the result, as one context. */
export function waitForCallback<T>(
  context: Context,
  name: string | undefined,
  submitter: WaitForCallbackSubmitterFunc,
  config?: WaitForCallbackConfig<T>,
): DurablePromise<T> {
  const { callbackDeserializer } = context.settings;
  const deserializer = config?.serdes ?? callbackDeserializer ?? passThroughSerdes;
  const contextConfig: ChildConfig<string> = {
    subType: 'WaitForCallback',
    errorMapper: surfaced,
    // With a deserializer of its own the text is recorded as it came.
    ...(callbackDeserializer && { serdes: passThroughSerdes as Serdes<string> }),
  };
  return childContext<string, T>(
    context,
    name,
    async (child) => {
      const observed = (part: string) => (name === undefined ? undefined : `${name}-${part}`);
      const created = await callback(child, undefined, { ...config, serdes: passThroughSerdes }, observed('callback'));
      const [result, callbackId] = created;
      await step(
        child,
        undefined,
        (body) => submitter(callbackId, Object.assign(body, { callbackEndsAt: created.endsAt })),
        { retryStrategy: config?.retryStrategy },
        observed('submitter'),
      );
      return result;
    },
    contextConfig,
    {
      method: 'waitForCallback',
      check(label) {
        checkFunction(submitter, label, 'the submitter');
        checkOptions(config, { retryStrategy: 'function' }, label);
        checkCallbackOptions(config, label);
      },
      after: (call, text) => readResult<T>(call, deserializer, text),
    },
  );
}

/** What is not a callback's own error came from the submitter's step. */
function surfaced(error: DurableOperationError): DurableOperationError {
  if (error instanceof CallbackError) return error;
  return error instanceof StepError
    ? new CallbackSubmitterError(error.message, error)
    : new ChildContextError(error.message, error);
}
