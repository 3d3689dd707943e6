import type { ExecutionStore, LogItem } from '@middy-durable/backend';
import { storeCall } from './calls.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { StruckRequests } from './struck-requests.ts';

/** The store as a process sees it: every call waits for the scheduler, and may be struck. */
export function gatedStore(
  process: SimulatedProcess,
  store: () => ExecutionStore,
  requests: StruckRequests | undefined,
): ExecutionStore {
  const call = <T>(label: string, work: () => Promise<T>): Promise<T> =>
    storeCall(process, `store.${label}`, work, requests);
  return {
    create: (run) => call('create', () => store().create(run)),
    append: (runId, item, head) => {
      // Copied at once: what the caller does to it while the write is on its way must not be written.
      const sent = structuredClone(item);
      return call(`append ${item.sequence} [${item.events.map(({ type }) => type)}]`, () =>
        store().append(runId, sent, head),
      );
    },
    head: (runId) => call('head', () => store().head(runId)),
    async *read(runId, after = 0) {
      yield* await call(`read after ${after}`, () => collected(store().read(runId, after)));
    },
    keepSnapshot: (runId, snapshot) =>
      call(`keep snapshot ${snapshot.sequence}`, () => store().keepSnapshot(runId, snapshot)),
    snapshot: (runId) => call('snapshot', () => store().snapshot(runId)),
    settle: (runId, operationId, outcome, at, seen) =>
      call(`settle ${operationId} ${outcome.status}`, () => store().settle(runId, operationId, outcome, at, seen)),
    heartbeat: (runId, operationId, at) => call('heartbeat', () => store().heartbeat(runId, operationId, at)),
    outside: (runId) => call('outside', () => store().outside(runId)),
    due: (now, limit) => call('due', () => store().due(now, limit)),
    reschedule: (runId, sequence, dueAt, leaseUntil) =>
      call('reschedule', () => store().reschedule(runId, sequence, dueAt, leaseUntil)),
    nextDue: () => call('nextDue', () => store().nextDue()),
    list: (filter) => call('list', () => store().list(filter)),
    async close() {},
  };
}

async function collected(items: AsyncIterable<LogItem>): Promise<LogItem[]> {
  const all: LogItem[] = [];
  for await (const item of items) all.push(item);
  return all;
}
