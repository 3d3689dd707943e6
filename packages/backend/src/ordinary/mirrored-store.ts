import { memoryStore } from '../memory-store.ts';
import { isStored } from '../run-logs.ts';
import type { ExecutionStore, LogItem } from '../store.ts';

/** A store in memory whose changes are written to another one behind it. */
export interface MirroredStore extends ExecutionStore {
  /** Resolves when nothing is left to write. */
  drained(): Promise<void>;
}

/**
 * Makes a store in memory for the runs of one process that writes every change to `mirror` too, in order and without
 * keeping anybody waiting. The first change that can't be written is the last one that is tried: the log behind it would
 * have a hole. What others settle in `mirror` is found by a later call of `outside`.
 *
 * @param onFailure Hears once of what could not be written or read.
 */
export function mirroredStore(
  mirror: ExecutionStore,
  onFailure: (failure: unknown, arn: string) => void,
): MirroredStore {
  const memory = memoryStore();
  let arn = '';
  let queue: Promise<void> = Promise.resolve();
  let hasFailed = false;
  let refreshing = false;

  const fail = (failure: unknown): void => {
    if (!hasFailed) onFailure(failure, arn);
    hasFailed = true;
  };
  const later = (write: () => Promise<unknown>): void => {
    queue = queue.then(async () => {
      if (hasFailed) return;
      await write().catch(fail);
    });
  };
  const writeItem = (runId: string, item: LogItem, write: () => Promise<unknown>): void =>
    later(async () => {
      try {
        await write();
      } catch (failure) {
        if (!(await isStored(mirror, runId, item))) throw failure;
      }
    });
  const refresh = async (runId: string): Promise<void> => {
    for (const { operationId, heartbeatAt, outcome, settledAt } of await mirror.outside(runId)) {
      if (heartbeatAt !== undefined) await memory.heartbeat(runId, operationId, heartbeatAt);
      if (outcome !== undefined) await memory.settle(runId, operationId, outcome, settledAt ?? 0);
    }
  };

  return {
    drained: () => queue,
    async create(run) {
      arn ||= run.arn;
      const answer = await memory.create(run);
      if (answer.created) writeItem(run.runId, run.firstItem, () => mirror.create(run));
      return answer;
    },
    async append(runId, item, head) {
      await memory.append(runId, item, head);
      writeItem(runId, item, () => mirror.append(runId, item, head));
    },
    async settle(runId, operationId, outcome, at, seen) {
      const settlement = await memory.settle(runId, operationId, outcome, at, seen);
      if (settlement === 'first') later(() => mirror.settle(runId, operationId, outcome, at, seen));
      return settlement;
    },
    async heartbeat(runId, operationId, at) {
      const settlement = await memory.heartbeat(runId, operationId, at);
      if (settlement === 'first') later(() => mirror.heartbeat(runId, operationId, at));
      return settlement;
    },
    async outside(runId) {
      if (!refreshing && !hasFailed) {
        refreshing = true;
        refresh(runId)
          .catch(fail)
          .finally(() => {
            refreshing = false;
          });
      }
      return memory.outside(runId);
    },
    async reschedule(runId, sequence, dueAt, leaseUntil) {
      await memory.reschedule(runId, sequence, dueAt, leaseUntil);
      later(() => mirror.reschedule(runId, sequence, dueAt, leaseUntil));
    },
    head: (runId) => memory.head(runId),
    read: (runId, after) => memory.read(runId, after),
    // One invocation is all that such a run has: nobody loads it again.
    async keepSnapshot() {},
    snapshot: (runId) => memory.snapshot(runId),
    due: (now, limit) => memory.due(now, limit),
    nextDue: () => memory.nextDue(),
    list: (filter) => memory.list(filter),
    close: () => memory.close(),
  };
}
