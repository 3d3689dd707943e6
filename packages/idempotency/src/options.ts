import type { Backend } from '@middy-durable/core';
import { MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import type { AskStatus } from './claims/owner-status.ts';
import type { OutputSerializer } from './claims/result-codec.ts';
import type { ConfigLike } from './config/idempotency-config.ts';
import type { FencedPersistenceLayer } from './persistence/fenced-persistence-layer.ts';
import type { PowertoolsLayer } from './powertools/powertools-layer.ts';

/**
 * What a duplicate gets:
 *  - `result`: the stored result; while the owner has none, an IdempotencyAlreadyInProgressError that names it;
 *  - `reject`: always an error that names the owner, also when there is a result;
 *  - `wait`: the stored result, waiting until there is one. In an execution it waits durably: nothing runs meanwhile.
 */
export type ConflictPolicy = 'result' | 'reject' | 'wait';

/**
 * What becomes of the key when its owner fails:
 *  - `release`: the next one may try;
 *  - `keep`: nobody may until the record expires, for effects of which a failure does not say whether they happened;
 *  - `store`: as `keep`, and duplicates get the same error.
 */
export type ErrorPolicy = 'release' | 'keep' | 'store';

/** What every idempotent thing can be told. `undefined` means the default. */
export interface IdempotencyOptions {
  /** Where the records are: a fenced layer, or one of Powertools where its guarantees suffice. */
  persistenceStore: FencedPersistenceLayer | PowertoolsLayer;
  /** An `IdempotencyConfig` of ours or of Powertools, or its options. Default: every option's default. */
  config?: ConfigLike | undefined;
  /** Default: the name of the Lambda function, and none for a `key` of your own. */
  keyPrefix?: string | undefined;
  /** Default: `wait` in executions, `result` outside. */
  onConflict?: ConflictPolicy | undefined;
  /** Default `release`. */
  onError?: ErrorPolicy | undefined;
  /** How results are written and read. Default: JSON. */
  outputSerializer?: OutputSerializer | undefined;
  /**
   * Seconds after its start when an execution has surely ended, so that its claims may run out: at least what the function's
   * own execution timeout is. Default: 366 days, the longest there is.
   */
  executionTimeout?: number | undefined;
  /** Tells whether the execution that holds a key has ended. Default: who keeps it is asked. */
  ownerStatus?: AskStatus | undefined;
  /** Keeps executions that hold keys, for callers that do not run in it. Default: the backend of the execution that asks. */
  backend?: Backend | undefined;
}

/** Refuses options that can't be right. @throws TypeError or RangeError */
export function checkIdempotencyOptions(options: IdempotencyOptions | undefined, method: string): IdempotencyOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${method}: options are needed, persistenceStore among them`);
  }
  const { onConflict, onError, keyPrefix, outputSerializer, executionTimeout, ownerStatus, backend } = options;
  oneOf(method, 'onConflict', onConflict, ['result', 'reject', 'wait']);
  oneOf(method, 'onError', onError, ['release', 'keep', 'store']);
  if (keyPrefix !== undefined && (typeof keyPrefix !== 'string' || keyPrefix.trim() === '')) {
    throw new TypeError(`${method}: option keyPrefix must be a text that is not empty`);
  }
  const { serialize, deserialize } = outputSerializer ?? { serialize: Object, deserialize: Object };
  if (typeof serialize !== 'function' || typeof deserialize !== 'function') {
    throw new TypeError(`${method}: option outputSerializer must have the functions serialize and deserialize`);
  }
  if (
    executionTimeout !== undefined &&
    !(Number.isInteger(executionTimeout) && executionTimeout > 0 && executionTimeout <= MAX_DURATION_SECONDS)
  ) {
    throw new RangeError(
      `${method}: option executionTimeout must be whole seconds, 1 to ${MAX_DURATION_SECONDS}; got ${executionTimeout}`,
    );
  }
  if (ownerStatus !== undefined && typeof ownerStatus !== 'function') {
    throw new TypeError(`${method}: option ownerStatus must be a function`);
  }
  if (backend !== undefined && typeof backend?.executions?.get !== 'function') {
    throw new TypeError(`${method}: option backend must be a backend, such as dynamoDBBackend({ tableName })`);
  }
  return options;
}

function oneOf(method: string, option: string, value: unknown, values: readonly string[]): void {
  if (value === undefined || values.includes(value as string)) return;
  throw new TypeError(`${method}: option ${option} must be one of ${values.join(', ')}; got ${String(value)}`);
}

/** When an execution that began at `startedAt` has surely ended. Epoch milliseconds. */
export function deadlineOf(startedAt: number, { executionTimeout }: IdempotencyOptions): number {
  return startedAt + (executionTimeout ?? MAX_DURATION_SECONDS) * 1000;
}
