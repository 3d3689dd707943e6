import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ExecutionStore, type LogItem, type NewRun, processClock, type RunFilter } from '@middy-durable/backend';
import { Bodies } from './body.ts';
import { DueRuns } from './due-runs.ts';
import { Hints } from './hints.ts';
import { LogTails } from './log-tail.ts';
import { checkOptions, type DynamoDBStoreOptions, defaultClient, type ObjectStore } from './options.ts';
import { OutsideItems } from './outside-items.ts';
import { listRuns } from './run-list.ts';
import { RunReads } from './run-reads.ts';
import { RunWrites } from './run-writes.ts';
import { s3Objects } from './s3-objects.ts';
import { Snapshots } from './snapshots.ts';
import { Table } from './table.ts';
import { rememberTable } from './wake-up/table-of.ts';

const DEFAULT_RETENTION_DAYS = 30;
const DEFAULT_OFFLOAD_BYTES = 8192;
const DAY_SECONDS = 86_400;

/** An {@link ExecutionStore} on one table. */
export interface DynamoDBStore extends ExecutionStore {
  readonly tableName: string;
}

/**
 * A store on one DynamoDB table, which `tableDefinition` describes. Any number of processes may use it at once. It needs
 * PutItem, UpdateItem, DeleteItem, GetItem and Query; no Scan, no transaction.
 *
 * Throws ValidationException for an option that no table could be used with. Calls reject with a `StoreError` that says what
 * to do (no such table, missing rights, other keys), and with {@link StoreBusy} when the same call may succeed later.
 *
 * @example
 * const store = dynamoDBStore({ tableName: 'durable-executions' });
 * const backend = createBackend({ store });
 */
export function dynamoDBStore(options: DynamoDBStoreOptions): DynamoDBStore {
  checkOptions(options);
  const { tableName, client: given, clock = processClock, bucket } = options;
  let own: DynamoDBClient | undefined;
  const connect = (): DynamoDBClient => {
    if (given !== undefined) return given;
    own ??= defaultClient();
    return own;
  };
  const table = new Table(tableName, connect);
  const tails = new LogTails();
  const bodies = new Bodies(table, {
    codec: options.codec,
    objects: typeof bucket === 'string' ? s3Objects({ bucket }) : (bucket as ObjectStore | undefined),
    offloadBytes: options.offloadBytes ?? DEFAULT_OFFLOAD_BYTES,
  });
  const reads = new RunReads(table, bodies, tails);
  const hints = new Hints(table);
  const newId = (): string => clock.randomId();
  const outside = new OutsideItems(table, bodies, reads, newId);
  const retentionSeconds = (options.retentionDays ?? DEFAULT_RETENTION_DAYS) * DAY_SECONDS;
  const writes = new RunWrites({ table, bodies, reads, tails, hints, outside, retentionSeconds, newId });
  const snapshots = new Snapshots({ table, bodies, reads, tails, newId });
  const dueRuns = new DueRuns(table, reads, hints, outside);

  const store: DynamoDBStore = {
    tableName,
    create: (run: NewRun) => writes.create(run),
    append: (runId: string, item: LogItem, head) => writes.append(runId, item, head),
    head: (runId) => reads.head(runId),
    read: (runId, after = 0) => reads.read(runId, after),
    keepSnapshot: (runId, snapshot) => snapshots.keep(runId, snapshot),
    snapshot: (runId) => snapshots.newest(runId),
    settle: (runId, operationId, outcome, at, seen) => outside.settle(runId, operationId, outcome, at, seen),
    heartbeat: (runId, operationId, at) => outside.heartbeat(runId, operationId, at),
    outside: (runId) => outside.list(runId),
    due: (now, limit) => dueRuns.due(now, limit),
    reschedule: (runId, sequence, dueAt, leaseUntil) => writes.reschedule(runId, sequence, dueAt, leaseUntil),
    nextDue: () => dueRuns.nextDue(),
    list: (filter: RunFilter) => listRuns(table, reads, filter),
    async close() {
      table.close();
      tails.clear();
      own?.destroy();
    },
  };
  rememberTable(store, table);
  return store;
}
