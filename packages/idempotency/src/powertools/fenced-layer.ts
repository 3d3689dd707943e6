import type { IdempotencyConfig } from '../config/idempotency-config.ts';
import { IdempotencyPromiseError } from '../errors.ts';
import type { ErrorPolicy } from '../options.ts';
import { FencedPersistenceLayer } from '../persistence/fenced-persistence-layer.ts';
import { PowertoolsStore } from './powertools-store.ts';

/**
 * The layer behind what was passed as `persistenceStore`.
 * @param needs the promise that a layer of Powertools can't keep here; undefined where it is enough
 */
export function fencedLayer(
  store: unknown,
  config: IdempotencyConfig,
  method: string,
  needs: string | undefined,
  onError: ErrorPolicy | undefined,
): FencedPersistenceLayer {
  if (isFenced(store)) return store;
  if (!hasMethods(store, ['_putRecord', '_getRecord', '_updateRecord', '_deleteRecord'])) {
    throw new TypeError(
      `${method}: option persistenceStore must be a persistence layer, such as new DynamoDBPersistenceLayer({ tableName }) of ` +
        '@middy-durable/idempotency/dynamodb',
    );
  }
  const name = (store as object).constructor.name;
  if (onError !== undefined && onError !== 'release') {
    throw new IdempotencyPromiseError(
      `${method}: ${name} is a layer of Powertools, whose records have no state for a failure, so this promise is lost: with ` +
        `onError: '${onError}' a failed call keeps its key. Use DynamoDBPersistenceLayer of @middy-durable/idempotency/dynamodb ` +
        'on the same table.',
    );
  }
  if (needs !== undefined) {
    throw new IdempotencyPromiseError(
      `${method}: ${name} is a layer of Powertools, whose records have no owner, so this promise is lost: ${needs}. Use ` +
        'DynamoDBPersistenceLayer of @middy-durable/idempotency/dynamodb on the same table, which needs no change.',
    );
  }
  if (config.payloadValidationJmesPath !== undefined && isCacheLayer(store)) {
    throw new IdempotencyPromiseError(
      `${method}: ${name} loses the hash of the payload when the result is stored, so this promise is lost: the same key with ` +
        'the same payload gets the stored result. Leave payloadValidationJmesPath away, or keep the records in DynamoDB.',
    );
  }
  configure(store as ConfigurableLayer, config, method, name);
  return new PowertoolsStore(store as never);
}

/** Also of another copy of this package. */
export function isFenced(store: unknown): store is FencedPersistenceLayer {
  return store instanceof FencedPersistenceLayer || hasMethods(store, ['put', 'get', 'delete', 'checkKey']);
}

interface ConfigurableLayer {
  configure?: (options: { config: object }) => void;
  isPayloadValidationEnabled?: () => boolean;
}

/** Their layers write the hash of a payload only where their own config, the first one that they get, compares it. */
function configure(layer: ConfigurableLayer, config: IdempotencyConfig, method: string, name: string): void {
  // Results are cached here.
  layer.configure?.({ config: { ...config, useLocalCache: false } });
  const compares = config.payloadValidationJmesPath !== undefined;
  if (layer.isPayloadValidationEnabled?.() === !compares) {
    throw new IdempotencyPromiseError(
      `${method}: this ${name} is configured already, and ${compares ? 'does not compare payloads' : 'compares payloads'}, so this ` +
        'promise is lost: the same key with another payload is an error, and with the same payload it is none. Use a layer of ' +
        'its own.',
    );
  }
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

/** Of Powertools, or one that extends it. */
function isCacheLayer(store: unknown): boolean {
  for (let link: unknown = store; link !== null; link = Object.getPrototypeOf(link)) {
    if (Object.hasOwn(link as object, 'constructor') && (link as object).constructor.name === 'CachePersistenceLayer') {
      return true;
    }
  }
  return false;
}
