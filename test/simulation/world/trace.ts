import { textHash } from '../random.ts';

/** What happened, line by line: a hash of all of it, and the newest lines. */
export class Trace {
  hash: number = textHash('');
  length = 0;
  readonly #kept: string[] = [];
  readonly #keep: number;

  /** @param keep lines that are kept; Infinity for all */
  constructor(keep: number) {
    this.#keep = keep;
  }

  add(line: string): void {
    this.hash = textHash(line, this.hash);
    this.length += 1;
    if (this.#keep === 0) return;
    this.#kept.push(line);
    if (this.#kept.length > 2 * this.#keep) this.#kept.splice(0, this.#kept.length - this.#keep);
  }

  get tail(): string[] {
    return this.#kept.slice(-Math.min(this.#keep, this.#kept.length));
  }
}
