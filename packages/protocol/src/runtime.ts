/**
 * Everything that the engine and the backends take from the process: time, timers, turns of the event loop, randomness.
 * Injected, so that tests and the simulation own it. Default: the process itself.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `callback` once, `ms` milliseconds from now (0 or more); the returned function takes it back. */
  schedule(callback: () => void, ms: number): () => void;
  /** A random UUID. */
  randomId(): string;
}

/** What a function's side needs besides a clock. */
export interface Runtime extends Clock {
  /** Runs `callback` in the next turn of the event loop, after all that can move without it has moved. */
  nextTurn(callback: () => void): void;
  /**
   * What keeps the event loop busy now, counted by kind ("Timeout", "TCPSocketWrap" ...), without the engine's own timers.
   * Evidence of plain asynchronous work, not proof: Node does not list crypto, zlib or WebAssembly jobs.
   */
  activeResources(): ReadonlyMap<string, number>;
}

/** Marks the property of an event under which a test runner hands over its {@link Runtime}. */
export const RUNTIME_KEY: unique symbol = Symbol.for('@middy-durable/runtime') as never;
