/** What ends the process that a handler runs in. None of them settles. */
export const DISASTERS = {
  exit: async () => process.exit(3),
  uncaughtException: async () => {
    setTimeout(() => {
      throw new RangeError('Nobody catches this.');
    });
    await forever();
  },
  unhandledRejection: async () => {
    void Promise.reject(new RangeError('Nobody handles this.'));
    await forever();
  },
  outOfMemory: async () => {
    const held: unknown[] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  sigkill: async () => {
    process.kill(process.pid, 'SIGKILL');
    await forever();
  },
  /** Until the deadline, idly. */
  hang: forever,
  /** Until the deadline, without ever giving the event loop a turn. */
  spin: async () => {
    for (;;);
  },
} as const satisfies Record<string, () => Promise<unknown>>;

export type Disaster = keyof typeof DISASTERS;

/** A timer shows that something is at work. */
function forever(): Promise<never> {
  return new Promise(() => void setInterval(() => {}, 1000));
}
