import type { ExecutionStore } from '../src/store.ts';

type Method = Exclude<keyof ExecutionStore, 'read' | 'close'>;

/** What a fault does to the next call of a method. `lost`: applied, but the answer never arrives. */
interface Fault {
  method: Method;
  kind: 'fails' | 'lost';
}

export interface WatchedStore extends ExecutionStore {
  /** Calls so far, by method. */
  readonly calls: Map<string, number>;
  /** Where the reads of logs began, in order. */
  readonly readsAfter: number[];
  /** Calls that have no answer yet. */
  readonly underWay: number;
  /** Lets the next call of `method` fail, before or after it is applied. */
  fail(method: Method, kind: Fault['kind'], times?: number): void;
  /** Does `work` just before the next call of `method`: another process that gets in between. */
  before(method: Method, work: () => Promise<void>): void;
}

/** A store that counts its calls and fails where it is told to. */
export function watchedStore(store: ExecutionStore): WatchedStore {
  const calls = new Map<string, number>();
  const readsAfter: number[] = [];
  const faults: Fault[] = [];
  const intruders: { method: Method; work: () => Promise<void> }[] = [];
  let underWay = 0;

  const faulty = async <Answer>(method: Method, call: () => Promise<Answer>): Promise<Answer> => {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    const intruder = intruders.findIndex((one) => one.method === method);
    if (intruder >= 0) await intruders.splice(intruder, 1)[0]?.work();
    const index = faults.findIndex((fault) => fault.method === method);
    const fault = index >= 0 ? faults.splice(index, 1)[0] : undefined;
    if (fault?.kind === 'fails') throw new Error(`${method} could not reach the disk.`);
    const answer = await call();
    if (fault?.kind === 'lost') throw new Error(`The answer of ${method} was lost.`);
    return answer;
  };
  const watched =
    <Args extends unknown[], Answer>(method: Method, call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      underWay += 1;
      try {
        return await faulty(method, () => call(...args));
      } finally {
        underWay -= 1;
      }
    };

  return {
    calls,
    readsAfter,
    get underWay() {
      return underWay;
    },
    fail(method, kind, times = 1) {
      for (let count = 0; count < times; count++) faults.push({ method, kind });
    },
    before(method, work) {
      intruders.push({ method, work });
    },
    create: watched('create', (run) => store.create(run)),
    append: watched('append', (runId, item, head) => store.append(runId, item, head)),
    head: watched('head', (runId) => store.head(runId)),
    settle: watched('settle', (runId, id, outcome, at, seen) => store.settle(runId, id, outcome, at, seen)),
    heartbeat: watched('heartbeat', (runId, id, at) => store.heartbeat(runId, id, at)),
    outside: watched('outside', (runId) => store.outside(runId)),
    due: watched('due', (now, limit) => store.due(now, limit)),
    reschedule: watched('reschedule', (runId, sequence, dueAt, leaseUntil) =>
      store.reschedule(runId, sequence, dueAt, leaseUntil),
    ),
    nextDue: watched('nextDue', () => store.nextDue()),
    list: watched('list', (filter) => store.list(filter)),
    async *read(runId, after) {
      calls.set('read', (calls.get('read') ?? 0) + 1);
      readsAfter.push(after ?? 0);
      underWay += 1;
      try {
        yield* store.read(runId, after);
      } finally {
        underWay -= 1;
      }
    },
    keepSnapshot: watched('keepSnapshot', (runId, snapshot) => store.keepSnapshot(runId, snapshot)),
    snapshot: watched('snapshot', (runId) => store.snapshot(runId)),
    close: () => store.close(),
  };
}
