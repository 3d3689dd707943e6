import {
  evolve,
  isFinal,
  type OperationRecord,
  openRun,
  type RunEvent,
  type RunState,
  visibleOperations,
} from '@middy-durable/protocol';
import type { CallStarted } from './chained-invoke.ts';
import { UncoveredTail } from './snapshot-rule.ts';
import type { LogItem, RunHead } from './store.ts';

/** Members of a run's head that never change. */
export type RunIdentity = Pick<RunHead, 'runId' | 'arn' | 'functionName' | 'name'>;

type RunStart = Extract<RunEvent, { type: 'ExecutionStarted' }>;

/** What is known of a log up to one of its items, without the items before. */
export interface LogMemory {
  start: RunStart;
  state: RunState;
  lastAt: number;
  calls: readonly CallStarted[];
  /** See `changedDuringInvocation`. */
  changed: boolean;
}

/** What the outside or a timer does to an operation: a handler has to be told of it. */
const OUTSIDE_EVENTS: ReadonlySet<RunEvent['type']> = new Set([
  'WaitSucceeded',
  'StepReady',
  'CallbackSucceeded',
  'CallbackFailed',
  'CallbackTimedOut',
  'ChainedInvokeSucceeded',
  'ChainedInvokeFailed',
  'ChainedInvokeTimedOut',
  'ChainedInvokeStopped',
]);

/**
 * A run in memory: the fold of its log up to item `sequence`. Only a copy: whether it is the newest one shows at the
 * append, which fails when it is not.
 */
export class RunLog {
  readonly identity: RunIdentity;
  readonly start: RunStart;
  readonly state: RunState;
  /** What a load has to read behind the newest snapshot. */
  readonly uncovered: UncoveredTail = new UncoveredTail();
  sequence: number;
  lastItem: LogItem;
  /** Moment of the newest event. */
  lastAt: number;
  /** Callbacks and chained invokes whose outcome is not in the log yet. */
  readonly openOutside: Set<string> = new Set();
  /** The chained invokes among them, by operation id. */
  readonly calls: Map<string, CallStarted> = new Map();
  /** The chained invoke that started this run, and waits for its outcome. */
  readonly caller: { runId: string; operationId: string } | undefined;
  readonly tenantId: string | undefined;
  /** A call of an ordinary function, no execution. */
  readonly ordinary: boolean;
  /** Whether the outside or a timer changed an operation since the current invocation began. */
  changedDuringInvocation = false;
  /** Events at the front of the next item that `state` has already. Above 0 the state is no fold of the log. */
  ahead = 0;
  #visible: OperationRecord[] | undefined;

  /** @param item the first one, or with `memory` the one that is remembered last */
  constructor(identity: RunIdentity, item: LogItem, memory?: LogMemory) {
    const start = memory?.start ?? item.events[0];
    if (start?.type !== 'ExecutionStarted') {
      throw new Error(
        `The log of run ${identity.runId} does not begin with its start: it is damaged. Restore it, or delete the run.`,
      );
    }
    this.identity = identity;
    this.start = start;
    this.state = memory?.state ?? openRun(start);
    this.caller = start.caller;
    this.tenantId = start.tenantId;
    this.ordinary = start.ordinary === true;
    this.sequence = item.sequence;
    this.lastItem = item;
    this.lastAt = memory?.lastAt ?? start.at;
    if (memory !== undefined) {
      this.#remember(memory);
      return;
    }
    this.ahead = 1;
    this.apply(item);
  }

  get closed(): boolean {
    return isFinal(this.state.status);
  }

  /** Whether there may be something to do after its end: its calls are to be started, its caller is to be told. */
  get leavesWork(): boolean {
    return this.caller !== undefined || this.calls.size > 0;
  }

  /** Epoch milliseconds at which the execution times out. */
  get deadline(): number {
    return this.state.startedAt + this.state.executionTimeout * 1000;
  }

  /** The moment that new events carry: a log's time never runs backwards, whoever's clock wrote it. */
  stamp(now: number): number {
    return Math.max(now, this.lastAt);
  }

  /** Takes events into the state before they are in the log, so that a decision can stand on them. */
  runAhead(events: readonly RunEvent[]): void {
    for (const event of events) {
      this.ahead += 1;
      this.#evolve(event);
    }
  }

  /** Takes an item that is in the log. */
  apply(item: LogItem): void {
    const known = this.ahead;
    // Until the last event is in, the state is none that can be used.
    this.ahead = item.events.length + 1;
    for (const event of item.events.slice(known)) this.#evolve(event);
    this.ahead = 0;
    this.sequence = item.sequence;
    this.lastItem = item;
    this.uncovered.add(item);
  }

  /** What an invocation loads, in order of start. */
  visible(): readonly OperationRecord[] {
    this.#visible ??= visibleOperations(this.state);
    return this.#visible;
  }

  /** The operations that an item touched, each once, as they are now. */
  touchedBy(item: LogItem): OperationRecord[] {
    const ids = new Set<string>();
    for (const event of item.events) {
      if ('invocationId' in event || event.type === 'CodeChanged') continue;
      ids.add(event.type.startsWith('Execution') ? this.state.executionId : (event as { id: string }).id);
    }
    return [...ids].flatMap((id) => this.state.operations.get(id) ?? []);
  }

  #remember({ calls, changed }: LogMemory): void {
    const { operations, waiting } = this.state;
    for (const id of waiting) {
      const type = operations.get(id)?.Type;
      if (type === 'CALLBACK' || type === 'CHAINED_INVOKE') this.openOutside.add(id);
    }
    for (const call of calls) this.calls.set(call.id, call);
    this.changedDuringInvocation = changed;
  }

  #evolve(event: RunEvent): void {
    evolve(this.state, event);
    this.#visible = undefined;
    this.lastAt = Math.max(this.lastAt, event.at);
    if (event.type === 'InvocationStarted') this.changedDuringInvocation = false;
    else if (event.type === 'CallbackStarted') this.openOutside.add(event.id);
    else if (event.type === 'ChainedInvokeStarted') {
      this.openOutside.add(event.id);
      this.calls.set(event.id, event);
    } else if (OUTSIDE_EVENTS.has(event.type)) {
      this.changedDuringInvocation = true;
      this.openOutside.delete((event as { id: string }).id);
      this.calls.delete((event as { id: string }).id);
    }
  }
}
