import type { Runtime } from '@middy-durable/protocol';

/** The machine's time, and what was skipped: the official engine reads the machine's clock, so this one is never behind it. */
export class SkippingClock implements Runtime {
  #skipped = 0;

  now(): number {
    return Date.now() + this.#skipped;
  }

  randomId(): string {
    return crypto.randomUUID();
  }

  schedule(callback: () => void, ms: number): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  /** Nothing: what the other workflows of this process keep open is none of this one's. */
  activeResources(): ReadonlyMap<string, number> {
    return new Map();
  }

  skipTo(moment: number): void {
    this.#skipped += Math.max(0, moment - this.now());
  }
}
