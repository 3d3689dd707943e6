import type { Context } from '../engine/context.ts';
import { scopes } from '../engine/frame.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { sha256 } from '../engine/seeded.ts';
import type { DurableContextLogger } from '../logging/types.ts';
import type { StepContext, StepFunc } from '../types.ts';

/** An attempt took longer than the step's `timeout`. Seen by retry strategies and as `cause.name`. */
export class StepTimeoutError extends Error {
  static override readonly name: string = 'StepTimeoutError';
  constructor(operation: string, seconds: number) {
    super(`${operation} took longer than its timeout of ${seconds} s. Raise the timeout, or make the step smaller.`);
    this.name = StepTimeoutError.name;
  }
}

/** Runs a step's body in its own scope; an attempt that overruns its time rejects, and what it still does counts for nothing. */
export async function runBody<T>(
  context: Context,
  call: OperationCall,
  fn: StepFunc<T>,
  attempt: number,
  timeoutSeconds: number | undefined,
): Promise<T> {
  const { frame, invocation } = call;
  const body = new Body(context, call, attempt);
  // Never within the call that made the step: user code after it runs first, live and on replay alike.
  await undefined;
  const { instrumentation, ticks } = invocation;
  const began = ticks.mark();
  const work = invocation.bodyWrappers.around(
    () => fn(body),
    () => ({ name: call.kind.name, operationId: call.id, attempt }),
  ) as () => Promise<T>;
  try {
    const running = scopes.run({ frame, context, body: { call, attempt, context: body } }, () =>
      instrumentation
        ? instrumentation.attempt(call, attempt, async () => work())
        : // What else than a promise it returns is subscribed to in its own scope.
          Promise.resolve(work()),
    );
    return await (timeoutSeconds === undefined ? running : withTimeout(running, call, body, timeoutSeconds));
  } finally {
    body.ended();
    // A body of a moment never sees a tick.
    if (ticks.passedSince(began)) invocation.suspension.bodyLeftResources();
  }
}

function withTimeout<T>(running: Promise<T>, call: OperationCall, body: Body, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => {
      const error = new StepTimeoutError(call.describe(), seconds);
      body.abort(error);
      reject(error);
    };
    const cancel = call.invocation.runtime.schedule(expire, seconds * 1000);
    const release = call.frame.onEnd(cancel);
    const done = () => {
      cancel();
      release();
    };
    running.then(resolve, reject).finally(done);
  });
}

/** Another key for the API behind a running step: a business key that other executions share. */
export function adoptIdempotencyKey(body: StepContext, key: string): void {
  if (body instanceof Body) body.adoptKey(key);
}

class Body implements StepContext {
  readonly attempt: number;
  readonly #context: Context;
  readonly #call: OperationCall;
  #abort: AbortController | undefined;
  #aborted: { reason: unknown } | undefined;
  #release: (() => void) | undefined;
  #adoptedKey: string | undefined;

  constructor(context: Context, call: OperationCall, attempt: number) {
    this.#context = context;
    this.#call = call;
    this.attempt = attempt;
  }

  get logger(): DurableContextLogger {
    return this.#context.settings.logger(this.#call.invocation);
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort(this.#aborted.reason);
      else this.#release = this.#call.frame.onEnd(() => this.abort(undefined));
    }
    return this.#abort.signal;
  }

  get idempotencyKey(): string {
    return this.#adoptedKey ?? sha256(`${this.#call.invocation.identity} ${this.#call.id}`);
  }

  adoptKey(key: string): void {
    this.#adoptedKey = key;
  }

  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#abort?.abort(reason);
  }

  ended(): void {
    this.#release?.();
  }
}
