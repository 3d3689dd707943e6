/** Longer than any engine keeps what it could send: what had begun is on record when the process dies. */
const SENT_MS = 40;

/** The processes in which a workflow's invocations run, one after the other, and how they may end. */
export class ProcessLife {
  #invocations = 0;
  #kill: (error: Error) => void = () => {};

  /** From 1: which invocation runs. */
  get invocation(): number {
    return this.#invocations;
  }

  /** Begins an invocation; rejects when its process dies. */
  begin(): Promise<never> {
    this.#invocations += 1;
    return new Promise((_resolve, reject) => {
      this.#kill = reject;
    });
  }

  /** The process that calls this dies, once what it had to send is sent. Never settles: nothing comes after death. */
  die(): Promise<never> {
    setTimeout(() => this.#kill(new Error('The process died.')), SENT_MS);
    return new Promise(() => {});
  }
}
