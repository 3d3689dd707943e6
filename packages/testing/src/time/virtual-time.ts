import type { Runtime } from '@middy-durable/protocol';
import { onRealTurn, processResources, realNow, realPause, realTurn } from './real-time.ts';
import { ResourceWatch } from './resource-watch.ts';
import { seededIds } from './seeded-ids.ts';
import { TimerQueue } from './timer-queue.ts';

/** Options of {@link virtualTime}. */
export interface VirtualTimeOptions {
  /** The first moment. Default 2026-01-01T00:00:00Z. */
  startAt?: Date | string | number | undefined;
  /** Repeats the ids. Default 0. */
  seed?: string | number | undefined;
  /**
   * Real milliseconds for which visible work (a timer, a socket) that shows no progress holds time still. From then on
   * virtual time goes as fast as real time while the work lasts. Default 1,000.
   */
  standstill?: number | undefined;
  /** What keeps the event loop busy, counted by kind. Default: the process's list, without the runner's own. */
  activeResources?: (() => ReadonlyMap<string, number>) | undefined;
}

/** Time that only moves when it is told to, and knows when that does no harm. */
export interface VirtualTime extends Runtime {
  /** Epoch milliseconds at which the next timer falls due; undefined when there is none. */
  readonly nextTimer: number | undefined;
  /** Grows with everything that the code under test did, as far as `moved` was told. */
  readonly motion: number;
  /**
   * Moves to the next timer and runs it, if it falls due at `limit` (epoch milliseconds) or before; otherwise only moves
   * to `limit`. Without a limit and a timer nothing moves. Never goes back.
   *
   * @returns whether a timer ran
   */
  advance(limit?: number): boolean;
  /** Notes that the code under test made progress: the grace of hidden work begins anew. */
  moved(): void;
  /** Notes a call that is under way: until it ends, time stands still. */
  during<T>(call: Promise<T>): Promise<T>;
  /** Resolves once everything that can run without waiting has run: a few turns of the event loop without motion. */
  quiet(): Promise<void>;
  /** All resources that are active now are background from now on. */
  forgetResources(): void;
  /**
   * Waits for work that only real time brings forward: until nothing visible is active any more and nothing moved for
   * `grace` real milliseconds, which is for work that Node doesn't list (crypto, zlib). A long grace may be made of
   * several stretches: the timers that a test framework sets now and then must not begin it anew.
   *
   * @returns how many milliseconds time may move: any number, or, past the standstill, what has really passed;
   *   undefined when something moved meanwhile
   */
  patience(grace: number): Promise<number | undefined>;
}

const DEFAULT_START = '2026-01-01T00:00:00Z';
const DEFAULT_STANDSTILL_MS = 1000;
/** Turns of the event loop without motion after which nothing is left that could run without waiting. */
const QUIET_TURNS = 3;
/** Shortest stretch without visible work that counts towards a longer grace. Real milliseconds. */
const QUIET_STRETCH_MS = 100;
/** How often visible work is looked at. Real milliseconds. */
const LOOK_AGAIN_MS = 2;

/**
 * Makes a clock, timers and ids for a test: a wait of a year takes no time, and the same seed gives the same ids. Hand it
 * to a backend as `clock`, and let a test runner drive it.
 *
 * @throws RangeError for a start that is no date, or a negative standstill
 * @example
 * const time = virtualTime({ startAt: '2030-05-01T00:00:00Z' });
 * time.schedule(() => console.log('a day later'), 86_400_000);
 * time.advance(); // runs the timer
 * new Date(time.now()).toISOString(); // '2030-05-02T00:00:00.000Z'
 */
export function virtualTime(options: VirtualTimeOptions = {}): VirtualTime {
  return new SteppedTime(options);
}

class SteppedTime implements VirtualTime {
  readonly randomId: () => string;
  readonly activeResources: () => ReadonlyMap<string, number>;
  readonly #timers = new TimerQueue();
  readonly #resources: ResourceWatch;
  readonly #standstill: number;
  #now: number;
  #motion = 0;
  /** Counts everything, also what timers and the engine's own turns do. */
  #stirs = 0;
  #turns = 0;
  #calls = 0;
  /** Real moments, of the last motion and of the last look that saw resources. */
  #movedAt: number = realNow();
  #busyAt = Number.NEGATIVE_INFINITY;
  /** Real milliseconds without visible work since the last motion, in stretches that are over. */
  #quietFor: number[] = [];
  /** Real moment up to which time has followed real time. */
  #followedTo = Number.NEGATIVE_INFINITY;

  constructor(options: VirtualTimeOptions) {
    this.#now = new Date(options.startAt ?? DEFAULT_START).getTime();
    if (Number.isNaN(this.#now)) {
      throw new RangeError(`startAt: ${String(options.startAt)} is no date. Pass a Date, an ISO text or milliseconds.`);
    }
    this.#standstill = options.standstill ?? DEFAULT_STANDSTILL_MS;
    if (!(this.#standstill >= 0)) {
      throw new RangeError(`standstill: ${this.#standstill} must be 0 or more real milliseconds.`);
    }
    this.randomId = seededIds(options.seed ?? 0);
    this.activeResources = options.activeResources ?? processResources;
    this.#resources = new ResourceWatch(this.activeResources);
  }

  get nextTimer(): number | undefined {
    return this.#timers.nextAt;
  }

  get motion(): number {
    return this.#motion;
  }

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, ms: number): () => void {
    this.#stirs += 1;
    if (ms === Number.POSITIVE_INFINITY) return () => {};
    return this.#timers.add(this.#now + Math.max(0, ms), callback);
  }

  nextTurn(callback: () => void): void {
    this.#turns += 1;
    onRealTurn(() => {
      this.#turns -= 1;
      this.#stirs += 1;
      callback();
    });
  }

  advance(limit: number = Number.POSITIVE_INFINITY): boolean {
    const { nextAt } = this.#timers;
    if (nextAt === undefined || nextAt > limit) {
      if (limit !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, limit);
      return false;
    }
    this.#now = Math.max(this.#now, nextAt);
    this.#stirs += 1;
    this.#timers.take()?.();
    return true;
  }

  moved(): void {
    this.#stirs += 1;
    this.#motion += 1;
    this.#movedAt = realNow();
    this.#quietFor = [];
  }

  async during<T>(call: Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      return await call;
    } finally {
      this.#calls -= 1;
      this.#stirs += 1;
    }
  }

  async quiet(): Promise<void> {
    let seen = this.#stirs;
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await (this.#calls > 0 ? realPause(0) : realTurn());
      if (this.#stirs === seen && this.#turns === 0 && this.#calls === 0) continue;
      seen = this.#stirs;
      turns = -1;
    }
  }

  forgetResources(): void {
    this.#resources.rebase();
  }

  async patience(grace: number): Promise<number | undefined> {
    const seen = this.#stirs;
    for (;;) {
      const now = realNow();
      const stretch = now - Math.max(this.#movedAt, this.#busyAt);
      if (this.#resources.busy()) {
        if (stretch >= QUIET_STRETCH_MS) this.#quietFor.push(stretch);
        this.#busyAt = now;
        const from = Math.max(this.#followedTo, this.#movedAt + this.#standstill);
        if (now - from >= 1) {
          const passed = Math.floor(now - from);
          this.#followedTo = from + passed;
          return passed;
        }
      } else if (stretch + this.#quietBefore(grace) >= grace) {
        return Number.POSITIVE_INFINITY;
      }
      await realPause(LOOK_AGAIN_MS);
      // Sampled between turns: a timer that is just running still counts as active.
      await realTurn();
      if (this.#stirs !== seen || this.#turns > 0 || this.#calls > 0) return undefined;
    }
  }

  /** Stretches too short for the grace may be the gaps between the handler's own timers and sockets: they don't count. */
  #quietBefore(grace: number): number {
    let sum = 0;
    for (const stretch of this.#quietFor) if (stretch >= grace / 10) sum += stretch;
    return sum;
  }
}
