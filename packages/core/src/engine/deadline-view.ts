import type { PartialLambdaContext } from '../lambda-context.ts';

/**
 * What user code sees of the time that is left. Middy 4 to 7, when a request begins, looks for `getRemainingTimeInMillis`
 * and sets a timer that outlives a suspension and runs error hooks of the dead request. Hidden from that first look, middy
 * sets none; who looks later finds it.
 */
export class DeadlineView {
  readonly #lambdaContext: PartialLambdaContext;
  /** The function itself, without its `this`: middy calls it so. */
  readonly #remaining: (() => number) | undefined;
  /** How many of middy's looks are still to come: at the context, then at its `lambdaContext`. */
  #hiddenLooks = 0;

  constructor(lambdaContext: PartialLambdaContext) {
    this.#lambdaContext = lambdaContext;
    if (typeof lambdaContext?.getRemainingTimeInMillis !== 'function') return;
    this.#remaining = () => lambdaContext.getRemainingTimeInMillis?.() as number;
  }

  get getRemainingTimeInMillis(): (() => number) | undefined {
    if (this.#hiddenLooks !== 2) return this.#remaining;
    this.#hiddenLooks = 1;
    return undefined;
  }

  get lambdaContext(): PartialLambdaContext {
    if (this.#hiddenLooks !== 1) return this.#lambdaContext;
    this.#hiddenLooks = 0;
    return { ...this.#lambdaContext, getRemainingTimeInMillis: undefined };
  }

  /** Runs the synchronous part of a middy request, which looks first. */
  hiddenFrom<T>(request: () => T): T {
    this.#hiddenLooks = 2;
    try {
      return request();
    } finally {
      this.#hiddenLooks = 0;
    }
  }
}
