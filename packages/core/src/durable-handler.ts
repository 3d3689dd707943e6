import {
  type DurableExecutionInvocationInput as Envelope,
  type InlineInvocation,
  isDurableInvocation,
  type DurableExecutionClient as ProtocolClient,
  RUNTIME_KEY,
  type Runtime,
} from '@middy-durable/protocol';
import { checkpointFailure } from './classify-failure.ts';
import { codeOfProcess } from './code-version.ts';
import { DEFAULT_HOLD_MS } from './engine/checkpoint-pipeline.ts';
import { ContextSettings } from './engine/context-settings.ts';
import { type Ending, type ExecutionHome, Invocation } from './engine/invocation.ts';
import { processRuntime } from './engine/process-runtime.ts';
import { type InvocationResult, runInvocation, type UserCode } from './engine/run-invocation.ts';
import { DEFAULT_SUSPENSION_TIMES } from './engine/suspension.ts';
import { CheckpointUnrecoverableExecutionError, toErrorObject } from './errors.ts';
import { guardedBy } from './execution-guard.ts';
import type { DurableExecutionConfig } from './handler-config.ts';
import { lambdaTransport } from './lambda/lambda-transport.ts';
import type { PartialLambdaContext } from './lambda-context.ts';
import { loadPlugins } from './plugins/load-plugins.ts';
import type { DurableInstrumentationPlugin } from './plugins/types.ts';
import { failingAsReported } from './reported-failure.ts';
import type { DurableExecutionClient } from './transport.ts';

/** The mark of handlers that are durable themselves, whichever copy of this package made them. */
const DURABLE_HANDLER = Symbol.for('@middy-durable/core/durable-handler');

/** Whether a Lambda handler is durable: what goes around it sees invocations, not executions. */
export function isDurableHandler(handler: unknown): boolean {
  return typeof handler === 'function' && DURABLE_HANDLER in handler;
}

/** Marks a handler as durable. */
export function asDurableHandler<Handler extends object>(handler: Handler): Handler {
  return Object.defineProperty(handler, DURABLE_HANDLER, { value: true });
}

/** A Lambda handler around user code: opens the invocation at its backend, runs it, and answers as its caller expects. */
export function durableHandler(
  userCode: UserCode,
  config: DurableExecutionConfig,
  method: string,
): (event: unknown, lambdaContext: PartialLambdaContext) => Promise<unknown> {
  const { backend } = config;
  const transport = config.durableExecutionClient ?? backend?.client ?? lambdaTransport({ client: config.client });
  const guarded = config.idempotency ? guardedBy(config.idempotency, userCode) : userCode;
  const code = backend ? failingAsReported(guarded) : guarded;
  const { DURABLE_EXECUTION_PLUGINS: names } = process.env;
  const loading = names ? loadPlugins(names) : undefined;
  loading?.catch(() => {}); // Every invocation answers with it.
  let codeVersion: Promise<string | undefined> | undefined;

  return asDurableHandler(async (event: unknown, lambdaContext: PartialLambdaContext) => {
    // A client that travels inside the event comes from whoever drives the execution: a test runner, a conformance adapter.
    const injected = injectedClient(event);
    const opened = backend && !injected ? await backend.open(event, lambdaContext, config) : { run: event as Envelope };
    if ('answer' in opened) return opened.answer;
    const { run: envelope, inline } = opened;
    const client = (injected ?? inline?.client ?? transport) as ProtocolClient;
    checkInvocation(envelope, method);
    let plugins = config.plugins ?? [];
    try {
      if (loading) plugins = [...plugins, ...(await loading)];
    } catch (error) {
      const result: InvocationResult = {
        output: { Status: 'FAILED', Error: toErrorObject(error) },
        outcome: undefined,
      };
      return inline ? answerOf(inline, result) : result.output;
    }
    // The files don't change while the process lives.
    if (client.tracksCode)
      codeVersion ??= config.codeVersion == null ? codeOfProcess() : Promise.resolve(config.codeVersion);
    const version = client.tracksCode ? await codeVersion : undefined;
    const home = injected || config.durableExecutionClient ? undefined : homeOf(config);
    const opening = { config, event, envelope, lambdaContext, client, home, plugins, inline, code: version };
    if (!inline) return (await runInvocation(...invocationFor(opening, code))).output;
    return answerOf(
      inline,
      await runInvocation(...invocationFor(opening, code)).catch(async (error: unknown) => {
        await inline.abandon(error);
        throw error;
      }),
    );
  });
}

interface Opened {
  config: DurableExecutionConfig;
  event: unknown;
  envelope: Envelope;
  lambdaContext: PartialLambdaContext;
  client: ProtocolClient;
  home: ExecutionHome | undefined;
  plugins: readonly DurableInstrumentationPlugin[];
  inline: InlineInvocation | undefined;
  code: string | undefined;
}

function invocationFor(opened: Opened, userCode: UserCode): Parameters<typeof runInvocation> {
  const { config, event, inline, ...rest } = opened;
  const settings = new ContextSettings();
  const invocation: Invocation = new Invocation({
    ...rest,
    runtime: runtimeOf(event),
    holdMs: config.holdStart ?? DEFAULT_HOLD_MS,
    times: {
      ...DEFAULT_SUSPENSION_TIMES,
      quietGrace: config.quietGrace ?? DEFAULT_SUSPENSION_TIMES.quietGrace,
      plainWorkLimit: config.plainWorkLimit ?? DEFAULT_SUSPENSION_TIMES.plainWorkLimit,
    },
    suspends: !(inline && config.mode === 'observe'),
    warn: (message) => settings.logger(invocation).warn(message),
    endingOf,
  });
  return [invocation, userCode, { settings, childOperationsDepth: config.pluginsConfig?.childOperationsDepth ?? 0 }];
}

/** What the caller of an ordinary event gets: what the handler itself gave, as from the function that it was. */
function answerOf(inline: InlineInvocation, { output, outcome }: InvocationResult): Promise<unknown> {
  if (outcome?.kind === 'return' && output.Status === 'SUCCEEDED')
    return inline.close(output, { value: outcome.result });
  if (outcome?.kind !== 'reject' || output.Status !== 'FAILED') return inline.close(output);
  return inline.close(output, outcome.answer ?? { error: outcome.error });
}

function homeOf({ backend, client }: DurableExecutionConfig): ExecutionHome {
  return backend ? { backend } : { lambda: client };
}

function checkInvocation(event: unknown, method: string): void {
  if (!isDurableInvocation(event)) {
    throw new Error(
      'Unexpected payload provided to start the durable execution.\n' +
        'Check your resource configurations to confirm the durability is set. The event needs DurableExecutionArn and ' +
        'CheckpointToken: invoke the function through its durable backend, or pass a backend, which takes ordinary events.',
    );
  }
  if (typeof event.InitialExecutionState !== 'object' || event.InitialExecutionState === null) {
    throw new Error(
      `${method}: the event of execution ${event.DurableExecutionArn} has no InitialExecutionState. Pass on the whole ` +
        'event with which the durable backend invoked the function.',
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
  return (event as { [RUNTIME_KEY]?: Runtime } | null)?.[RUNTIME_KEY] ?? processRuntime;
}

function endingOf(error: unknown): Ending {
  const failure = checkpointFailure(error);
  return failure instanceof CheckpointUnrecoverableExecutionError
    ? { kind: 'fail', error: failure }
    : { kind: 'throw', error: failure };
}
