import { search } from '@aws-lambda-powertools/jmespath';
import type { IdempotencyConfig } from '../config/idempotency-config.ts';
import { IdempotencyKeyError } from '../errors.ts';
import { isMissingKey } from './missing-key.ts';
import { pythonHash } from './powertools-python.ts';
import { typescriptHash } from './powertools-typescript.ts';
import { snapshotOf } from './snapshot.ts';

/** What is known of a call before its store is asked. */
export interface RecordKey {
  key: string;
  /** Undefined where nothing is compared. */
  payloadHash: string | undefined;
}

/** Parts of a key that do not come from the payload. */
export interface KeyScope {
  /** Default: the name of the Lambda function. */
  keyPrefix?: string | undefined;
  /** Of the function whose calls these are: the second part of the prefix. */
  functionName?: string | undefined;
}

/**
 * The key of a payload, or `undefined` where there is none and the call is to run without idempotency.
 * @param explicit the key itself, where the caller gives it: no hash, and no name of a function in it
 * @throws IdempotencyKeyError
 */
export function recordKey(
  config: IdempotencyConfig,
  scope: KeyScope,
  payload: unknown,
  explicit?: unknown,
): RecordKey | undefined {
  const { payloadValidationJmesPath: validation } = config;
  if (explicit !== undefined) {
    const snapshot = validation === undefined ? undefined : snapshotOf(payload);
    return { key: explicitKey(scope, explicit), payloadHash: validation && hashed(config, validation, snapshot) };
  }
  const snapshot = snapshotOf(payload);
  const selected = config.eventKeyJmesPath ? find(config, config.eventKeyJmesPath, snapshot) : snapshot;
  if (isMissingKey(selected)) {
    const where = config.eventKeyJmesPath ? `JMESPath ${config.eventKeyJmesPath}` : 'the payload';
    if (config.throwOnNoIdempotencyKey) {
      throw new IdempotencyKeyError(`There is nothing to make a key of at ${where}: the payload lacks it.`);
    }
    console.warn(
      `No value found for idempotency_key. jmespath: ${config.eventKeyJmesPath}. It runs without idempotency.`,
    );
    return undefined;
  }
  return {
    key: `${prefixOf(config, scope)}#${hash(config, selected)}`,
    payloadHash: validation && hashed(config, validation, snapshot),
  };
}

function explicitKey({ keyPrefix }: KeyScope, explicit: unknown): string {
  if (typeof explicit !== 'string' || explicit === '') {
    throw new IdempotencyKeyError(`Option key must be, or give, a text that is not empty; got ${typeof explicit}.`);
  }
  return keyPrefix ? `${keyPrefix}#${explicit}` : explicit;
}

function prefixOf({ keyFormat }: IdempotencyConfig, { keyPrefix, functionName }: KeyScope): string {
  if (keyPrefix) return keyPrefix;
  const lambda = process.env.AWS_LAMBDA_FUNCTION_NAME;
  if (keyFormat === 'powertools-python') return `${lambda ?? 'test-func'}.${functionName ?? ''}`;
  return functionName ? `${lambda ?? ''}.${functionName}` : (lambda ?? '');
}

function hashed(config: IdempotencyConfig, path: string, snapshot: unknown): string {
  return hash(config, find(config, path, snapshot));
}

function hash({ keyFormat, hashFunction }: IdempotencyConfig, value: unknown): string {
  // JMESPath gives null for what is not there.
  const make = keyFormat === 'powertools-python' ? pythonHash : typescriptHash;
  return make(value ?? null, hashFunction);
}

function find({ jmesPathOptions }: IdempotencyConfig, path: string, snapshot: unknown): unknown {
  try {
    return search(path, snapshot as never, jmesPathOptions);
  } catch (error) {
    throw new IdempotencyKeyError(`JMESPath ${path} can't be applied to this payload: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
