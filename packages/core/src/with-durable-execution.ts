import {
  type Backend,
  type DurableExecutionInvocationInput as Envelope,
  isDurableInvocation,
  type DurableExecutionClient as ProtocolClient,
  RUNTIME_KEY,
  type Runtime,
} from '@middy-durable/protocol';
import { checkpointFailure } from './classify-failure.ts';
import { DEFAULT_HOLD_MS } from './engine/checkpoint-pipeline.ts';
import { ContextSettings } from './engine/context-settings.ts';
import { type Ending, Invocation } from './engine/invocation.ts';
import { processRuntime } from './engine/process-runtime.ts';
import { runInvocation } from './engine/run-invocation.ts';
import { DEFAULT_SUSPENSION_TIMES } from './engine/suspension.ts';
import { CheckpointUnrecoverableExecutionError, toErrorObject } from './errors.ts';
import type { PartialLambdaContext } from './lambda-context.ts';
import type { DurableLogger } from './logging/types.ts';
import { loadPlugins } from './plugins/load-plugins.ts';
import type { DurableInstrumentationPlugin } from './plugins/types.ts';
import type {
  DurableExecutionClient,
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
} from './transport.ts';
import type { DurableExecutionHandler } from './types.ts';
import { checkFunction, checkOptions } from './validation.ts';

/** Options of {@link withDurableExecution}. Times are milliseconds; `undefined` means the default. */
export interface DurableExecutionConfig {
  /** The transport to where the execution is kept. Not together with `backend`. */
  durableExecutionClient?: DurableExecutionClient | undefined;
  /** Where executions are kept: `localBackend()`, `memoryBackend()`. Not together with `durableExecutionClient`. */
  backend?: Backend | undefined;
  /**
   * How long the start of a step may be held back so that it travels with the step's result in one request. 0 sends it at
   * once. Default 10.
   */
  holdStart?: number | undefined;
  /** How long code outside steps may work unseen (crypto, zlib) before an execution that waits is suspended. Default 100. */
  quietGrace?: number | undefined;
  /** How long visible work outside steps (timers, sockets) keeps an execution that waits from being suspended. Default 10,000. */
  plainWorkLimit?: number | undefined;
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

/** A Lambda handler whose invocations continue durable executions. */
export type DurableLambdaHandler = (
  event: DurableExecutionInvocationInput,
  context: PartialLambdaContext,
) => Promise<DurableExecutionInvocationOutput>;

const OPTIONS = {
  durableExecutionClient: 'object',
  backend: 'object',
  holdStart: 'number',
  quietGrace: 'number',
  plainWorkLimit: 'number',
  plugins: 'object',
  pluginsConfig: 'object',
} as const;
const METHOD = 'withDurableExecution';

/**
 * Makes a handler durable: its steps are recorded, its waits suspend it, and a later invocation goes on where it was.
 *
 * The returned handler takes the events of durable invocations. It rejects when only this invocation failed (a stale
 * token, a backend that can't be reached), which is tried again; everything else is in the answer.
 *
 * @throws TypeError or RangeError when an option can't be right, or two places are named to keep executions
 * @example
 * export const handler = withDurableExecution(
 *   async (order: Order, context: DurableContext) => {
 *     const payment = await context.step('pay', () => pay(order));
 *     await context.wait('cool-down', { seconds: 10 });
 *     return context.step('confirm', () => confirm(payment));
 *   },
 *   { backend: localBackend() },
 * );
 */
export function withDurableExecution<
  // biome-ignore lint/suspicious/noExplicitAny: an event without a type is usable as it is with the official SDK
  TEvent = any,
  TResult = unknown,
  TLogger extends DurableLogger = DurableLogger,
>(handler: DurableExecutionHandler<TEvent, TResult, TLogger>, config?: DurableExecutionConfig): DurableLambdaHandler {
  checkFunction(handler, METHOD, 'the handler');
  checkOptions(config, OPTIONS, METHOD);
  const { backend, durableExecutionClient, holdStart, quietGrace, plainWorkLimit } = config ?? {};
  if (backend && durableExecutionClient) {
    throw new TypeError(`${METHOD}: pass backend or durableExecutionClient, not both`);
  }
  checkMethods(backend, 'backend', ['open', 'close'], 'localBackend()');
  checkMethods(durableExecutionClient, 'durableExecutionClient', ['checkpoint', 'getExecutionState'], 'a transport');
  for (const [option, ms] of Object.entries({ holdStart, quietGrace, plainWorkLimit })) {
    if (ms == null || (ms >= 0 && (ms < Number.POSITIVE_INFINITY || option !== 'holdStart'))) continue;
    throw new RangeError(`${METHOD}: option ${option} must be milliseconds, 0 or more; got ${ms}`);
  }
  const times = {
    ...DEFAULT_SUSPENSION_TIMES,
    quietGrace: quietGrace ?? DEFAULT_SUSPENSION_TIMES.quietGrace,
    plainWorkLimit: plainWorkLimit ?? DEFAULT_SUSPENSION_TIMES.plainWorkLimit,
  };

  const { DURABLE_EXECUTION_PLUGINS: names } = process.env;
  const loading = names ? loadPlugins(names) : undefined;
  loading?.catch(() => {}); // Every invocation answers with it.

  return async (event, lambdaContext) => {
    // A client that travels inside the event comes from whoever drives the execution: a test runner, a conformance adapter.
    const injected = injectedClient(event);
    const opened = backend && !injected ? await backend.open(event, lambdaContext) : { run: event };
    if ('answer' in opened) return opened.answer as DurableExecutionInvocationOutput;
    // Types of what arrives are looser than what does: AWS clients declare members as absent that the service always sends.
    const envelope = opened.run as Envelope;
    const client = (injected ?? durableExecutionClient ?? backend?.client) as ProtocolClient | undefined;
    checkInvocation(envelope, client);
    let plugins = config?.plugins ?? [];
    try {
      if (loading) plugins = [...plugins, ...(await loading)];
    } catch (error) {
      return { Status: 'FAILED', Error: toErrorObject(error) };
    }
    const settings = new ContextSettings();
    const invocation: Invocation = new Invocation({
      envelope,
      lambdaContext,
      client,
      runtime: runtimeOf(event),
      holdMs: holdStart ?? DEFAULT_HOLD_MS,
      times,
      warn: (message) => settings.logger(invocation).warn(message),
      endingOf,
      plugins,
    });
    const output = await runInvocation(invocation, handler as DurableExecutionHandler<unknown, unknown>, {
      settings,
      childOperationsDepth: config?.pluginsConfig?.childOperationsDepth ?? 0,
    });
    return backend && !injected
      ? ((await backend.close(envelope, output)) as DurableExecutionInvocationOutput)
      : output;
  };
}

function checkMethods(value: object | null | undefined, option: string, methods: string[], example: string): void {
  if (value == null) return;
  const missing = methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  if (missing.length === 0) return;
  throw new TypeError(`${METHOD}: option ${option} has no function ${missing.join(' and ')}; pass ${example}`);
}

function checkInvocation(event: unknown, client: ProtocolClient | undefined): asserts client is ProtocolClient {
  if (!isDurableInvocation(event)) {
    throw new Error(
      'Unexpected payload provided to start the durable execution.\n' +
        'Check your resource configurations to confirm the durability is set. The event needs DurableExecutionArn and ' +
        'CheckpointToken: invoke the function through its durable backend.',
    );
  }
  if (typeof event.InitialExecutionState !== 'object' || event.InitialExecutionState === null) {
    throw new Error(
      `${METHOD}: the event of execution ${event.DurableExecutionArn} has no InitialExecutionState. Pass on the whole ` +
        'event with which the durable backend invoked the function.',
    );
  }
  if (!client) {
    throw new Error(
      `${METHOD}: nothing says where the execution is kept. Pass backend or durableExecutionClient, for example ` +
        'withDurableExecution(handler, { backend: localBackend() }).',
    );
  }
}

/** By its shape, not its class: whoever made it may have another copy of the class. */
function injectedClient(event: unknown): DurableExecutionClient | undefined {
  const client = (event as { durableExecutionClient?: Partial<DurableExecutionClient> } | null)?.durableExecutionClient;
  const usable = typeof client?.checkpoint === 'function' && typeof client.getExecutionState === 'function';
  return usable ? (client as DurableExecutionClient) : undefined;
}

function runtimeOf(event: unknown): Runtime {
  return (event as { [RUNTIME_KEY]?: Runtime })[RUNTIME_KEY] ?? processRuntime;
}

function endingOf(error: unknown): Ending {
  const failure = checkpointFailure(error);
  return failure instanceof CheckpointUnrecoverableExecutionError
    ? { kind: 'fail', error: failure }
    : { kind: 'throw', error: failure };
}
