import type { Service } from '@middy-durable/backend';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { Invoker } from './invoker.ts';

/** What somebody waits for. */
export interface Goal {
  /** Epoch milliseconds beyond which time must not move before the goal is reached. */
  readonly until?: number | undefined;
  /**
   * Asked whenever nothing moves any more. Resolves to true when the goal is reached; rejects when it never will be.
   * `still`: not even hidden work goes on, the next thing to move is time.
   */
  reached(still: boolean): Promise<boolean>;
}

interface Pursuit extends Goal {
  resolve(): void;
  reject(error: unknown): void;
}

/** How often a run that is due may be looked at without any motion: only a store that does not work gets this far. */
const MOST_IDLE_TICKS = 100;
/** A jump of this length may cost somebody's work: a step's timeout. Shorter ones are the engine's own grace times. */
const LONG_JUMP_MS = 1000;

/**
 * Lets executions go on while somebody waits for something, and only then: ticks the service, waits for what is really at
 * work, and moves time when nothing else can. With nobody waiting, nothing of it stays behind.
 */
export class Driver {
  readonly #service: Service;
  readonly #invoker: Invoker;
  readonly #time: VirtualTime;
  readonly #grace: number;
  readonly #pursuits = new Set<Pursuit>();
  #driving = false;

  /** @param grace real milliseconds for hidden work before a short jump of time */
  constructor(service: Service, invoker: Invoker, time: VirtualTime, grace: number) {
    this.#service = service;
    this.#invoker = invoker;
    this.#time = time;
    this.#grace = grace;
  }

  /** Lets everything go on until the goal is reached. Any number of goals may be pursued at once. */
  pursue(goal: Goal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pursuits.add({ until: goal.until, reached: (still) => goal.reached(still), resolve, reject });
      if (!this.#driving) void this.#drive();
    });
  }

  async #drive(): Promise<void> {
    this.#driving = true;
    try {
      while (this.#pursuits.size > 0) await this.#move();
    } catch (error) {
      for (const { reject } of this.#pursuits) reject(error);
      this.#pursuits.clear();
    } finally {
      this.#driving = false;
    }
  }

  async #move(): Promise<void> {
    const time = this.#time;
    await time.quiet();
    if (!this.#invoker.working) time.forgetResources();
    const due = await this.#tick();
    if (due === 'moved' || (await this.#ask(false))) return;
    if ((await this.#patience(this.#grace)) === undefined || (await this.#ask(true))) return;
    const limits = [...this.#pursuits].map(({ until }) => until);
    const times = [due, time.nextTimer, ...limits].filter((moment) => moment !== undefined);
    if (times.length === 0) throw new Error('Nothing will ever happen: no timer is set and nothing is due.');
    const target = Math.min(...times);
    const allowed = await this.#patience(this.#graceBefore(target));
    if (allowed !== undefined) time.advance(Math.min(target, time.now() + allowed));
  }

  /** Invokes what is due. Resolves to when the next run falls due, or tells that something was done. */
  async #tick(): Promise<number | undefined | 'moved'> {
    const before = this.#time.motion;
    for (let idle = 0; idle < MOST_IDLE_TICKS; idle++) {
      const due = await this.#service.tick();
      if (this.#time.motion !== before) return 'moved';
      if (due === undefined || due > this.#time.now()) return due;
    }
    throw new Error('A run is due, but the service could not take it up. What it reported says why.');
  }

  /** Resolves to true when no goal is left. */
  async #ask(still: boolean): Promise<boolean> {
    for (const pursuit of this.#pursuits) {
      try {
        if (!(await pursuit.reached(still))) continue;
        pursuit.resolve();
      } catch (error) {
        pursuit.reject(error);
      }
      this.#pursuits.delete(pursuit);
    }
    return this.#pursuits.size === 0;
  }

  /** Where no code under test is at work, what is active is none of ours, and nothing needs patience. */
  async #patience(grace: number): Promise<number | undefined> {
    return this.#invoker.working ? this.#time.patience(grace) : Number.POSITIVE_INFINITY;
  }

  /** The more a jump can spoil, the surer we are that nothing is at work. */
  #graceBefore(target: number): number {
    // What hung once hangs again: ten attempts of an invocation must not take ten seconds of the test.
    if (target >= this.#invoker.deadline && !this.#invoker.hungBefore) return 50 * this.#grace;
    return target - this.#time.now() >= LONG_JUMP_MS ? 5 * this.#grace : this.#grace;
  }
}
