import { messageOf } from '../errors/control-errors.ts';

/**
 * How an invocation ended for its execution: `SUCCEEDED` or `FAILED`, and nothing of it runs again; `PENDING`, it is
 * suspended; `RETRYING`, another invocation does what is not on record.
 */
export type InvocationOutcome = 'SUCCEEDED' | 'FAILED' | 'PENDING' | 'RETRYING';

/** Watches one invocation. Nothing waits for what it returns. */
export interface InvocationObserver {
  /** Something became durable, or came from outside. Called before user code learns of it. */
  recorded?(): void;
  /** The invocation has its answer. Called once, after all hooks of its middlewares. */
  ended?(how: InvocationOutcome): void;
}

/** What fails in an observer is a warning: what the execution did is recorded already. */
export class Observers {
  #all: InvocationObserver[] | undefined;
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  add(observer: InvocationObserver): void {
    this.#all ??= [];
    this.#all.push(observer);
  }

  recorded(): void {
    for (const observer of this.#all ?? []) this.#tell(() => observer.recorded?.());
  }

  ended(how: InvocationOutcome): void {
    const all = this.#all;
    this.#all = undefined;
    for (const observer of all ?? []) this.#tell(() => observer.ended?.(how));
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#warn(`An observer of the invocation failed: ${messageOf(error)}`);
    }
  }
}
