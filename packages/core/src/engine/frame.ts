import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepContext } from '../types.ts';
import type { Context } from './context.ts';
import type { Suspension } from './suspension.ts';

/**
 * An open user function that belongs to a context: the handler, a child context's body. Frames form a tree. JavaScript shows
 * an engine only when `then` is called on one of its promises, so that is what a frame counts.
 *
 * Invariant: the totals in {@link Suspension} are the sums over live frames.
 */
export class Frame {
  readonly parent: Frame | undefined;
  readonly #suspension: Suspension;
  // Made when needed: a batch opens thousands of frames, and most have neither.
  #children: Set<Frame> | undefined;
  #onEnd: Set<() => void> | undefined;
  /** False once this frame or a frame around it has ended: nothing of it may start or be recorded any more. */
  live = true;
  /** Since the last result delivered to it, it subscribed to a durable promise that is still pending. */
  parked = false;
  /** Subscriptions to pending promises, also those from before the last delivery. */
  subscriptions = 0;
  /** Bodies of steps that run directly in this frame. */
  bodies = 0;
  /** Operations of this frame that only the outside can move. */
  waiting = 0;
  /** The call that opened the frame; none for the handler's. */
  readonly call: FrameCall | undefined;
  /** The latest operation that was called in it. */
  lastCall: FrameCall | undefined;
  /** Epoch milliseconds: of the outcomes on record that its code has met, that of the latest one. It was not here before. */
  metUntil: number;

  constructor(suspension: Suspension, call?: FrameCall, parent?: Frame) {
    this.#suspension = suspension;
    this.call = call;
    this.parent = parent;
    this.metUntil = parent?.metUntil ?? 0;
    if (parent) {
      parent.#children ??= new Set();
      parent.#children.add(this);
    }
    suspension.opened(this);
  }

  /** True for frames of the same invocation. */
  isBeside(other: Frame): boolean {
    return this.#suspension === other.#suspension;
  }

  park(): void {
    this.subscriptions++;
    if (this.parked || !this.live) return;
    this.parked = true;
    this.#suspension.parkedChanged(1);
  }

  delivered(): void {
    this.subscriptions--;
    if (!this.parked || !this.live) return;
    this.parked = false;
    this.#suspension.parkedChanged(-1);
  }

  bodyStarted(): void {
    this.bodies++;
    if (this.live) this.#suspension.bodiesChanged(1);
  }

  bodyEnded(): void {
    this.bodies--;
    if (this.live) this.#suspension.bodiesChanged(-1);
  }

  waitBegan(): void {
    this.waiting++;
    if (this.live) this.#suspension.waitingChanged(1);
  }

  waitEnded(): void {
    this.waiting--;
    if (this.live) this.#suspension.waitingChanged(-1);
  }

  /** Runs `callback` when the frame ends, at once if it has; the returned function takes it back. */
  onEnd(callback: () => void): () => void {
    if (!this.live) callback();
    else {
      this.#onEnd ??= new Set();
      this.#onEnd.add(callback);
    }
    return () => this.#onEnd?.delete(callback);
  }

  /** The frame's function has returned, or a frame around it has ended. Everything still open in it is left behind. */
  end(): void {
    if (!this.live) return;
    this.live = false;
    if (this.parent) {
      this.parent.#children?.delete(this);
      this.parent.metUntil = Math.max(this.parent.metUntil, this.metUntil);
    }
    this.#suspension.closed(this);
    for (const child of [...(this.#children ?? [])]) child.end();
    for (const callback of this.#onEnd ?? []) callback();
    this.#onEnd = undefined;
  }

  /** Live frames of this tree, this one first. */
  *tree(): IterableIterator<Frame> {
    yield this;
    for (const child of this.#children ?? []) yield* child.tree();
  }
}

/** What a frame knows of an operation. */
export interface FrameCall {
  readonly rawId: string;
  readonly id: string;
  readonly kind: { readonly name: string | undefined };
  describe(): string;
}

/** What user code runs in: a frame, and inside it perhaps the body of a step. */
export interface Scope {
  frame: Frame;
  context: Context;
  body?: BodyScope | undefined;
  /** It runs when user code is over: what it does is done for this invocation alone, and never runs again. */
  departing?: boolean | undefined;
}
export interface BodyScope {
  call: FrameCall;
  context: StepContext;
  attempt: number;
}

export const scopes: AsyncLocalStorage<Scope> = new AsyncLocalStorage();
