import type { ExecutionStore, LogItem, NewRun } from '@middy-durable/backend';
import type { SentCheckpoint } from '../checks/run-checker.ts';
import { RunChecker } from '../checks/run-checker.ts';
import type { Breakage, StoreKind } from '../scenario.ts';
import { type OpenStores, openStores } from './open-stores.ts';
import type { StruckRequests } from './struck-requests.ts';

/** What outlives every process: the store, and the checker that sees each write that reaches it. */
export class Storage {
  readonly runs: Map<string, RunChecker> = new Map();
  /** What functions have asked, by client token. */
  readonly sent: Map<string, SentCheckpoint> = new Map();
  /** Invocations by their number. */
  readonly invocations: Map<number, string> = new Map();
  /** Checkpoints that were stored, by client token, with the invocation that has not got the answer. */
  readonly unheard: Map<string, string> = new Map();
  /** Requests whose handler has answered. */
  readonly answered: Set<string> = new Set();
  /** Chained invokes that have started a run. */
  readonly #calls = new Set<string>();
  /** As processes see it, breakages included. */
  readonly #stores: OpenStores;
  readonly #breakage: Breakage;
  readonly #onClaim: () => void;
  readonly #report: (rule: string, detail: string) => void;

  constructor(
    kind: StoreKind,
    breakage: Breakage,
    report: (rule: string, detail: string) => void,
    onClaim: () => void,
  ) {
    this.#onClaim = onClaim;
    this.#breakage = breakage;
    this.#report = report;
    this.#stores = openStores(kind, (store) => this.#seen(store));
  }

  storeFor(process: number): ExecutionStore {
    return this.#stores.of(process);
  }

  get requests(): StruckRequests | undefined {
    return this.#stores.requests;
  }

  /** As after a restart. */
  reopen(): Promise<void> {
    return this.#stores.reopen();
  }

  destroy(): Promise<void> {
    return this.#stores.destroy();
  }

  /** The checker of the execution with this name. */
  named(name: string): RunChecker | undefined {
    for (const checker of this.runs.values()) if (checker.run.name === name) return checker;
    return undefined;
  }

  /** Something that this invocation sent was stored, and it never learned of it. */
  hasUnheard(invocation: number): boolean {
    const id = this.invocations.get(invocation);
    return [...this.unheard.values()].some((unheard) => unheard === id);
  }

  #seen(real: ExecutionStore): ExecutionStore {
    const watched = this.#watched(real);
    return this.#breakage.wrapStore?.(watched) ?? watched;
  }

  #created(run: NewRun): void {
    this.runs.set(run.runId, new RunChecker(run, this.answered, this.#report));
    const [started] = run.firstItem.events;
    if (started?.type !== 'ExecutionStarted' || started.caller === undefined) return;
    const call = `${started.caller.runId} ${started.caller.operationId}`;
    if (this.#calls.has(call)) this.#report('one run for each call', `call ${call} has started ${run.arn} too`);
    this.#calls.add(call);
  }

  #appended(runId: string, item: LogItem): void {
    if (item.events.some(({ type }) => type === 'InvocationStarted')) this.#onClaim();
    const sent = this.sent.get(item.clientToken ?? '');
    if (sent && item.clientToken) this.unheard.set(item.clientToken, sent.invocationId);
    this.runs.get(runId)?.append(item, sent);
  }

  /** A call of several requests may have failed after its write. */
  async #isWritten(runId: string, { sequence, writeId }: LogItem): Promise<boolean> {
    const store = this.#stores.untouched;
    if (store === undefined || (await store.head(runId)) === undefined) return false;
    for await (const item of store.read(runId, sequence - 1)) return item.writeId === writeId;
    return false;
  }

  #watched(real: ExecutionStore): ExecutionStore {
    return {
      create: async (run) => {
        try {
          const answer = await real.create(run);
          if (answer.created) this.#created(run);
          return answer;
        } catch (error) {
          if (await this.#isWritten(run.runId, run.firstItem)) this.#created(run);
          throw error;
        }
      },
      append: async (runId, item, head) => {
        try {
          await real.append(runId, item, head);
        } catch (error) {
          if (await this.#isWritten(runId, item)) this.#appended(runId, item);
          throw error;
        }
        this.#appended(runId, item);
      },
      head: (runId) => real.head(runId),
      read: (runId, after) => real.read(runId, after),
      keepSnapshot: (runId, snapshot) => real.keepSnapshot(runId, snapshot),
      snapshot: (runId) => real.snapshot(runId),
      settle: (runId, operationId, outcome, at, seen) => real.settle(runId, operationId, outcome, at, seen),
      heartbeat: (runId, operationId, at) => real.heartbeat(runId, operationId, at),
      outside: (runId) => real.outside(runId),
      due: (now, limit) => real.due(now, limit),
      reschedule: (runId, sequence, dueAt, leaseUntil) => real.reschedule(runId, sequence, dueAt, leaseUntil),
      nextDue: () => real.nextDue(),
      list: (filter) => real.list(filter),
      close: () => real.close(),
    };
  }
}
