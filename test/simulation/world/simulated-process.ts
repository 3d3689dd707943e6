import type { Clock, Runtime } from '@middy-durable/protocol';
import type { Random } from '../random.ts';
import type { World } from './world.ts';

/** A process is an object graph with a clock of its own. Dead, its promises stay as they are for ever. */
export class SimulatedProcess {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly world: World;
  /** Nothing kills or freezes it: it belongs to the scenario, not to what is tested. */
  readonly immortal: boolean;
  alive = true;
  /** World time until which nothing of it moves. */
  frozenUntil = 0;
  /** A zombie at the worst moment: it wakes when somebody else has just begun the next invocation. */
  wakesAtClaim = false;
  /** Milliseconds that its clock is ahead. */
  skew = 0;
  /** Timers of user code that the event loop shows. */
  visibleTimers = 0;
  readonly #random: Random;
  readonly #onDeath = new Set<() => void>();

  constructor(world: World, kind: string, number: number, random: Random, immortal: boolean) {
    this.world = world;
    this.number = number;
    this.name = `${kind}-${number}`;
    this.#random = random;
    this.immortal = immortal;
  }

  now(): number {
    return this.world.now + this.skew;
  }

  /** Resolves after virtual milliseconds, unless the process dies. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.schedule(this, resolve, ms);
    });
  }

  clock(): Clock {
    return {
      now: () => this.now(),
      schedule: (callback, ms) => this.world.schedule(this, callback, ms),
      randomId: () => this.#random.uuid(),
    };
  }

  /** A runtime that counts the timers it still holds: who is done must hold none. */
  runtime(): Runtime & { readonly open: number } {
    let open = 0;
    const world = this.world;
    return {
      ...this.clock(),
      get open() {
        return open;
      },
      schedule: (callback, ms) => {
        let armed = true;
        open += 1;
        const disarm = (): void => {
          if (armed) open -= 1;
          armed = false;
        };
        const cancel = world.schedule(
          this,
          () => {
            disarm();
            callback();
          },
          ms,
        );
        return () => {
          disarm();
          cancel();
        };
      },
      nextTurn: (callback) => world.nextTurn(this, callback),
      activeResources: () => new Map([['Timeout', this.visibleTimers]]),
    };
  }

  /** Calls `listener` when the process dies; the returned function takes it back. */
  onDeath(listener: () => void): () => void {
    this.#onDeath.add(listener);
    return () => this.#onDeath.delete(listener);
  }

  /** Nothing of it moves for so many milliseconds, or until `wake`; it does not notice. */
  freeze(ms: number): void {
    this.frozenUntil = this.world.now + ms;
    // Something has to let time pass until then.
    this.world.schedule(undefined, () => {}, ms);
  }

  wake(): void {
    this.frozenUntil = Math.min(this.frozenUntil, this.world.now);
  }

  kill(why: string): void {
    if (!this.alive || this.immortal) return;
    this.alive = false;
    this.world.note(`${this.name} dies (${why})`);
    this.world.forget(this);
    for (const listener of this.#onDeath) listener();
  }
}
