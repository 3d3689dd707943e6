import type { Clock } from '@middy-durable/protocol';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Slows a loop down that is refused for now: a pause of a second, twice as long each time, until something succeeds. */
export class BackPressure {
  readonly #clock: Clock;
  #refusals = 0;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds until when nothing is to be tried, undefined for no pause. */
  get pausedUntil(): number | undefined {
    return this.#clock.now() < this.#until ? this.#until : undefined;
  }

  /** True when the error says that the same may succeed later. */
  isRefusal(error: unknown): boolean {
    return (error as { retryable?: unknown } | undefined)?.retryable === true;
  }

  refused(): void {
    // Those that were under way together count once.
    if (this.pausedUntil !== undefined) return;
    this.#until = this.#clock.now() + Math.min(FIRST_PAUSE_MS * 2 ** this.#refusals, LONGEST_PAUSE_MS);
    this.#refusals += 1;
  }

  succeeded(): void {
    this.#refusals = 0;
  }
}
