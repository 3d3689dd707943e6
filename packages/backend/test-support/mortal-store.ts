import type { ExecutionStore } from '../src/store.ts';

/** A store as seen by a process that dies in the middle of its n-th call: before it is applied, or before it is answered. */
export interface MortalStore extends ExecutionStore {
  /** Resolves when the process is dead. */
  readonly death: Promise<void>;
  readonly alive: boolean;
  die(): void;
}

export function mortalStore(store: ExecutionStore, diesAt: number, moment: 'before' | 'after'): MortalStore {
  let calls = 0;
  let alive = true;
  let tell = (): void => {};
  const death = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const die = (): void => {
    alive = false;
    tell();
  };
  const forever = <T>(): Promise<T> => new Promise(() => {});
  const mortal =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      calls += 1;
      if (calls === diesAt && moment === 'before') die();
      if (!alive) return forever();
      const last = calls === diesAt;
      const answer = await call(...args);
      if (last) die();
      return alive ? answer : forever();
    };
  return {
    death,
    get alive() {
      return alive;
    },
    die,
    create: mortal((run) => store.create(run)),
    append: mortal((runId, item, head) => store.append(runId, item, head)),
    head: mortal((runId) => store.head(runId)),
    async *read(runId, after) {
      if (!alive) await forever();
      yield* store.read(runId, after);
    },
    keepSnapshot: mortal((...args) => store.keepSnapshot(...args)),
    snapshot: mortal((runId) => store.snapshot(runId)),
    settle: mortal((...args) => store.settle(...args)),
    heartbeat: mortal((...args) => store.heartbeat(...args)),
    outside: mortal((runId) => store.outside(runId)),
    due: mortal((now, limit) => store.due(now, limit)),
    reschedule: mortal((...args) => store.reschedule(...args)),
    nextDue: mortal(() => store.nextDue()),
    list: mortal((filter) => store.list(filter)),
    close: () => store.close(),
  };
}
