import { AsyncResource } from 'node:async_hooks';
import type { Runtime } from '@middy-durable/protocol';

interface Timer {
  at: number;
  callback: () => void;
  /** Of the engine, not of user code: not a resource. */
  engine: boolean;
}

/** 2026-01-01T00:00:00Z: when virtual time begins. */
export const START: number = Date.UTC(2026, 0, 1);

/**
 * A process whose time stands still until everything that can move without it has moved. Work of user code is made with
 * `sleep` (Node would list it) and `compute` (Node would not: crypto, zlib).
 */
export class VirtualRuntime implements Runtime {
  #now = START;
  #ids = 0;
  #turns = 0;
  #timers: Timer[] = [];
  readonly #resources = new Map<string, number>();

  now(): number {
    return this.#now;
  }

  randomId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  schedule(callback: () => void, ms: number): () => void {
    return this.#add({ at: this.#now + ms, callback, engine: true });
  }

  nextTurn(callback: () => void): void {
    this.#turns++;
    setImmediate(() => {
      this.#turns--;
      callback();
    });
  }

  activeResources(): ReadonlyMap<string, number> {
    return new Map(this.#resources);
  }

  /** Timers of the engine that have not fired. */
  get engineTimers(): number {
    return this.#timers.filter(({ engine }) => engine).length;
  }

  /** Plain work that shows: a timer, a request. */
  sleep(ms: number, kind = 'Timeout'): Promise<void> {
    this.open(kind);
    return this.compute(ms).then(() => this.close(kind));
  }

  /** Plain work that Node does not list. */
  compute(ms: number): Promise<void> {
    return new Promise((resolve) => this.#add({ at: this.#now + ms, callback: resolve, engine: false }));
  }

  /** Something that stays open: an idle socket. */
  open(kind: string): void {
    this.#resources.set(kind, (this.#resources.get(kind) ?? 0) + 1);
  }

  close(kind: string): void {
    this.#resources.set(kind, (this.#resources.get(kind) ?? 0) - 1);
  }

  /** The process dies: nothing of it happens any more. */
  kill(): void {
    this.#timers = [];
    this.#resources.clear();
  }

  /** Moves time without a process: between invocations. */
  skipTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
  }

  /** Resolves when nothing moves without time. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 2; still++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#turns > 0) still = -1;
    }
  }

  /** Lets time pass, no faster than things happen, until `promise` is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    for (;;) {
      await this.quiet();
      if (settled) return promise;
      if (!this.#fireNext()) throw new Error('It hangs: nothing will ever happen by itself.');
    }
  }

  /** Lets `ms` pass, with what happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await this.quiet();
    while (this.#fireNext(end));
    this.#now = end;
  }

  #add({ callback, ...rest }: Timer): () => void {
    // As timers of Node, it runs where it was set.
    const timer = { ...rest, callback: AsyncResource.bind(callback) };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  #fireNext(latest: number = Number.POSITIVE_INFINITY): boolean {
    const next = this.#timers.reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
    if (!next || next.at > latest) return false;
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }
}
