/** How a handler ended, its middlewares included. With `answer` a middleware has answered an error: that is for the caller. */
export type HandlerOutcome =
  | { kind: 'return'; result: unknown }
  | { kind: 'reject'; error: unknown; answer?: { value: unknown } | undefined };

/** Looks at, and may replace, how a handler ended. */
export type OutcomeHook = (outcome: HandlerOutcome) => Promise<HandlerOutcome>;

/** What is done with an outcome before it is anybody's answer. */
export class OutcomeHooks {
  readonly #hooks: OutcomeHook[] = [];

  /** As with middlewares, the last one added is the first one on the way out. */
  add(hook: OutcomeHook): void {
    this.#hooks.unshift(hook);
  }

  async run(outcome: HandlerOutcome): Promise<HandlerOutcome> {
    let current = outcome;
    for (const hook of this.#hooks) current = await hook(current);
    return current;
  }

  get none(): boolean {
    return this.#hooks.length === 0;
  }
}
