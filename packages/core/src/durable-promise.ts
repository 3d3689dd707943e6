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
  #executor: (() => Promise<T>) | undefined;
  #promise: Promise<T> | undefined;
  #owner: Frame | undefined;
  #onSubscribe: (() => void) | undefined;
  #onDelivered: (() => void) | undefined;

  /** @param executor runs once, at the first subscription. */
  constructor(executor: () => Promise<T>) {
    this.#executor = executor;
  }

  /**
   * The promise of an operation of `owner`: subscriptions are what the engine knows of a frame's progress.
   * @internal
   */
  static of<T>(
    outcome: Promise<T>,
    owner: Frame,
    onSubscribe?: () => void,
    onDelivered?: () => void,
  ): DurablePromise<T> {
    const promise = new DurablePromise<T>(() => outcome);
    promise.#owner = owner;
    promise.#onSubscribe = onSubscribe;
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
    const delivered = () => {
      owner.delivered();
      other?.delivered();
      this.#onDelivered?.();
    };
    return promise.then(
      (value) => {
        delivered();
        return onFulfilled ? onFulfilled(value) : (value as unknown as R);
      },
      (reason) => {
        delivered();
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
      this.#promise = (this.#executor as () => Promise<T>)();
      this.#executor = undefined;
      this.#onSubscribe?.();
    }
    return this.#promise;
  }
}
