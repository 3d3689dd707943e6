/** Tells work that has begun since a baseline from what was there before: a listening server, the test framework's timers. */
export class ResourceWatch {
  readonly #list: () => ReadonlyMap<string, number>;
  #baseline: ReadonlyMap<string, number> = new Map();

  constructor(list: () => ReadonlyMap<string, number>) {
    this.#list = list;
    this.rebase();
  }

  /** All that is active now is background. */
  rebase(): void {
    this.#baseline = new Map(this.#list());
  }

  /** Something is active that was not at the baseline. What has ended since is not expected back. */
  busy(): boolean {
    const now = this.#list();
    const baseline = new Map<string, number>();
    let busy = false;
    for (const [kind, count] of now) {
      const before = this.#baseline.get(kind) ?? 0;
      baseline.set(kind, Math.min(before, count));
      if (count > before) busy = true;
    }
    this.#baseline = baseline;
    return busy;
  }
}
