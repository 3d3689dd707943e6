import { Counts } from './counts.ts';

type Report = (rule: string, detail: string) => void;

/** What an execution's code has seen of the world, over all its invocations, dead and living. */
export class Facts {
  /** Effects in the world outside. */
  readonly effects: Map<string, number> = new Map();
  /** Numbers of bodies whose result was read, or may be left unread. */
  readonly readNonces: Set<number> = new Set();
  /** Metrics. */
  readonly counts: Counts;
  readonly #observed = new Map<string, string>();
  readonly #bodies = new Set<string>();
  readonly #lines = new Set<string>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
    this.counts = new Counts(report);
  }

  /** Every reader must see the same. */
  observed(path: string, fact: string): void {
    const before = this.#observed.get(path);
    if (before !== undefined && before !== fact)
      this.#report('every reader sees the same', `${path}: ${fact}, before: ${before}`);
    this.#observed.set(path, fact);
  }

  /**
   * Code comes to a line. `repeats`: it is left out, because an earlier invocation has printed it. `once`: nothing that could
   * print it twice has happened.
   */
  line(path: string, repeats: boolean, once: boolean): void {
    if (repeats && !this.#lines.has(path)) this.#report('no line is lost', `${path} is left out and was never printed`);
    if (!repeats && once && this.#lines.has(path)) this.#report('no line twice', `${path} is printed again`);
    this.#lines.add(path);
  }

  bodyStarts(path: string, attempt: number, once: boolean): void {
    const body = `${path} attempt ${attempt}`;
    if (once && this.#bodies.has(body)) this.#report('at most once', `the body of ${body} begins again`);
    this.#bodies.add(body);
  }
}
