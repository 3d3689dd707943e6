import {
  type BlockedRun,
  blockedAfter,
  type Clock,
  type ExecutionStatus,
  isFinal,
  type RunEvent,
  ServiceException,
} from '@middy-durable/protocol';
import { RunLog } from './run-log.ts';
import { type SnapshotRule, USUAL_SNAPSHOTS } from './snapshot-rule.ts';
import { recall, snapshotOf } from './snapshot-text.ts';
import { type ExecutionStore, type HeadChange, type LogItem, type RunHead, VersionConflict } from './store.ts';

/** What an append says besides its events. */
export interface Append {
  events: RunEvent[];
  clientToken?: string | undefined;
  opens?: string[] | undefined;
  absorbs?: string[] | undefined;
  /** Ignored when the run has ended with these events: then only what it leaves behind is due, at once. */
  dueAt: number | undefined;
  leaseUntil: number | undefined;
}

/** A log, and the head that was read before it. */
interface Loaded {
  log: RunLog;
  head: RunHead;
}

interface Entry {
  log: RunLog | undefined;
  /** Ends when the last piece of work queued so far has ended. */
  queue: Promise<void>;
  users: number;
}

type Work<T> = (log: RunLog | undefined, head: RunHead | undefined) => Promise<T>;

/** Each lost race means that somebody else got on, so only a broken store gets this far. */
const MOST_LOST_RACES = 100;

const ENDS: Partial<Record<RunEvent['type'], ExecutionStatus>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionStopped: 'STOPPED',
};

/**
 * The logs that this process works on. Work on one run happens one piece at a time here; against other processes the
 * append decides. Keeps the least recently used logs out of memory, and those of ended runs.
 */
export class RunLogs {
  readonly #store: ExecutionStore;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #onEnd: (log: RunLog) => void;
  readonly #snapshots: SnapshotRule;
  readonly #entries = new Map<string, Entry>();

  constructor(options: {
    store: ExecutionStore;
    clock: Clock;
    limit: number;
    onEnd: (log: RunLog) => void;
    snapshots?: SnapshotRule | undefined;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#limit = options.limit;
    this.#onEnd = options.onEnd;
    this.#snapshots = options.snapshots ?? USUAL_SNAPSHOTS;
  }

  /** Logs in memory. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Does `work` with the run's log, undefined for an unknown run, and with its head where that was read a moment ago. After
   * a {@link VersionConflict} the work is done again, on the log as it is then.
   */
  async exclusively<T>(runId: string, work: Work<T>): Promise<T> {
    const entry = this.#use(runId);
    const turn = entry.queue;
    let leave: () => void = () => {};
    entry.queue = new Promise((resolve) => {
      leave = resolve;
    });
    await turn;
    try {
      return await this.#attempt(runId, entry, work);
    } finally {
      this.#release(runId, entry);
      leave();
    }
  }

  /** Takes the log of a run that was just created here, so that its first checkpoint need not read it. */
  adopt(log: RunLog): void {
    const { runId } = log.identity;
    const entry = this.#use(runId);
    entry.log ??= log;
    this.#release(runId, entry);
  }

  /** Reads what others have appended. */
  async catchUp(log: RunLog): Promise<void> {
    for await (const item of this.#store.read(log.identity.runId, log.sequence)) log.apply(item);
  }

  /** Appends one item after the last one that `log` knows and takes it into `log`. */
  async append(log: RunLog, append: Append): Promise<LogItem> {
    const { events, clientToken, opens, absorbs } = append;
    const item: LogItem = { sequence: log.sequence + 1, writeId: this.#clock.randomId(), events };
    if (clientToken !== undefined) item.clientToken = clientToken;
    if (opens?.length) item.opens = opens;
    if (absorbs?.length) item.absorbs = absorbs;
    const wasOpen = !log.closed;
    try {
      await this.#store.append(log.identity.runId, item, headAfter(log, append));
    } catch (error) {
      if (!(await isStored(this.#store, log.identity.runId, item))) throw error;
    }
    log.apply(item);
    if (wasOpen && log.closed) this.#onEnd(log);
    return item;
  }

  /**
   * Makes the next loads of a running run cheaper, where that pays. Best effort, and never a reason to fail: what a snapshot
   * says is in the log. Only for a log without a lease: an invocation that is at work needs none.
   */
  async coverBySnapshot(log: RunLog): Promise<void> {
    if (log.closed || log.ahead > 0 || !log.uncovered.isLong(this.#snapshots)) return;
    try {
      const snapshot = snapshotOf(log);
      if (!log.uncovered.pays(this.#snapshots, snapshot.text.length)) return;
      await this.#store.keepSnapshot(log.identity.runId, snapshot);
      log.uncovered.clear();
    } catch {
      // The next suspension tries again.
    }
  }

  async #attempt<T>(runId: string, entry: Entry, work: Work<T>): Promise<T> {
    for (let lost = 0; lost < MOST_LOST_RACES; lost++) {
      try {
        if (lost > 0 && entry.log !== undefined) await this.catchUp(entry.log);
        let head: RunHead | undefined;
        if (entry.log === undefined) {
          const loaded = await this.#load(runId);
          entry.log = loaded?.log;
          if (loaded?.head.sequence === entry.log?.sequence) head = loaded?.head;
        }
        return await work(entry.log, head);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      } finally {
        // What ran ahead and was not appended never happened: read the truth again next time.
        if (entry.log && entry.log.ahead > 0) entry.log = undefined;
      }
    }
    throw new ServiceException(
      `Run ${runId} could not be written: ${MOST_LOST_RACES} times another writer was first. Try again later.`,
    );
  }

  async #load(runId: string): Promise<Loaded | undefined> {
    const head = await this.#store.head(runId);
    if (head === undefined) return undefined;
    const covered = head.sequence < this.#snapshots.items ? undefined : await this.#loadCovered(head);
    if (covered !== undefined) return { log: covered, head };
    let log: RunLog | undefined;
    for await (const item of this.#store.read(runId)) {
      if (log === undefined) log = new RunLog(head, item);
      else log.apply(item);
    }
    return log && { log, head };
  }

  /** The snapshot and what came after it; undefined where there is none that can be used. */
  async #loadCovered(head: RunHead): Promise<RunLog | undefined> {
    const snapshot = await this.#store.snapshot(head.runId).catch((error: { retryable?: unknown }) => {
      // A store that is busy is not asked for more at once. Whatever else is wrong with a snapshot, the log has it all.
      if (error.retryable === true) throw error;
      return undefined;
    });
    if (snapshot === undefined) return undefined;
    let log: RunLog | undefined;
    // Its own last item is read again: it tells whether the snapshot is of this log.
    for await (const item of this.#store.read(head.runId, snapshot.sequence - 1)) {
      if (log !== undefined) log.apply(item);
      else {
        const memory = item.sequence === snapshot.sequence ? recall(snapshot, item.writeId) : undefined;
        if (memory === undefined) return undefined;
        log = new RunLog(head, item, memory);
      }
    }
    return log;
  }

  #use(runId: string): Entry {
    const entry = this.#entries.get(runId) ?? { log: undefined, queue: Promise.resolve(), users: 0 };
    entry.users += 1;
    // The map is in order of use, the oldest first.
    this.#entries.delete(runId);
    this.#entries.set(runId, entry);
    return entry;
  }

  #release(runId: string, entry: Entry): void {
    entry.users -= 1;
    const { log } = entry;
    // An ended run is needed once more while its last invocation has not answered.
    if (entry.users === 0 && (log === undefined || (log.closed && !log.state.invocation))) this.#entries.delete(runId);
    for (const [id, { users }] of this.#entries) {
      if (this.#entries.size <= this.#limit) break;
      if (users === 0) this.#entries.delete(id);
    }
  }
}

/** All events of a run, from its start. */
export async function storedEvents(store: ExecutionStore, runId: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const item of store.read(runId)) events.push(...item.events);
  return events;
}

/** Tells a lost answer from a lost race and from a failure: is our own write there? False where the store does not say. */
export async function isStored(store: ExecutionStore, runId: string, item: LogItem): Promise<boolean> {
  try {
    for await (const stored of store.read(runId, item.sequence - 1)) return stored.writeId === item.writeId;
  } catch {
    // The failure of the write says more than this one.
  }
  return false;
}

function headAfter(log: RunLog, { events, dueAt, leaseUntil }: Append): HeadChange {
  const end = events.find((event) => ENDS[event.type] !== undefined);
  const status = (end && ENDS[end.type]) ?? log.state.status;
  if (!isFinal(status)) return { status, dueAt, leaseUntil, blocked: blockedWith(log, events) };
  const endedAt = end?.at ?? log.state.endedAt;
  const leavesWork = log.leavesWork || events.some(({ type }) => type === 'ChainedInvokeStarted');
  return { status, endedAt, dueAt: leavesWork ? endedAt : undefined, leaseUntil: undefined };
}

function blockedWith({ state, ahead }: RunLog, events: readonly RunEvent[]): BlockedRun | undefined {
  let { blocked } = state;
  for (const event of events.slice(ahead)) {
    const isCurrent = event.type === 'InvocationCompleted' && event.invocationId === state.invocation?.invocationId;
    if (isCurrent) blocked = blockedAfter(blocked, event);
  }
  return blocked;
}
