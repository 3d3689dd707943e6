/** Whose turn it is, one at a time: in the order that was drawn, and first come, first served after that. */
export class Turns {
  readonly #order: number[];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(order: number[]) {
    this.#order = [...order];
  }

  /** Resolves when it is the caller's turn. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Work outside of this process, which has to end before the next turn. */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work;
    } finally {
      this.#busy--;
    }
  }

  /** Gives turns until `work` is over. */
  async until(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    for (let idle = 0; idle < 100; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return void (await over);
      if (this.#busy > 0) continue;
      const at = (this.#order.shift() ?? 0) % Math.max(1, this.#waiting.length);
      const [turn] = this.#waiting.splice(at, 1);
      idle = turn ? 0 : idle + 1;
      turn?.();
    }
    throw new Error('It hangs: nobody waits for a turn.');
  }
}
