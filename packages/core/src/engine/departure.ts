import type { Runtime } from '@middy-durable/protocol';
import { messageOf } from '../errors/control-errors.ts';

/**
 * Why user code was left behind: the execution is `suspended`; it has `failed` for a reason that user code can't handle; or
 * only this invocation ended, and the execution is `retried`.
 */
export type DepartureReason = 'suspended' | 'failed' | 'retried';

/** Something to do when user code is left behind. */
export type DepartureHook = (reason: DepartureReason) => unknown;

/** How user code ended in an invocation: the handler returned or threw, or it was left behind. */
export type InvocationEnding = 'completed' | DepartureReason;

/** Something to do when an invocation is over. */
export type EndHook = (ending: InvocationEnding) => unknown;

/** Longest time that the hooks of one invocation may take in all: it has to answer. Milliseconds. */
const LONGEST_DEPARTURE_MS = 5000;

/**
 * What is done when user code is over, above all before its handler has ended: the one place where middlewares learn of a
 * suspension. A hook that fails is a warning: what the execution did is recorded already.
 */
export class Departure {
  readonly #hooks: EndHook[] = [];
  readonly #runtime: Runtime;
  readonly #warn: (message: string) => void;

  constructor(runtime: Runtime, warn: (message: string) => void) {
    this.#runtime = runtime;
    this.#warn = warn;
  }

  /** Hooks run one after the other, the last one added first, as middlewares do on the way out. */
  add(hook: DepartureHook): void {
    this.onEnd((ending) => (ending === 'completed' ? undefined : hook(ending)));
  }

  /** The same, also where the handler has ended. */
  onEnd(hook: EndHook): void {
    this.#hooks.unshift(hook);
  }

  async run(ending: InvocationEnding): Promise<void> {
    if (this.#hooks.length === 0) return;
    let cancel = (): void => {};
    const late = new Promise<true>((resolve) => {
      cancel = this.#runtime.schedule(() => resolve(true), LONGEST_DEPARTURE_MS);
    });
    const isLate = await Promise.race([this.#runAll(ending), late]);
    cancel();
    if (isLate)
      this.#warn(`Hooks of an invocation's end took longer than ${LONGEST_DEPARTURE_MS} ms and were left behind.`);
  }

  async #runAll(ending: InvocationEnding): Promise<undefined> {
    for (const hook of this.#hooks) {
      try {
        await hook(ending);
      } catch (error) {
        this.#warn(`A hook of an invocation's end failed: ${messageOf(error)}`);
      }
    }
  }
}
