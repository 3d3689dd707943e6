import { type Frame, scopes } from './engine/frame.ts';

/**
 * The promise of a durable operation. The operation's work begins when the method is called; `then`, `catch`, `finally`
 * and `await` subscribe to its outcome. Not a subclass of `Promise`; `then` returns a native promise.
 *
 * @example
 * const quote = context.step('quote', () => fetchQuote());   // starts now
 * const stock = context.step('stock', () => fetchStock());   // runs beside it
 * const [price, left] = await Promise.all([quote, stock]);
 */
export class DurablePromise<T> implements Promise<T> {
  /** What the first subscription asks for the outcome, or the outcome itself. */
  #source: (() => Promise<T>) | Promise<T> | undefined;
  #promise: Promise<T> | undefined;
  #owner: Frame | undefined;
  #subject: Subject | undefined;
  #onDelivered: (() => void) | undefined;

  /** @param executor runs once, at the first subscription. */
  constructor(executor: () => Promise<T>) {
    this.#source = executor;
  }

  /**
   * The promise of an operation of `owner`: subscriptions are what the engine knows of a frame's progress.
   * @param outcome or what the first subscription asks for it
   * @internal
   */
  static of<T>(
    outcome: Promise<T> | (() => Promise<T>),
    owner: Frame,
    subject?: Subject,
    onDelivered?: () => void,
  ): DurablePromise<T> {
    const promise = new DurablePromise<T>(outcome as never); // In the place of what would make it.
    promise.#owner = owner;
    promise.#subject = subject;
    promise.#onDelivered = onDelivered;
    return promise;
  }

  /**
   * The outcome of a promise for the engine itself: subscribing says nothing about a frame.
   * @internal
   */
  static outcomeOf<T>(promise: T | PromiseLike<T>): T | PromiseLike<T> {
    if (!(promise instanceof DurablePromise)) return promise;
    const outcome: Promise<T> = promise.#subscribe();
    // The promise of another one, such as a combinator's: what counts is the inner one.
    if (!promise.#owner) return DurablePromise.outcomeOf<T>(outcome);
    const onDelivered = promise.#onDelivered;
    if (onDelivered) outcome.then(onDelivered, onDelivered);
    return outcome;
  }

  /**
   * Lets a promise that begins when it is first awaited begin now, and nothing else.
   * @internal
   */
  static claim(promise: unknown): void {
    if (!(promise instanceof DurablePromise) || promise.#owner || promise.isExecuted) return;
    Promise.resolve(DurablePromise.outcomeOf(promise)).catch(() => {}); // Who awaits it looks at the failure.
  }

  /** True once somebody has subscribed. Says nothing about whether the work has begun. */
  get isExecuted(): boolean {
    return this.#promise !== undefined;
  }

  get [Symbol.toStringTag](): 'DurablePromise' {
    return 'DurablePromise';
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    const promise = this.#subscribe();
    const owner = this.#owner;
    if (!owner) return promise.then(onFulfilled, onRejected);
    // A queue shared by several frames subscribes in the wrong one: the operation's own frame counts too.
    const active = scopes.getStore()?.frame;
    const other = active !== owner && active?.isBeside(owner) ? active : undefined;
    owner.park();
    other?.park();
    return promise.then(
      (value) => {
        this.#delivered(other);
        return onFulfilled ? onFulfilled(value) : (value as unknown as R);
      },
      (reason) => {
        this.#delivered(other);
        if (onRejected) return onRejected(reason);
        throw reason;
      },
    );
  }

  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<T | E> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then(
      async (value) => {
        await onFinally?.();
        return value;
      },
      async (reason) => {
        await onFinally?.();
        throw reason;
      },
    );
  }

  #subscribe(): Promise<T> {
    if (!this.#promise) {
      const source = this.#source as (() => Promise<T>) | Promise<T>;
      this.#promise = typeof source === 'function' ? source() : source;
      this.#source = undefined;
      this.#subject?.subscribed();
    }
    return this.#promise;
  }

  #delivered(other: Frame | undefined): void {
    this.#owner?.delivered();
    other?.delivered();
    this.#onDelivered?.();
  }
}

/** Whose outcome it is: learns of the first subscription. */
interface Subject {
  subscribed(): void;
}
