import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionStore, memoryStore, type NewRun } from '@middy-durable/backend';
import { sqliteStore } from '@middy-durable/local';
import type { SentCheckpoint } from '../checks/run-checker.ts';
import { RunChecker } from '../checks/run-checker.ts';
import type { Breakage, StoreKind } from '../scenario.ts';

/** What outlives every process: the store, and the checker that sees each write that reaches it. */
export class Storage {
  readonly runs: Map<string, RunChecker> = new Map();
  /** What functions have asked, by client token. */
  readonly sent: Map<string, SentCheckpoint> = new Map();
  /** Requests whose handler has answered. */
  readonly answered: Set<string> = new Set();
  /** Chained invokes that have started a run. */
  readonly #calls = new Set<string>();
  /** As processes see it, breakages included. A file is open twice, as by two processes. */
  #stores: ExecutionStore[];
  readonly #kind: StoreKind;
  readonly #folder: string | undefined;
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
    this.#kind = kind;
    this.#breakage = breakage;
    this.#report = report;
    this.#folder = kind === 'sqlite' ? mkdtempSync(join(tmpdir(), 'simulated-store-')) : undefined;
    this.#stores = this.#open();
  }

  storeFor(process: number): ExecutionStore {
    return this.#stores[process % this.#stores.length] as ExecutionStore;
  }

  /** As after a restart: a file is opened again, and memory can't be. */
  async reopen(): Promise<void> {
    if (this.#kind === 'memory') return;
    await this.#close();
    this.#stores = this.#open();
  }

  async destroy(): Promise<void> {
    await this.#close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The checker of the execution with this name. */
  named(name: string): RunChecker | undefined {
    for (const checker of this.runs.values()) if (checker.run.name === name) return checker;
    return undefined;
  }

  async #close(): Promise<void> {
    for (const store of this.#stores) await store.close();
  }

  #open(): ExecutionStore[] {
    const folder = this.#folder;
    if (folder === undefined) return [this.#seen(memoryStore())];
    const file = join(folder, 'executions.db');
    return [this.#seen(sqliteStore({ file })), this.#seen(sqliteStore({ file }))];
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

  #watched(real: ExecutionStore): ExecutionStore {
    return {
      create: async (run) => {
        const answer = await real.create(run);
        if (answer.created) this.#created(run);
        return answer;
      },
      append: async (runId, item, head) => {
        await real.append(runId, item, head);
        if (item.events.some(({ type }) => type === 'InvocationStarted')) this.#onClaim();
        this.runs.get(runId)?.append(item, this.sent.get(item.clientToken ?? ''));
      },
      head: (runId) => real.head(runId),
      read: (runId, after) => real.read(runId, after),
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
