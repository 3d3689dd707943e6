/** What a wrapper knows of the body that is about to run. */
export interface StepAttempt {
  /** The step's name; undefined for one without. */
  readonly name: string | undefined;
  /** The step's id on the wire. */
  readonly operationId: string;
  /** From 1. */
  readonly attempt: number;
}

/** Runs around a step's body: calls `next` once, and resolves to what the body resolves to, or to something else instead. */
export type StepWrapper = (next: () => Promise<unknown>, step: StepAttempt) => unknown;

/** The wrappers that middlewares put around the bodies of one invocation's steps. */
export class BodyWrappers {
  #wrappers: StepWrapper[] | undefined;

  /** The first one added is the outermost, as with middlewares. */
  add(wrapper: StepWrapper): void {
    this.#wrappers = [...(this.#wrappers ?? []), wrapper];
  }

  /** The body inside all wrappers; the body itself where there are none. */
  around(body: () => unknown, step: () => StepAttempt): () => unknown {
    if (!this.#wrappers) return body;
    const attempt = step();
    return this.#wrappers.reduceRight<() => unknown>(
      (next, wrapper) => async () => wrapper(async () => next(), attempt),
      body,
    );
  }
}
