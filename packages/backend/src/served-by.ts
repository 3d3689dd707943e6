import {
  type Backend,
  type DurableExecutionInvocationInput,
  DurableExecutionInvocationInputWithClient,
  type DurableExecutionInvocationOutput,
  type OrdinaryEventOptions,
  ValidationException,
} from '@middy-durable/protocol';

/** A handler of a durable function as any engine makes it: takes an envelope, answers with a status. */
export type EnvelopeHandler<TContext> = (event: never, lambdaContext: TContext) => Promise<unknown>;

/** What of ordinary events can be chosen for an engine that knows nothing of them. */
export interface ServedByOptions extends Omit<OrdinaryEventOptions, 'mode'> {
  /** `observe` needs an engine that can wait within an invocation: `withDurableExecution` of `@middy-durable/core`. */
  mode?: 'durable' | undefined;
}

/**
 * Lets a handler of the official SDK serve a function that no durable service invokes: its ordinary events (HTTP, queues, a
 * plain invoke), each of which begins an execution or goes on with the one that it began, and the invocations by which the
 * backend resumes them. The caller gets the handler's plain answer, or the pending response while the execution is
 * suspended. The handler need not be told about the backend.
 *
 * A handler of `@middy-durable/core` does not need this: it takes `{ backend }` itself.
 *
 * The returned handler rejects with the error of a failed execution; with what the handler threw, when only this
 * invocation failed, and then the backend tries again; and as `backend.open` does.
 *
 * @throws ValidationException for a handler that is no function, or mode `observe`
 * @example
 * import { withDurableExecution } from '@aws/durable-execution-sdk-js';
 * import { servedBy } from '@middy-durable/backend';
 * import { localBackend } from '@middy-durable/local';
 *
 * export const handler = servedBy(localBackend(), withDurableExecution(processOrder));
 */
export function servedBy<TContext>(
  backend: Backend,
  handler: EnvelopeHandler<TContext>,
  options: ServedByOptions = {},
): (event: unknown, lambdaContext: TContext) => Promise<unknown> {
  checkArguments(handler, options);
  const run = handler as (event: DurableExecutionInvocationInput, context: TContext) => Promise<unknown>;
  return async (event, lambdaContext) => {
    // A test runner that brings its own client drives the execution itself.
    if (DurableExecutionInvocationInputWithClient.isInstance(event)) return run(event, lambdaContext);
    const opened = await backend.open(event, lambdaContext, options);
    if ('answer' in opened) return opened.answer;
    const { run: envelope, inline } = opened;
    const client = inline?.client ?? backend.client;
    const invocation = run(new DurableExecutionInvocationInputWithClient(envelope, client), lambdaContext);
    if (!inline) return invocation;
    let output: unknown;
    try {
      output = await invocation;
    } catch (failure) {
      await inline.abandon(failure);
      throw failure;
    }
    // What is no output fails the execution, as it does on the service.
    return inline.close(output as DurableExecutionInvocationOutput);
  };
}

function checkArguments(handler: unknown, { mode }: OrdinaryEventOptions): void {
  if (typeof handler !== 'function') {
    throw new ValidationException(
      `servedBy: the handler is ${typeof handler}, but must be a function. Pass what withDurableExecution returned.`,
    );
  }
  if (mode !== undefined && mode !== 'durable') {
    throw new ValidationException(
      `servedBy: mode is ${JSON.stringify(mode)}, but must be 'durable'. To observe executions, use withDurableExecution ` +
        'of @middy-durable/core, which can wait without suspending.',
    );
  }
}
