import type { Clock } from '@middy-durable/protocol';

interface Timer {
  at: number;
  callback: () => void;
}

/** Time that a test moves. Ids are numbered, so a run of a test repeats itself. */
export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #ids = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that have not fired. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  randomId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  schedule(callback: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** Fires what is due on the way, in order. An earlier moment is no move. */
  advanceTo(moment: number): void {
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > moment) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = Math.max(this.#now, moment);
  }

  /** Moves the clock without firing anything, also backwards: a machine whose clock is set. */
  jump(ms: number): void {
    this.#now += ms;
  }
}
