import type { BlockedRun, ErrorObject, ExecutionStatus, RunEvent } from '@middy-durable/protocol';

/**
 * Where runs are kept. A run is an append-only log of items; item numbers are dense, and the number of the last one is
 * the run's only lock: an append says which item it follows and fails when it is not the last any more.
 *
 * What comes from outside (a callback's result, its heartbeat, its timeout) never writes the log. It settles an
 * *outside item*, first one wins, and the log absorbs the outcome with a later append.
 */
export interface ExecutionStore {
  /**
   * Makes the run with its first item (number 1), unless its name is taken in its function. Atomic and durable.
   *
   * A name that `run.replaces` holds, and nobody else, is not taken once that run has ended (its status is final): in the
   * same atom the name goes over to the new run, and is what later calls of `create` answer with. The replaced run stays
   * as it is, for `head`, `read`, `list` and `due`. Of several that replace the same run one wins. `replaces` of a run
   * that does not hold the name (never did, or not any more) means nothing.
   */
  create(run: NewRun): Promise<{ created: true } | { created: false; existing: RunHead }>;

  /**
   * Appends one item: atomic, and durable when it resolves. Rejects with {@link VersionConflict} when `item.sequence - 1`
   * is not the run's last item. `item.opens` makes outside items with it; `item.absorbs` marks outside items as read;
   * `head` replaces the stated members of the run's head. An append of a final status closes every open outside item
   * of the run in the same atom.
   */
  append(runId: string, item: LogItem, head: HeadChange): Promise<void>;

  /** The run's head, or undefined. */
  head(runId: string): Promise<RunHead | undefined>;

  /** The items after number `after` (default 0: all), in order. */
  read(runId: string, after?: number): AsyncIterable<LogItem>;

  /**
   * Keeps what `snapshot.text` says of the log up to item `snapshot.sequence`, which is in the log. At most one is kept of a
   * run: one that goes up to the same or a higher number stands. Not durable before it is answered, and perhaps not after.
   */
  keepSnapshot(runId: string, snapshot: Snapshot): Promise<void>;

  /** The snapshot that is kept, whole and unchanged, or undefined. */
  snapshot(runId: string): Promise<Snapshot | undefined>;

  /**
   * Settles an outside item: `first` when this call did it, else what stands (also for a closed item: `closed`). With
   * `seen` only while the item's newest heartbeat is still that one (`undefined`: none); otherwise `alive`.
   */
  settle(
    runId: string,
    operationId: string,
    outcome: Outcome,
    at: number,
    seen?: { heartbeatAt: number | undefined },
  ): Promise<Settlement>;

  /** Notes a heartbeat on an open outside item; answers like `settle` (`first` means noted). */
  heartbeat(runId: string, operationId: string, at: number): Promise<Settlement>;

  /** Outside items of the run that are not absorbed yet: open ones with their heartbeat, settled ones with their outcome. */
  outside(runId: string): Promise<OutsideItem[]>;

  /**
   * Runs with something to do at `now`, earliest first: `dueAt` has come (also of a run that has ended), or the run is
   * running and an outside item is settled and not absorbed while no lease lives. A hint: who finds one reads the head
   * and decides.
   */
  due(now: number, limit: number): Promise<string[]>;

  /**
   * Replaces `dueAt`, and `leaseUntil` where it is given, while `sequence` still is the run's last item: a deadline moved
   * and nothing else changed. Does nothing otherwise.
   */
  reschedule(runId: string, sequence: number, dueAt: number | undefined, leaseUntil?: number): Promise<void>;

  /** When the next run falls due, or undefined when none will by itself. */
  nextDue(): Promise<number | undefined>;

  /** Heads of executions by start time, newest first unless `oldestFirst`; `after` is the last head of the page before. */
  list(filter: RunFilter): Promise<RunHead[]>;

  close(): Promise<void>;
}

/** What of a run can be known without its log. */
export interface RunHead {
  runId: string;
  arn: string;
  functionName: string;
  name: string;
  /** Hash of the input, or `event:` and the fingerprint of an ordinary event: tells a repeated start from a different one. */
  inputHash: string;
  status: ExecutionStatus;
  startedAt: number;
  endedAt?: number | undefined;
  /** Number of the last log item. */
  sequence: number;
  /**
   * When the run wants to be looked at next (timer, lease end, execution timeout, something to do after its end);
   * undefined when only the outside can move it.
   */
  dueAt?: number | undefined;
  /** Until when the current invocation may work; undefined while none is running. */
  leaseUntil?: number | undefined;
  /** True for a call of an ordinary function: a run, but no execution, so it is never listed. */
  ordinary?: boolean | undefined;
  /** Present while code that was changed does not fit the record. */
  blocked?: BlockedRun | undefined;
}

export type NewRun = Omit<RunHead, 'sequence' | 'status'> & {
  /** With all that the run has at first: its start, perhaps a running invocation (`leaseUntil`), perhaps kept operations. */
  firstItem: LogItem;
  /** Id of an ended run that gives its name to this one. Not part of the head. */
  replaces?: string | undefined;
};

/** Members that an append replaces. `undefined` clears `dueAt`, `leaseUntil` and `blocked`. */
export interface HeadChange {
  status: ExecutionStatus;
  endedAt?: number | undefined;
  dueAt: number | undefined;
  leaseUntil: number | undefined;
  blocked?: BlockedRun | undefined;
}

/** One append. */
export interface LogItem {
  sequence: number;
  /** Unique per try: tells a lost answer from a lost race. */
  writeId: string;
  /** Set on a checkpoint: what the function sent, so that a repeat is answered again. */
  clientToken?: string | undefined;
  events: RunEvent[];
  opens?: string[] | undefined;
  absorbs?: string[] | undefined;
}

/** A run's log up to an item, in short: it spares reading what came before. Never the only place where something is said. */
export interface Snapshot {
  /** Number of the last item that it covers. */
  sequence: number;
  text: string;
}

/** How something outside ended. `writerId`: who completed it, where they said so. */
export type Outcome = { writerId?: string | undefined } & (
  | { status: 'SUCCEEDED'; result?: string | undefined }
  | { status: 'FAILED' | 'TIMED_OUT' | 'STOPPED'; error?: ErrorObject | undefined }
);

export interface OutsideItem {
  operationId: string;
  heartbeatAt?: number | undefined;
  outcome?: Outcome | undefined;
  settledAt?: number | undefined;
}

export type Settlement = 'first' | 'unknown' | 'closed' | 'alive' | { settled: Outcome };

export interface RunFilter {
  functionName?: string | undefined;
  name?: string | undefined;
  statuses?: ExecutionStatus[] | undefined;
  startedAfter?: number | undefined;
  startedBefore?: number | undefined;
  oldestFirst?: boolean | undefined;
  after?: Pick<RunHead, 'startedAt' | 'runId'> | undefined;
  limit: number;
}

/** Somebody else appended first. Read on from where you are and decide again. */
export class VersionConflict extends Error {
  constructor(runId: string, sequence: number) {
    super(`Item ${sequence} of run ${runId} exists already: another writer was first. Read the log and decide again.`);
    this.name = 'VersionConflict';
  }
}

/** The store can't be used as it is: a locked, corrupt or newer file, missing rights. The message says what to do. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
  }
}
