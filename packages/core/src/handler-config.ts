import {
  type Backend,
  MAX_CODE_VERSION_LENGTH,
  NAME_PATTERN,
  type OrdinaryEventOptions,
} from '@middy-durable/protocol';
import { describeValue } from './describe-value.ts';
import type { ExecutionGuard } from './execution-guard.ts';
import type { LambdaClientLike } from './lambda/aws-sdk.ts';
import type { DurableInstrumentationPlugin } from './plugins/types.ts';
import type { DurableExecutionClient } from './transport.ts';
import { checkOptions, type OptionKind } from './validation.ts';

/**
 * Options of {@link withDurableExecution} and {@link durableExecution}. Times are milliseconds; `undefined` means the
 * default. Those of {@link OrdinaryEventOptions} need a `backend`: without one there are no ordinary events.
 */
export interface DurableExecutionConfig extends OrdinaryEventOptions {
  /** The transport to where the execution is kept. Not together with `backend`. */
  durableExecutionClient?: DurableExecutionClient | undefined;
  /**
   * Where executions are kept: `dynamoDBBackend()`, `localBackend()`, `memoryBackend()`. Not together with
   * `durableExecutionClient`. Default: the Lambda service, of which the function must be a durable one.
   */
  backend?: Backend | undefined;
  /** The `LambdaClient` for the Lambda service. Not together with the others. Default: see {@link lambdaTransport}. */
  client?: LambdaClientLike | undefined;
  /**
   * How long the start of a step may be held back so that it travels with the step's result in one request. 0 sends it at
   * once. Default 10.
   */
  holdStart?: number | undefined;
  /** How long code outside steps may work unseen (crypto, zlib) before an execution that waits is suspended. Default 100. */
  quietGrace?: number | undefined;
  /** How long visible work outside steps (timers, sockets) keeps an execution that waits from being suspended. Default 10,000. */
  plainWorkLimit?: number | undefined;
  /**
   * What a middleware's `onError` means that answers an error (http-error-handler). `fail`: the execution fails with the
   * error; the caller of an ordinary event still gets the answer, now and when it asks again. `succeed`: the answer is the
   * execution's result. Default `fail`.
   */
  recoveredErrors?: 'fail' | 'succeed' | undefined;
  /**
   * What tells this code from other versions of it (1 to 128 printable ASCII characters): the commit that it was built from. By
   * it a backend of this project tells code that was changed and does not fit an execution in flight, which then waits for
   * code that fits, from code that is not deterministic, which fails. Default: in Lambda a hash of the function's files without
   * `node_modules`; elsewhere none, and code that does not fit fails the execution. Not used on the Lambda service.
   */
  codeVersion?: string | undefined;
  /**
   * Asked before the handler and its middlewares run: `idempotentExecution(...)` of `@middy-durable/idempotency`. With middy's
   * execution mode it may also be a middleware, which sees the event as the ones before it left it. Default: none.
   */
  idempotency?: ExecutionGuard | undefined;
  /** Watch what happens, in this order; those that `DURABLE_EXECUTION_PLUGINS` names come after. Default: none. */
  plugins?: DurableInstrumentationPlugin[] | undefined;
  pluginsConfig?:
    | {
        /**
         * Levels of child contexts whose operations stay in the state after they ended, for observation: a whole number or
         * `Infinity`. Their bodies run again on replay. Default 0.
         */
        childOperationsDepth?: number | undefined;
      }
    | undefined;
}

const ORDINARY = {
  fingerprint: 'function',
  input: 'function',
  onRedelivery: ['resume', 'stored'],
  pendingResponse: 'function',
  mode: ['durable', 'observe'],
  executionTimeout: 'number',
} as const satisfies Partial<Record<keyof OrdinaryEventOptions, OptionKind>>;

const OPTIONS: Readonly<Record<string, OptionKind>> = {
  ...ORDINARY,
  durableExecutionClient: 'object',
  backend: 'object',
  client: 'object',
  holdStart: 'number',
  quietGrace: 'number',
  plainWorkLimit: 'number',
  recoveredErrors: ['fail', 'succeed'],
  codeVersion: 'string',
  idempotency: 'object',
  plugins: 'object',
  pluginsConfig: 'object',
};

/** Refuses options that can't be right. `method` is the function that they were passed to. */
export function checkConfig(config: DurableExecutionConfig | undefined, method: string): void {
  checkOptions(config, OPTIONS, method);
  const { backend, durableExecutionClient, client, executionName, executionTimeout } = config ?? {};
  const places = Object.entries({ backend, durableExecutionClient, client }).filter(([, place]) => place);
  if (places.length > 1) {
    throw new TypeError(`${method}: pass only one of ${places.map(([option]) => option).join(' and ')}`);
  }
  checkMethods(client, ['send'], 'a LambdaClient of @aws-sdk/client-lambda', `${method}: option client`);
  checkMethods(backend, ['open'], 'localBackend()', `${method}: option backend`);
  const transport = `${method}: option durableExecutionClient`;
  checkMethods(durableExecutionClient, ['checkpoint', 'getExecutionState'], 'a transport', transport);
  if (executionName != null && typeof executionName !== 'function' && typeof executionName !== 'string') {
    throw new TypeError(`${method}: option executionName must be a function of the event or a JMESPath expression`);
  }
  const ordinary = ['executionName', ...Object.keys(ORDINARY)].find((name) => config?.[name as never] != null);
  if (ordinary && !backend) {
    throw new TypeError(
      `${method}: option ${ordinary} is for ordinary events, which need a backend: pass backend too, for example ` +
        'dynamoDBBackend({ tableName })',
    );
  }
  if (executionTimeout != null && !(Number.isInteger(executionTimeout) && executionTimeout > 0)) {
    throw new RangeError(
      `${method}: option executionTimeout must be whole seconds, 1 or more; got ${executionTimeout}`,
    );
  }
  checkMethods(
    config?.idempotency,
    ['enter'],
    'what idempotentExecution(...) returns',
    `${method}: option idempotency`,
  );
  checkCodeVersion(config?.codeVersion, method);
  checkTimes(config, method);
}

function checkCodeVersion(version: string | null | undefined, method: string): void {
  if (version == null || (version.length <= MAX_CODE_VERSION_LENGTH && NAME_PATTERN.test(version))) return;
  throw new RangeError(
    `${method}: option codeVersion must be 1 to ${MAX_CODE_VERSION_LENGTH} printable ASCII characters; got ${describeValue(version)}`,
  );
}

function checkTimes(config: DurableExecutionConfig | undefined, method: string): void {
  const { holdStart, quietGrace, plainWorkLimit } = config ?? {};
  for (const [option, ms] of Object.entries({ holdStart, quietGrace, plainWorkLimit })) {
    if (ms == null || (ms >= 0 && (ms < Number.POSITIVE_INFINITY || option !== 'holdStart'))) continue;
    throw new RangeError(`${method}: option ${option} must be milliseconds, 0 or more; got ${ms}`);
  }
}

function checkMethods(value: object | null | undefined, methods: string[], example: string, what: string): void {
  if (value == null) return;
  const missing = methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  if (missing.length === 0) return;
  throw new TypeError(`${what} has no function ${missing.join(' and ')}; pass ${example}`);
}
