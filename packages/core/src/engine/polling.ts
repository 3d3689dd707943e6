import type { Runtime } from '@middy-durable/protocol';

/** First look at an operation whose end nobody knows, and how much longer each next pause is. Milliseconds. */
const POLL_STEP_MS = 1000;
const MAX_POLL_MS = 10_000;
/** Longest delay that a timer of Node takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Watched {
  at: number;
  polls: number;
}

/**
 * Lets an invocation that something else keeps alive notice that a wait, retry or callback is over: an empty checkpoint at
 * the due time asks the backend. Never a reason to stay alive.
 */
export class Polling {
  readonly #runtime: Runtime;
  readonly #refresh: () => Promise<void>;
  readonly #remainingTime: () => number;
  readonly #watched = new Map<string, Watched>();
  #armedFor = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #done = false;

  constructor(runtime: Runtime, refresh: () => Promise<void>, remainingTime: () => number) {
    this.#runtime = runtime;
    this.#refresh = refresh;
    this.#remainingTime = remainingTime;
  }

  /** @param due epoch milliseconds when the operation should be over; unknown for a callback. */
  watch(id: string, due: number | undefined): void {
    const watched = { at: due ?? this.#runtime.now() + POLL_STEP_MS, polls: 0 };
    this.#watched.set(id, watched);
    this.#arm(watched.at);
  }

  unwatch(id: string): void {
    this.#watched.delete(id);
  }

  /** Leaves no timer behind. */
  dispose(): void {
    this.#done = true;
    this.#cancel?.();
    this.#watched.clear();
  }

  #arm(at: number): void {
    if (this.#done || at >= this.#armedFor) return;
    const delay = Math.max(0, at - this.#runtime.now());
    if (delay > Math.min(this.#remainingTime() - POLL_STEP_MS, MAX_TIMER_MS)) return;
    this.#cancel?.();
    this.#armedFor = at;
    this.#cancel = this.#runtime.schedule(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    const now = this.#runtime.now();
    const due = [...this.#watched.values()].filter(({ at }) => at <= now);
    this.#cancel = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    try {
      if (due.length > 0) await this.#refresh();
    } catch {
      return; // The failure has ended the invocation already.
    }
    // What is still watched: the backend's clock is behind ours, or nobody knows the end.
    for (const watched of due) {
      watched.polls++;
      watched.at = this.#runtime.now() + Math.min(watched.polls * POLL_STEP_MS, MAX_POLL_MS);
    }
    for (const { at } of this.#watched.values()) this.#arm(at);
  }
}
