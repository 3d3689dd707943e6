/** Tells whether a tick has come meanwhile: it comes after all that can run without waiting. One for all who ask at a time. */
export class Ticks {
  #count = 0;
  #expected = false;

  /** A mark for `passedSince`. */
  mark(): number {
    if (!this.#expected) {
      this.#expected = true;
      process.nextTick(() => {
        this.#expected = false;
        this.#count++;
      });
    }
    return this.#count;
  }

  passedSince(mark: number): boolean {
    return this.#count > mark;
  }
}
