interface Timer {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Timers by the moment at which they fall due; of one moment, the one that was set first. */
export class TimerQueue {
  readonly #timers: Timer[] = [];
  #count = 0;

  get size(): number {
    return this.#timers.length;
  }

  /** Epoch milliseconds at which the first timer falls due. */
  get nextAt(): number | undefined {
    return this.#timers[0]?.at;
  }

  /** @returns takes the timer back; does nothing once it has run */
  add(at: number, callback: () => void): () => void {
    this.#count += 1;
    const timer = { at, order: this.#count, callback };
    this.#timers.splice(this.#place(timer), 0, timer);
    return () => {
      const place = this.#place(timer);
      if (this.#timers[place] === timer) this.#timers.splice(place, 1);
    };
  }

  /** Takes the first timer out. */
  take(): (() => void) | undefined {
    return this.#timers.shift()?.callback;
  }

  /** Where the timer stands, or would. */
  #place({ at, order }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle] as Timer;
      if (other.at < at || (other.at === at && other.order < order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
