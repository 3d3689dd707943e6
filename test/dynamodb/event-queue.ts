import type { Random } from '../simulation/random.ts';
import type { Troubles } from './mortal-functions.ts';
import type { Accepted, FakeLambda } from './wake-up-world.ts';

/** Lambda repeats an event whose invocation failed so often. */
const MOST_REPEATS = 2;

/** What Lambda does to events between taking and delivering them: they come late, out of order, twice, or never. */
export class EventQueue {
  readonly #lambda: FakeLambda;
  readonly #troubles: Troubles;
  readonly #random: Random;
  readonly #waiting: { event: Accepted; repeats: number }[] = [];
  #taken = 0;

  constructor(lambda: FakeLambda, troubles: Troubles, random: Random) {
    this.#lambda = lambda;
    this.#troubles = troubles;
    this.#random = random;
    lambda.holding = true;
  }

  get size(): number {
    return this.#waiting.length + this.#lambda.accepted.length - this.#taken;
  }

  /** Delivers some of what waits. */
  deliver(): void {
    for (const event of this.#lambda.accepted.slice(this.#taken)) {
      this.#taken += 1;
      if (this.#troubles.happens('dropped event', 0.02)) continue;
      this.#waiting.push({ event, repeats: 0 });
      if (this.#troubles.happens('event delivered twice', 0.2)) this.#waiting.push({ event, repeats: MOST_REPEATS });
    }
    for (let count = Math.ceil(this.#waiting.length * 0.7); count > 0; count--) {
      const [next] = this.#waiting.splice(this.#random.whole(0, this.#waiting.length - 1), 1);
      if (next !== undefined) void this.#work(next);
    }
  }

  async #work({ event, repeats }: { event: Accepted; repeats: number }): Promise<void> {
    try {
      await this.#lambda.invoke(event);
    } catch {
      if (repeats < MOST_REPEATS) this.#waiting.push({ event, repeats: repeats + 1 });
    }
  }
}
