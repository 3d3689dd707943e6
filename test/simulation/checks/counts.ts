type Report = (rule: string, detail: string) => void;

interface Counted {
  /** Invocations whose code has added it. */
  readonly by: Set<number>;
  /** Whether some later code of its context has to be recorded, or the end of that: else nothing may ever count it. */
  certain: boolean;
  published: 'not yet' | 'before the end' | 'at the end';
}

/** The metrics of one execution, over all its invocations: what its code has added, and what was published of that. */
export class Counts {
  readonly #counted = new Map<string, Counted>();
  /** Invocations whose handler has returned. */
  readonly #over = new Set<number>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Code has come to a metric that is to be counted once for the execution. */
  added(path: string, invocation: number, certain: boolean): void {
    const counted = this.#of(path);
    counted.by.add(invocation);
    counted.certain ||= certain;
  }

  handlerEnded(invocation: number): void {
    this.#over.add(invocation);
  }

  /** Before the end of the handler it counts when it is on record; what counts with the end may be told again. */
  published(path: string, invocation: number): void {
    const counted = this.#of(path);
    if (!counted.by.has(invocation)) this.#report('no metric of others', `${path} is published, and was not added`);
    if (counted.published === 'before the end') this.#report('no metric twice', `${path} is published again`);
    if (counted.published === 'not yet') {
      counted.published = this.#over.has(invocation) ? 'at the end' : 'before the end';
    }
  }

  /** The execution has ended. `mayLose`: something that this invocation sent was stored, and it never learned of it. */
  ended(mayLose: (invocation: number) => boolean): void {
    for (const [path, { by, certain, published }] of this.#counted) {
      if (!certain || published !== 'not yet' || [...by].some(mayLose)) continue;
      this.#report('no metric is lost', `${path} was added and never published`);
    }
  }

  #of(path: string): Counted {
    let counted = this.#counted.get(path);
    if (!counted) {
      counted = { by: new Set(), certain: false, published: 'not yet' };
      this.#counted.set(path, counted);
    }
    return counted;
  }
}
