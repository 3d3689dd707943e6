import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LambdaClientLike, lambdaCallbacks } from '@middy-durable/core';
import {
  type Backend,
  type CallbackOperations,
  type CompletionOptions,
  MAX_ERROR_BYTES,
  MAX_OPERATION_PAYLOAD_BYTES,
} from '@middy-durable/protocol';
import { CallbackNotSentError, CallbackRefusedError, UnknownCallbackError } from './callback-errors.ts';
import { isCallbackId } from './callback-id.ts';
import { classifyRefusal } from './classify-refusal.ts';
import { errorObjectOf } from './failure.ts';

/** Where the callbacks' executions are kept: a backend, or the Lambda service (the default). */
export interface CallbackClientOptions {
  /** The backend of the functions whose callbacks are completed. */
  backend?: Pick<Backend, 'callbacks'> | undefined;
  /** A `LambdaClient` of `@aws-sdk/client-lambda`. Default: one for the environment's region and credentials. */
  lambda?: LambdaClientLike | undefined;
  /**
   * How often a request is sent at most, 1 or more. Default: 4 for a backend, 1 for the Lambda service, whose own client sends a
   * request up to 5 times.
   */
  attempts?: number | undefined;
  /** Makes the text that is recorded of a result. Default: JSON. */
  serialize?: ((result: unknown) => string | undefined) | undefined;
  /** Waits between attempts. Default: the process does. */
  pause?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

/** Completes callbacks from outside. The same on every backend. */
export interface CallbackClient {
  /**
   * Completes a callback with a result, as JSON. The same result again is no error, also when the execution has gone on: who does
   * not know whether it arrived sends it again. Anything else is, once the callback is completed.
   *
   * @throws UnknownCallbackError, CallbackAlreadyCompletedError, CallbackTimedOutError, another CallbackClosedError,
   *   CallbackRefusedError for what can't be recorded, CallbackNotSentError when nobody answered
   * @example await client.sendSuccess(callbackId, { approved: true });
   */
  sendSuccess(callbackId: string, result?: unknown, options?: CompletionOptions): Promise<void>;
  /**
   * Fails a callback: `waitForCallback` throws a `CallbackError`. `error` is an Error (its name and message are recorded, not its
   * stack), a text, or what the wire has (ErrorType, ErrorMessage, ErrorData). Repeats are as those of `sendSuccess`.
   *
   * @throws as `sendSuccess`
   * @example await client.sendFailure(callbackId, new Error('The card was declined.'));
   */
  sendFailure(callbackId: string, error?: unknown, options?: CompletionOptions): Promise<void>;
  /**
   * Says that somebody still works on it: begins the callback's heartbeat timeout anew.
   *
   * @throws as `sendSuccess`, once the callback is completed or timed out
   * @example await client.sendHeartbeat(callbackId);
   */
  sendHeartbeat(callbackId: string): Promise<void>;
}

const FIRST_PAUSE_MS = 100;

/**
 * A client that completes callbacks: of a backend, or of Lambda durable functions. Connections are opened at the first request.
 *
 * @throws TypeError or RangeError for an option that can't be right
 * @example
 * const client = callbackClient({ backend: dynamoDBBackend({ tableName }) }); // or callbackClient() for durable functions
 * await client.sendSuccess(callbackId, { approved: true });
 */
export function callbackClient(options: CallbackClientOptions = {}): CallbackClient {
  const { backend, lambda, attempts = backend ? 4 : 1, serialize = JSON.stringify, pause = sleep } = options;
  if (backend && lambda) throw new TypeError('callbackClient: pass a backend or a LambdaClient, not both');
  if (backend && typeof backend.callbacks?.succeed !== 'function') {
    throw new TypeError(
      'callbackClient: option backend has no callbacks; pass dynamoDBBackend(...) or localBackend(...)',
    );
  }
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new RangeError(`callbackClient: option attempts must be a whole number, 1 or more; got ${attempts}`);
  }
  const callbacks: CallbackOperations = backend?.callbacks ?? lambdaCallbacks({ client: lambda });

  const send = async (callbackId: string, request: () => Promise<void>): Promise<void> => {
    checkId(callbackId);
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (cause) {
        const refusal = classifyRefusal(callbackId, cause);
        if (attempt >= attempts || !(refusal instanceof CallbackNotSentError)) throw refusal;
        await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  };

  return {
    async sendSuccess(callbackId, result, completion) {
      const text = serialized(callbackId, serialize, result);
      checkSize(callbackId, text ?? '', MAX_OPERATION_PAYLOAD_BYTES, 'result');
      const named = { ...completion, writerId: completion?.writerId ?? contentWriter('SUCCEEDED', text) };
      await send(callbackId, () => callbacks.succeed(callbackId, text, named));
    },
    async sendFailure(callbackId, error, completion) {
      const object = errorObjectOf(error);
      const text = JSON.stringify(object);
      checkSize(callbackId, text, MAX_ERROR_BYTES, 'error');
      const named = { ...completion, writerId: completion?.writerId ?? contentWriter('FAILED', text) };
      await send(callbackId, () => callbacks.fail(callbackId, object, named));
    },
    sendHeartbeat: (callbackId) => send(callbackId, () => callbacks.heartbeat(callbackId)),
  };
}

/** Who says the same is the same: so a repeat is recognized by what it says. */
function contentWriter(status: string, text: string | undefined): string {
  const content = JSON.stringify([status, text ?? null]);
  return `content:${createHash('sha256').update(content).digest('base64url')}`;
}

function serialized(
  callbackId: string,
  serialize: (result: unknown) => string | undefined,
  result: unknown,
): string | undefined {
  if (result === undefined) return undefined;
  try {
    const text = serialize(result);
    if (text === undefined || typeof text === 'string') return text;
    throw new TypeError(`serialize gave a ${typeof text}, not a text`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CallbackRefusedError(callbackId, `the result can't be serialized: ${why}`, { cause });
  }
}

function checkId(callbackId: unknown): void {
  if (!isCallbackId(callbackId)) throw new UnknownCallbackError(callbackId);
}

function checkSize(callbackId: string, text: string, most: number, what: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return;
  throw new CallbackRefusedError(
    callbackId,
    `the ${what} has ${bytes} bytes, and at most ${most} can be recorded. Store it elsewhere and send where it is.`,
  );
}
