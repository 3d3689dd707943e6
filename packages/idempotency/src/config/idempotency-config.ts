import { getHashes } from 'node:crypto';
import { search } from '@aws-lambda-powertools/jmespath';
import { PowertoolsFunctions } from '@aws-lambda-powertools/jmespath/functions';
import type { JMESPathParsingOptions } from '@aws-lambda-powertools/jmespath/types';
import type { RecordFormat } from '../persistence/record.ts';
import type { IdempotencyRecord } from './idempotency-record.ts';

/** Functions of JMESPath: an instance of `PowertoolsFunctions`, or of a class that extends it. */
export type Functions = NonNullable<JMESPathParsingOptions['customFunctions']>;

/** What is used of a Lambda context. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Looks at, and may replace, a stored result before a duplicate gets it. A promise is waited for; what it throws is thrown. */
export type ResponseHook = (response: never, record: IdempotencyRecord) => unknown;

/** Options of {@link IdempotencyConfig}: those of Powertools, by its TypeScript names. `undefined` means the default. */
export interface IdempotencyConfigOptions {
  /** JMESPath of the key in the payload, with Powertools' functions. Default `''`: the whole payload. */
  eventKeyJmesPath?: string | undefined;
  /** JMESPath of what must be the same whenever the key is. Default: nothing is compared. */
  payloadValidationJmesPath?: string | undefined;
  /** Functions for both expressions. Default: `new PowertoolsFunctions()`; extend that for functions of your own. */
  jmesPathOptions?: Functions | undefined;
  /** A payload without a key throws. Default false: it runs without idempotency, with a warning. */
  throwOnNoIdempotencyKey?: boolean | undefined;
  /** How long a result is kept. Seconds, default 3600. */
  expiresAfterSeconds?: number | undefined;
  /** Keeps results in memory, too. Default false. */
  useLocalCache?: boolean | undefined;
  /** Most results in memory; the one not used for the longest time goes first. Default 1000. */
  maxLocalCacheSize?: number | undefined;
  /** Any of `crypto.getHashes()`. Default `md5`, as Powertools. */
  hashFunction?: string | undefined;
  /** Says how long the invocation may still take. Default: the context among the arguments, or the durable one around. */
  lambdaContext?: RemainingTime | undefined;
  /** Before a duplicate gets a stored result; never for whoever made it. Default: none. */
  responseHook?: ResponseHook | undefined;
  /**
   * How keys are made, and results written: so that records which the other Powertools wrote count, and it reads ours.
   * Default `powertools-typescript`.
   */
  keyFormat?: RecordFormat | undefined;
}

const SECONDS_PER_YEAR = 31_622_400;

/**
 * What the key of a payload is, and how long its record counts. The same object may be shared: nothing is written to it but by
 * `registerLambdaContext`.
 *
 * `POWERTOOLS_IDEMPOTENCY_DISABLED` (true, 1, yes, on, y), read when it is made, switches idempotency off.
 *
 * @throws TypeError or RangeError for an option that can't be right, a JMESPath that does not parse among them
 * @example
 * const config = new IdempotencyConfig({ eventKeyJmesPath: 'powertools_json(body).orderId', expiresAfterSeconds: 86_400 });
 */
export class IdempotencyConfig {
  readonly eventKeyJmesPath: string;
  readonly payloadValidationJmesPath: string | undefined;
  /** In the shape of the search function's options. */
  readonly jmesPathOptions: { readonly customFunctions: Functions };
  readonly throwOnNoIdempotencyKey: boolean;
  readonly expiresAfterSeconds: number;
  readonly useLocalCache: boolean;
  readonly maxLocalCacheSize: number;
  readonly hashFunction: string;
  readonly responseHook: ResponseHook | undefined;
  readonly keyFormat: RecordFormat;
  /** @see IdempotencyConfig.registerLambdaContext */
  lambdaContext: RemainingTime | undefined;
  readonly #enabled: boolean;

  constructor(options: IdempotencyConfigOptions = {}) {
    this.eventKeyJmesPath = text(options.eventKeyJmesPath ?? '', 'eventKeyJmesPath');
    // As with Powertools for Python, an empty path validates nothing.
    const validation = text(options.payloadValidationJmesPath ?? '', 'payloadValidationJmesPath');
    this.payloadValidationJmesPath = validation === '' ? undefined : validation;
    this.jmesPathOptions = { customFunctions: functionsOf(options.jmesPathOptions) };
    this.throwOnNoIdempotencyKey = flag(options.throwOnNoIdempotencyKey, 'throwOnNoIdempotencyKey');
    this.expiresAfterSeconds = count(
      options.expiresAfterSeconds ?? 3600,
      'expiresAfterSeconds',
      100 * SECONDS_PER_YEAR,
    );
    this.useLocalCache = flag(options.useLocalCache, 'useLocalCache');
    this.maxLocalCacheSize = count(options.maxLocalCacheSize ?? 1000, 'maxLocalCacheSize', Number.MAX_SAFE_INTEGER);
    this.hashFunction = hashOf(options.hashFunction ?? 'md5');
    this.responseHook = options.responseHook;
    this.keyFormat = options.keyFormat ?? 'powertools-typescript';
    if (this.responseHook !== undefined && typeof this.responseHook !== 'function') {
      throw new TypeError('IdempotencyConfig: option responseHook must be a function');
    }
    if (!['powertools-typescript', 'powertools-python'].includes(this.keyFormat)) {
      throw new TypeError("IdempotencyConfig: option keyFormat must be 'powertools-typescript' or 'powertools-python'");
    }
    this.lambdaContext = options.lambdaContext;
    for (const path of [this.eventKeyJmesPath, this.payloadValidationJmesPath]) if (path) this.#checkPath(path);
    this.#enabled = !isDisabled(process.env.POWERTOOLS_IDEMPOTENCY_DISABLED);
  }

  /** False where the environment switches idempotency off. */
  isEnabled(): boolean {
    return this.#enabled;
  }

  /**
   * Says how long the invocation may still take, for functions that get no context among their arguments. Shared by all calls
   * that use this object: pass the context as an argument where invocations overlap.
   */
  registerLambdaContext(context: RemainingTime): void {
    this.lambdaContext = context;
  }

  #checkPath(path: string): void {
    try {
      search(path, {}, this.jmesPathOptions);
    } catch (error) {
      if (isFunctionFailure(error)) return;
      throw new TypeError(`IdempotencyConfig: "${path}" is no JMESPath: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** What idempotent functions take as `config`: one of ours or of Powertools, or options. */
export type ConfigLike = IdempotencyConfig | IdempotencyConfigOptions | PowertoolsConfigLike;

/** The public members of an `IdempotencyConfig` of Powertools. */
export interface PowertoolsConfigLike
  extends Omit<IdempotencyConfigOptions, 'jmesPathOptions' | 'keyFormat' | 'responseHook'> {
  jmesPathOptions: { readonly customFunctions?: Functions | undefined };
  responseHook?: ((...args: never[]) => unknown) | undefined;
  isEnabled(): boolean;
}

/** The config behind what was passed. One of Powertools is read at every call: its Lambda context may be registered later. */
export function configOf(config: ConfigLike | undefined): IdempotencyConfig {
  if (config instanceof IdempotencyConfig) return config;
  if (config !== undefined && (typeof config !== 'object' || config === null)) {
    throw new TypeError('Option config must be an IdempotencyConfig, or its options');
  }
  if (!isPowertoolsConfig(config)) return new IdempotencyConfig(config);
  const { jmesPathOptions, ...rest } = config;
  const own = new IdempotencyConfig({
    ...(rest as IdempotencyConfigOptions),
    jmesPathOptions: jmesPathOptions?.customFunctions,
  });
  const enabled = config.isEnabled();
  Object.defineProperties(own, {
    lambdaContext: { get: () => config.lambdaContext },
    isEnabled: { value: () => enabled },
  });
  return own;
}

function isPowertoolsConfig(config: ConfigLike | undefined): config is PowertoolsConfigLike {
  return typeof (config as Partial<PowertoolsConfigLike> | undefined)?.isEnabled === 'function';
}

function text(value: unknown, option: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`IdempotencyConfig: option ${option} must be a JMESPath expression, a string`);
}

function flag(value: unknown, option: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new TypeError(`IdempotencyConfig: option ${option} must be true or false`);
}

function count(value: number, option: string, most: number): number {
  if (typeof value === 'number' && value > 0 && value <= most) return value;
  throw new RangeError(`IdempotencyConfig: option ${option} must be a number above 0, at most ${most}; got ${value}`);
}

function hashOf(name: string): string {
  if (typeof name === 'string' && getHashes().includes(name)) return name;
  throw new TypeError(`IdempotencyConfig: option hashFunction must be one of crypto.getHashes(); got ${String(name)}`);
}

function functionsOf(functions: Functions | undefined): Functions {
  if (functions === undefined) return new PowertoolsFunctions();
  if (typeof functions === 'object' && functions !== null && 'methods' in functions) return functions;
  throw new TypeError(
    'IdempotencyConfig: option jmesPathOptions must be an instance of PowertoolsFunctions or of a class that extends it',
  );
}

/**
 * Errors of a custom function itself, and that a function got a null (JMESPathTypeError), are the empty payload's fault; those
 * of the parser, which are the expression's, have names.
 */
function isFunctionFailure(error: unknown): boolean {
  const { name } = error as Error;
  const ofExpression = [
    'LexerError',
    'ParseError',
    'EmptyExpressionError',
    'IncompleteExpressionError',
    'UnknownFunctionError',
    'ArityError',
    'VariadicArityError',
    'JMESPathError',
  ];
  return !ofExpression.includes(name);
}

/** The words that Powertools takes for true. */
function isDisabled(variable: string | undefined): boolean {
  return ['true', '1', 'yes', 'on', 'y'].includes(variable?.trim().toLowerCase() ?? '');
}
