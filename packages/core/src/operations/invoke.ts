import { FUNCTION_NAME_PATTERN, isFinal, MAX_CHAINED_PAYLOAD_BYTES, TENANT_ID_PATTERN } from '@middy-durable/protocol';
import type { DurablePromise } from '../durable-promise.ts';
import { durationSeconds } from '../duration.ts';
import type { Context } from '../engine/context.ts';
import { causeFromErrorObject, InvokeError } from '../errors.ts';
import type { Serdes } from '../serdes.ts';
import type { InvokeConfig } from '../types.ts';
import { checkOptions, operationLabel } from '../validation.ts';
import { childContext } from './child-context.ts';
import { fromPayload, toPayload } from './payload.ts';

const OPTIONS = { payloadSerdes: 'serdes', resultSerdes: 'serdes', tenantId: 'string' } as const;
/** Our own: executions that have one do not move back to the official SDK. */
const TIMED_SUBTYPE = 'InvokeWithTimeout';

/** Calls another function and waits for its result; the execution suspends meanwhile. */
export function invoke<I, O>(
  context: Context,
  name: string | undefined,
  functionId: string,
  input: I | undefined,
  config: InvokeConfig<I, O> | undefined,
): DurablePromise<O> {
  const check = (label: string) => {
    if (typeof functionId !== 'string' || !FUNCTION_NAME_PATTERN.test(functionId)) {
      throw new TypeError(`${label}: the function must be a name or an ARN; got ${JSON.stringify(functionId)}`);
    }
    checkOptions(config, OPTIONS, label);
    if (config?.tenantId && !TENANT_ID_PATTERN.test(config.tenantId)) {
      throw new RangeError(`${label}: tenantId must be 1 to 256 characters of [a-zA-Z0-9._:/=+-@ ]`);
    }
    if (config?.timeout) durationSeconds(config.timeout, `${label}: timeout`);
  };
  if (config?.timeout) return invokeWithin(context, name, functionId, input, config, check);
  return context.operate(
    () => {
      check(operationLabel('invoke', name));
      return { method: 'invoke', type: 'CHAINED_INVOKE', subType: 'ChainedInvoke', name };
    },
    async (call) => {
      let { record } = call;
      if (!record) {
        const serdes = config?.payloadSerdes ?? (context.settings.serdes as Serdes<I>);
        const Payload = await readable(toPayload(call, serdes, input as I, MAX_CHAINED_PAYLOAD_BYTES));
        await call.send('START', {
          ...(Payload !== undefined && { Payload }),
          ChainedInvokeOptions: { FunctionName: functionId, ...(config?.tenantId && { TenantId: config.tenantId }) },
        });
        record = call.invocation.log.get(call.id);
      }
      const { Status, ChainedInvokeDetails: details } =
        record && isFinal(record.Status) ? record : await call.settled();
      if (Status === 'SUCCEEDED') {
        const serdes = config?.resultSerdes ?? (context.settings.serdes as Serdes<O>);
        return readable(fromPayload(call, serdes, details?.Result));
      }
      const stored = details?.Error ?? {};
      throw new InvokeError(stored.ErrorMessage, causeFromErrorObject(stored), stored.ErrorData);
    },
  );
}

/** The wire has no timeout for an invoke: a wait beside it decides, and the context's record keeps the decision. */
function invokeWithin<I, O>(
  context: Context,
  name: string | undefined,
  functionId: string,
  input: I | undefined,
  { timeout, ...config }: InvokeConfig<I, O>,
  check: (label: string) => void,
): DurablePromise<O> {
  return childContext<O>(
    context,
    name,
    (child) => {
      const called = invoke(child, name, functionId, input, config);
      const timedOut = child.wait(undefined, timeout as NonNullable<typeof timeout>).then(() => {
        const { seconds } = { seconds: durationSeconds(timeout, 'timeout') };
        const cause = new Error(`${functionId} did not answer within ${seconds} s`);
        cause.name = 'InvokeTimeoutError';
        throw new InvokeError(cause.message, cause);
      });
      return Promise.race([called, timedOut]);
    },
    { subType: TIMED_SUBTYPE, errorMapper: (error) => new InvokeError(error.message, error.cause, error.errorData) },
    { method: 'invoke', check, after: (_call, value) => value },
  );
}

/** @throws InvokeError when a serdes fails */
async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new InvokeError((error as Error).message, error as Error);
  }
}
