import { isFinal } from '@middy-durable/protocol';
import {
  type ExecutionStore,
  type LogItem,
  type NewRun,
  type Outcome,
  type OutsideItem,
  type RunFilter,
  type RunHead,
  type Settlement,
  type Snapshot,
  VersionConflict,
} from './store.ts';

interface StoredOutside extends OutsideItem {
  absorbed?: boolean;
  closed?: boolean;
}

interface StoredRun {
  head: RunHead;
  /** Items as text: what a caller holds is never what the store holds. */
  items: string[];
  outside: Map<string, StoredOutside>;
  snapshot?: Snapshot;
}

/** A store in memory: it lasts as long as the object, and any number of backends and services may share it. */
export function memoryStore(): ExecutionStore {
  return new MemoryStore();
}

class MemoryStore implements ExecutionStore {
  readonly #runs = new Map<string, StoredRun>();
  readonly #names = new Map<string, StoredRun>();
  /** Runs that are running or due; only these are looked through for work. */
  readonly #active = new Set<StoredRun>();

  async create(run: NewRun): Promise<{ created: true } | { created: false; existing: RunHead }> {
    const name = JSON.stringify([run.functionName, run.name]);
    const existing = this.#names.get(name);
    const { firstItem, replaces, ...head } = run;
    const isFree = existing === undefined || (existing.head.runId === replaces && isFinal(existing.head.status));
    if (!isFree) return { created: false, existing: { ...existing.head } };
    const stored: StoredRun = {
      head: { ...head, status: 'RUNNING', sequence: firstItem.sequence },
      items: [JSON.stringify(firstItem)],
      outside: new Map(),
    };
    this.#runs.set(run.runId, stored);
    this.#names.set(name, stored);
    this.#active.add(stored);
    return { created: true };
  }

  async append(runId: string, item: LogItem, change: Parameters<ExecutionStore['append']>[2]): Promise<void> {
    const run = this.#runs.get(runId);
    if (run === undefined || run.head.sequence !== item.sequence - 1) throw new VersionConflict(runId, item.sequence);
    run.items.push(JSON.stringify(item));
    run.head = { ...run.head, ...change, blocked: change.blocked, sequence: item.sequence };
    for (const operationId of item.opens ?? []) run.outside.set(operationId, { operationId });
    for (const operationId of item.absorbs ?? []) {
      const outside = run.outside.get(operationId);
      if (outside !== undefined) outside.absorbed = true;
    }
    if (!isFinal(change.status)) return;
    this.#weigh(run);
    for (const outside of run.outside.values()) outside.closed ??= outside.outcome === undefined;
  }

  async head(runId: string): Promise<RunHead | undefined> {
    const run = this.#runs.get(runId);
    return run && { ...run.head };
  }

  async *read(runId: string, after = 0): AsyncGenerator<LogItem> {
    for (const text of this.#runs.get(runId)?.items.slice(after) ?? []) yield JSON.parse(text) as LogItem;
  }

  async keepSnapshot(runId: string, { sequence, text }: Snapshot): Promise<void> {
    const run = this.#runs.get(runId);
    if (run === undefined || sequence <= (run.snapshot?.sequence ?? 0)) return;
    run.snapshot = { sequence, text };
  }

  async snapshot(runId: string): Promise<Snapshot | undefined> {
    const snapshot = this.#runs.get(runId)?.snapshot;
    return snapshot && { ...snapshot };
  }

  async settle(
    runId: string,
    operationId: string,
    outcome: Outcome,
    at: number,
    seen?: { heartbeatAt: number | undefined },
  ): Promise<Settlement> {
    const standing = this.#standing(runId, operationId);
    if (!isOpen(standing)) return standing;
    if (seen !== undefined && seen.heartbeatAt !== standing.heartbeatAt) return 'alive';
    standing.outcome = structuredClone(outcome);
    standing.settledAt = at;
    return 'first';
  }

  async heartbeat(runId: string, operationId: string, at: number): Promise<Settlement> {
    const standing = this.#standing(runId, operationId);
    if (!isOpen(standing)) return standing;
    standing.heartbeatAt = Math.max(at, standing.heartbeatAt ?? at);
    return 'first';
  }

  async outside(runId: string): Promise<OutsideItem[]> {
    const items = this.#runs.get(runId)?.outside.values() ?? [];
    return [...items]
      .filter(({ absorbed, closed }) => !absorbed && !closed)
      .map(({ absorbed: _absorbed, closed: _closed, ...item }) => structuredClone(item));
  }

  async due(now: number, limit: number): Promise<string[]> {
    const due: { runId: string; at: number }[] = [];
    for (const run of this.#active) {
      const at = dueAt(run);
      if (at !== undefined && at <= now) due.push({ runId: run.head.runId, at });
    }
    return due
      .sort((a, b) => a.at - b.at)
      .slice(0, limit)
      .map(({ runId }) => runId);
  }

  async reschedule(runId: string, sequence: number, at: number | undefined, leaseUntil?: number): Promise<void> {
    const run = this.#runs.get(runId);
    if (run?.head.sequence !== sequence) return;
    run.head = { ...run.head, dueAt: at, ...(leaseUntil !== undefined && { leaseUntil }) };
    this.#weigh(run);
  }

  async nextDue(): Promise<number | undefined> {
    let next: number | undefined;
    for (const run of this.#active) {
      const at = dueAt(run);
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  async list(filter: RunFilter): Promise<RunHead[]> {
    const direction = filter.oldestFirst ? 1 : -1;
    const order = (a: Pick<RunHead, 'startedAt' | 'runId'>, b: Pick<RunHead, 'startedAt' | 'runId'>): number =>
      direction * (a.startedAt - b.startedAt || (a.runId < b.runId ? -1 : Number(a.runId > b.runId)));
    const { after } = filter;
    return [...this.#runs.values()]
      .map(({ head }) => head)
      .filter((head) => matches(head, filter) && (after === undefined || order(head, after) > 0))
      .sort(order)
      .slice(0, filter.limit)
      .map((head) => ({ ...head }));
  }

  async close(): Promise<void> {}

  #weigh(run: StoredRun): void {
    if (isFinal(run.head.status) && run.head.dueAt === undefined) this.#active.delete(run);
    else this.#active.add(run);
  }

  /** The item when it is open, else what stands. */
  #standing(runId: string, operationId: string): StoredOutside | Exclude<Settlement, 'first'> {
    const item = this.#runs.get(runId)?.outside.get(operationId);
    if (item === undefined) return 'unknown';
    if (item.closed) return 'closed';
    return item.outcome === undefined ? item : { settled: structuredClone(item.outcome) };
  }
}

function isOpen(standing: StoredOutside | Exclude<Settlement, 'first'>): standing is StoredOutside {
  return typeof standing === 'object' && 'operationId' in standing;
}

/** When the run falls due: something settled counts from the moment at which no lease lives. */
function dueAt({ head, outside }: StoredRun): number | undefined {
  let next = head.dueAt;
  if (isFinal(head.status)) return next;
  for (const { absorbed, settledAt } of outside.values()) {
    if (absorbed || settledAt === undefined) continue;
    const at = Math.max(settledAt, head.leaseUntil ?? settledAt);
    if (next === undefined || at < next) next = at;
  }
  return next;
}

function matches(head: RunHead, filter: RunFilter): boolean {
  const { functionName, name, statuses, startedAfter, startedBefore } = filter;
  return (
    head.ordinary !== true &&
    (functionName === undefined || head.functionName === functionName) &&
    (name === undefined || head.name === name) &&
    (statuses === undefined || statuses.includes(head.status)) &&
    (startedAfter === undefined || head.startedAt > startedAfter) &&
    (startedBefore === undefined || head.startedAt < startedBefore)
  );
}
