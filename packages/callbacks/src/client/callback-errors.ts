import type { CallbackClosedReason } from '@middy-durable/protocol';
import { fingerprint } from '../fingerprint.ts';

/**
 * A callback could not be completed. Messages name the callback by a fingerprint: its id is a secret.
 * @example
 * await client.sendSuccess(id, result).catch((error) => {
 *   if (!(error instanceof CallbackClosedError)) throw error; // too late: nothing left to do
 * });
 */
export class CallbackClientError extends Error {
  /** First digits of a hash of the callback's id: the same in every message about it. */
  readonly callback: string;

  constructor(callbackId: unknown, message: string, options?: ErrorOptions) {
    const callback = fingerprint(String(callbackId));
    super(`Callback ${callback}: ${message}`, options);
    this.name = new.target.name;
    this.callback = callback;
  }
}

/** There is no such callback: the id is wrong or incomplete, or its execution is not kept any more. Sending again won't help. */
export class UnknownCallbackError extends CallbackClientError {
  constructor(callbackId: unknown, options?: ErrorOptions) {
    super(
      callbackId,
      'it does not exist. Check that its id is complete and unchanged, and that it belongs to this account, table or file; ' +
        'executions that ended long ago are deleted.',
      options,
    );
  }
}

/** The callback takes no completion any more. Sending again won't help. */
export class CallbackClosedError extends CallbackClientError {
  /** `undefined` where it can't be known: on the Lambda service, without the execution's ARN or the right to read its history. */
  readonly reason: CallbackClosedReason | undefined;

  constructor(
    callbackId: unknown,
    reason: CallbackClosedReason | undefined,
    message: string = CLOSED[reason ?? 'UNKNOWN'],
    options?: ErrorOptions,
  ) {
    super(callbackId, message, options);
    this.reason = reason;
  }
}

/** Somebody else has completed the callback, or the same sender in another way. */
export class CallbackAlreadyCompletedError extends CallbackClosedError {
  constructor(callbackId: unknown, options?: ErrorOptions) {
    super(callbackId, 'COMPLETED', undefined, options);
  }
}

/** Nobody completed the callback in its time, or its heartbeat stopped. */
export class CallbackTimedOutError extends CallbackClosedError {
  constructor(callbackId: unknown, options?: ErrorOptions) {
    super(callbackId, 'TIMED_OUT', undefined, options);
  }
}

/** What was sent can never be accepted: it is too large, or is no JSON. */
export class CallbackRefusedError extends CallbackClientError {}

/** It is not known whether the completion arrived: send it again. A repeat does no harm. */
export class CallbackNotSentError extends CallbackClientError {}

const CLOSED: Record<CallbackClosedReason | 'UNKNOWN', string> = {
  COMPLETED: 'it is completed already; the first completion stands.',
  TIMED_OUT: 'it has timed out. Give waitForCallback a longer timeout, or send heartbeats where one is asked for.',
  EXECUTION_ENDED: 'its execution has ended, so nobody waits for it.',
  UNKNOWN:
    'it has timed out or is completed already, perhaps by this very completion. Pass durableExecutionArn, and allow ' +
    'lambda:GetDurableExecutionHistory, to have that looked up.',
};
