import {
  type ErrorObject,
  FUNCTION_NAME_PATTERN,
  isFinal,
  MAX_CHAINED_PAYLOAD_BYTES,
  TENANT_ID_PATTERN,
} from '@middy-durable/protocol';
import type { DurablePromise } from '../durable-promise.ts';
import { durationSeconds } from '../duration.ts';
import type { Context } from '../engine/context.ts';
import { limitErrorObject } from '../errors/error-size.ts';
import { causeFromErrorObject, DurableOperationError, InvokeError } from '../errors.ts';
import { passThroughSerdes, type Serdes } from '../serdes.ts';
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
      const error = new InvokeError(stored.ErrorMessage, causeFromErrorObject(stored), stored.ErrorData);
      if (stored.StackTrace) error.stackTrace = stored.StackTrace;
      throw error;
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
  const resultSerdes = config.resultSerdes ?? (context.settings.serdes as Serdes<O>);
  return childContext<string, O>(
    context,
    name,
    (child) => {
      const called = invoke<I, string>(child, name, functionId, input, { ...config, resultSerdes: passThroughSerdes });
      const timedOut = child.wait(undefined, timeout as NonNullable<typeof timeout>).then(() => {
        throw timeoutError(name, functionId, durationSeconds(timeout, 'timeout'));
      });
      return Promise.race([called.catch(rethrowRemote), timedOut]);
    },
    {
      subType: TIMED_SUBTYPE,
      // The text is recorded as it came, and read like that of any other invoke.
      serdes: passThroughSerdes,
      errorMapper: (error) => new InvokeError(error.message, error.cause, error.errorData),
    },
    { method: 'invoke', check, after: (call, text) => readable(fromPayload(call, resultSerdes, text)) },
  );
}

function timeoutError(name: string | undefined, functionId: string, seconds: number): Error {
  const error = new Error(
    `${operationLabel('invoke', name)}: ${functionId} did not answer within ${seconds} s. It may still be running: ` +
      'raise the timeout, or make what it does safe to repeat.',
  );
  error.name = 'InvokeTimeoutError';
  return error;
}

/** The context is recorded with the remote error, so that its type and stack are there on replay. */
function rethrowRemote(error: unknown): never {
  if (!(error instanceof InvokeError) || !(error.cause instanceof Error)) throw error;
  throw new RemoteError(error, error.cause.name);
}

class RemoteError extends DurableOperationError {
  readonly errorType: string;
  constructor({ message, errorData, stackTrace }: InvokeError, remoteType: string) {
    super(message, undefined, errorData);
    this.errorType = remoteType;
    if (stackTrace) this.stackTrace = stackTrace;
  }

  override toErrorObject(): ErrorObject {
    return limitErrorObject({ ...super.toErrorObject(), ...(this.stackTrace && { StackTrace: this.stackTrace }) });
  }
}

/** @throws InvokeError when a serdes fails */
async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new InvokeError((error as Error).message, error as Error);
  }
}
