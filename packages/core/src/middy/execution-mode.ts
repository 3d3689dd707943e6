import { asDurableHandler, durableHandler } from '../durable-handler.ts';
import type { Context } from '../engine/context.ts';
import type { UserCode, UserOutcome } from '../engine/run-invocation.ts';
import { checkConfig, type DurableExecutionConfig } from '../handler-config.ts';
import type { PartialLambdaContext } from '../lambda-context.ts';
import { checkFunction } from '../validation.ts';
import type { Hook, MiddyRequest } from './middy-types.ts';
import { EXECUTION_KEY, endBeforeTimeout, isThenable, recovered, whileLive, whileLiveHook } from './request-life.ts';
import { cleanUp } from './suspend-phase.ts';

/** What middy 7 takes as `executionMode`: its types say no more. */
export type DurableExecutionMode = () => void;

type Handler = (event: unknown, context: unknown, options: { readonly signal: AbortSignal }) => unknown;

/** What middy hands to an execution mode besides its hooks. */
interface MiddyCore {
  middyRequest(event: unknown, context: unknown): MiddyRequest;
  runRequest(
    request: MiddyRequest,
    before: Hook[],
    handler: Handler,
    after: Hook[],
    onError: Hook[],
    plugin: Plugin,
  ): Promise<unknown>;
}

/** Middy's options, with its defaults filled in. */
interface Plugin {
  timeoutEarly: boolean;
  timeoutEarlyInMillis: number;
  requestStart(request: MiddyRequest): unknown;
  requestEnd(request: MiddyRequest): unknown;
}

interface Hooks {
  before: Hook[];
  after: Hook[];
  onError: Hook[];
}

const METHOD = 'durableExecution';

/**
 * Middy 7's execution mode for durable executions. Middlewares see what they always see: a fresh event for each invocation,
 * an ordinary Lambda context that also is the durable context, and the handler's own result. When the execution suspends,
 * no `after` and no `onError` runs; Powertools' clean-up, `onSuspend` hooks and `requestEnd` do, and nothing of that request
 * runs later. An invocation that is about to run out of time throws, so that it is tried again; `timeoutEarlyResponse` is
 * only asked in `mode: 'observe'`.
 *
 * The handler's third argument has `signal`, aborted when the request is left behind.
 *
 * For the type of the handler's context name it once: in `middy(async (event: Order, context: DurableContext) => ..., {
 * executionMode: durableExecution() })`, or as `middy<Order, Receipt, Error, DurableContext>({ executionMode: ... })`.
 *
 * @throws TypeError or RangeError when an option can't be right, or two places are named to keep executions
 * @example
 * export const handler = middy(
 *   async (order: Order, context: DurableContext) => {
 *     const payment = await context.step('pay', () => pay(order));
 *     await context.wait('cool-down', { seconds: 10 });
 *     return context.step('confirm', () => confirm(payment));
 *   },
 *   { executionMode: durableExecution({ backend: localBackend() }) },
 * ).use(inputOutputLogger());
 */
export function durableExecution(config: DurableExecutionConfig = {}): DurableExecutionMode {
  checkConfig(config, METHOD);
  const mode = (
    core: MiddyCore,
    before: Hook[],
    setupHandler: Handler,
    after: Hook[],
    onError: Hook[],
    plugin: Plugin,
  ): DurableMiddy => {
    let handler = setupHandler;
    const hooks = { before, after, onError }; // Middy adds to these arrays with every `use`.
    const userCode: UserCode = (event, context) => runRequest(core, hooks, handler, plugin, event, context, config);
    const invoke = durableHandler(userCode, config, METHOD);
    const middy = asDurableHandler(((event, lambdaContext) => invoke(event, lambdaContext)) as DurableMiddy);
    middy.handler = (replacement) => {
      checkFunction(replacement, `${METHOD}: handler`, 'the handler');
      handler = replacement;
      return middy;
    };
    return middy;
  };
  return mode as unknown as DurableExecutionMode;
}

interface DurableMiddy {
  (event: unknown, lambdaContext: PartialLambdaContext): Promise<unknown>;
  handler(replacement: Handler): DurableMiddy;
}

async function runRequest(
  core: MiddyCore,
  hooks: Hooks,
  handler: Handler,
  plugin: Plugin,
  event: unknown,
  context: Context,
  { recoveredErrors }: DurableExecutionConfig,
): Promise<UserOutcome> {
  const { invocation } = context;
  const request = core.middyRequest(event, context);
  request.internal[EXECUTION_KEY] = context.executionContext;
  const guarded = (all: Hook[]) => all.map((hook) => whileLiveHook(hook, () => invocation));
  invocation.departure.add(() => plugin.requestEnd(request));
  invocation.departure.add(() => cleanUp(request));
  // An invocation that is tried again can't be ended by a timer of middy's: that would outlive a suspension, and make a
  // failure of running out of time. One that is only observed keeps it.
  const timeoutEarly = plugin.timeoutEarly && !invocation.suspends;
  if (plugin.timeoutEarly && !timeoutEarly) endBeforeTimeout(invocation, plugin.timeoutEarlyInMillis);
  let outcome: UserOutcome;
  let thrown: { error: unknown } | undefined;
  // As the first hook finds it: one that answers an error may leave another on the request (http-error-handler does).
  const keepsError = (hook: Hook): Hook => {
    const keeping: Hook = (request) => {
      thrown ??= { error: request.error };
      return hook(request);
    };
    return Object.defineProperty(keeping, 'name', { value: hook.name });
  };
  try {
    plugin.requestStart(request);
    const response = await core.runRequest(
      request,
      guarded(hooks.before),
      (payload, lambdaContext, options) => {
        const result = handler(payload, lambdaContext, timeoutEarly ? options : signalOf(context));
        return isThenable(result) ? whileLive(invocation, result) : result;
      },
      guarded(hooks.after),
      guarded(hooks.onError.map(keepsError)),
      { ...plugin, timeoutEarly },
    );
    outcome = thrown ? recovered(thrown.error, response, recoveredErrors) : { kind: 'return', result: response };
  } catch (error) {
    outcome = { kind: 'reject', error };
  }
  return endRequest(plugin, request, outcome);
}

/** As middy does: what `requestEnd` throws fails a request that had not failed, and is the cause of an error without one. */
async function endRequest(plugin: Plugin, request: MiddyRequest, outcome: UserOutcome): Promise<UserOutcome> {
  try {
    await plugin.requestEnd(request);
    return outcome;
  } catch (hookError) {
    if (outcome.kind === 'return') return { kind: 'reject', error: hookError };
    const { error } = outcome;
    if (typeof error === 'object' && error !== null) (error as Error).cause ??= hookError;
    return outcome;
  }
}

/** Made when it is asked for: few handlers read it. */
function signalOf(context: Context): { readonly signal: AbortSignal } {
  return {
    get signal() {
      return context.signal;
    },
  };
}
