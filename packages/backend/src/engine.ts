import { type Clock, formatExecutionArn, MAX_DURATION_SECONDS, ValidationException } from '@middy-durable/protocol';
import { checkWhole } from './check-whole.ts';
import { FunctionDirectory, type Functions } from './functions.ts';
import { processClock } from './process-clock.ts';
import { createRetryPolicy, type InvocationRetries, type RetryPolicy } from './retry-policy.ts';
import { RunLogs } from './run-logs.ts';
import { type SnapshotRule, USUAL_SNAPSHOTS } from './snapshot-rule.ts';
import { announce, type ExecutionFacts, type StatusChangeListener } from './status-change.ts';
import type { ExecutionStore } from './store.ts';

/** Where the functions of a backend live: the parts of their ARNs that a name does not say. */
export interface FunctionHome {
  /** Default: that of an ordinary invocation’s `invokedFunctionArn`, else `aws`. */
  partition?: string | undefined;
  /** Default: that of an ordinary invocation’s `invokedFunctionArn`, else `us-east-1`. */
  region?: string | undefined;
  /** Twelve digits. Default: that of an ordinary invocation’s `invokedFunctionArn`, else `000000000000`. */
  account?: string | undefined;
  /** The version that an unqualified name means: `$LATEST` (default) or a number. */
  qualifier?: string | undefined;
}

export interface BackendOptions {
  store: ExecutionStore;
  /** Tells the store from others, in every process that uses it: `dynamodb:orders`. Default: one of its own. */
  place?: string | undefined;
  /** Default: the process's. */
  clock?: Clock | undefined;
  functionArn?: FunctionHome | undefined;
  /** Seconds until an execution times out, where its start does not say. 1 to 31,622,400, the default (366 days). */
  executionTimeout?: number | undefined;
  /**
   * Functions that chained invokes may call, by name. Those of a service are added to them; say them here in a process
   * that answers checkpoints and has no service. Default: none, so every chained invoke fails as not found.
   */
  functions?: Functions | undefined;
  /** Runs kept in memory between requests, an optimisation only. Default 100. */
  cachedRuns?: number | undefined;
  /** When logs get snapshots, an optimisation only. */
  snapshots?: Partial<SnapshotRule> | undefined;
  /** How often an invocation is repeated that failed, wherever its end is recorded. */
  retries?: InvocationRetries | undefined;
  /** Hears of every start and end, in the shape of EventBridge. Best effort: what it throws is ignored. */
  onStatusChange?: StatusChangeListener | undefined;
}

export type Home = Required<{ [Part in keyof FunctionHome]: string }>;

/** What the parts of a backend share. */
export interface Engine {
  readonly store: ExecutionStore;
  readonly clock: Clock;
  readonly runs: RunLogs;
  readonly home: Home;
  /** Where an invoked function says that it lives, as far as the options leave that open. */
  homeOf(invoked: Partial<Home>): Home;
  readonly executionTimeout: number;
  readonly functions: FunctionDirectory;
  readonly retry: RetryPolicy;
  /** Ids of the invocations of ordinary events that this process is executing. */
  readonly inline: Set<string>;
  /** Tells the listener of a start or an end. */
  announce(execution: ExecutionFacts): void;
  /** Calls `listener` after every local change that may make a run due; the returned function ends it. */
  watch(listener: () => void): () => void;
  /** A run may have become due. */
  changed(): void;
}

export function createEngine(options: BackendOptions): Engine {
  const { store, clock = processClock } = options;
  const watchers = new Set<() => void>();
  const limit = checkWhole(options.cachedRuns ?? 100, 'cachedRuns', 0, Number.MAX_SAFE_INTEGER);
  const tell = (execution: ExecutionFacts): void => announce(options.onStatusChange, execution, clock.randomId());
  const given = defined(options.functionArn ?? {});
  const home = completeHome(given);
  return {
    store,
    clock,
    runs: runLogs(store, clock, limit, tell, snapshotRule(options.snapshots ?? {})),
    home,
    homeOf: (invoked) => ({ ...home, ...invoked, ...given }),
    executionTimeout: checkWhole(
      options.executionTimeout ?? MAX_DURATION_SECONDS,
      'executionTimeout',
      1,
      MAX_DURATION_SECONDS,
    ),
    functions: new FunctionDirectory(options.functions),
    retry: createRetryPolicy(options.retries ?? {}, () => clock.randomId()),
    inline: new Set(),
    announce: tell,
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    changed() {
      for (const watcher of [...watchers]) watcher();
    },
  };
}

/** The same engine on runs that are kept elsewhere: no log is shared. */
export function engineOn(engine: Engine, store: ExecutionStore): Engine {
  return { ...engine, store, runs: runLogs(store, engine.clock, 1, engine.announce) };
}

function runLogs(
  store: ExecutionStore,
  clock: Clock,
  limit: number,
  tell: Engine['announce'],
  snapshots?: SnapshotRule,
): RunLogs {
  return new RunLogs({
    store,
    clock,
    limit,
    snapshots,
    onEnd: ({ identity, ordinary, state: { status, startedAt, endedAt } }) => {
      if (!ordinary) tell({ ...identity, status, startedAt, endedAt });
    },
  });
}

function snapshotRule({
  items = USUAL_SNAPSHOTS.items,
  price = USUAL_SNAPSHOTS.price,
}: Partial<SnapshotRule>): SnapshotRule {
  checkWhole(items, 'snapshots.items', 1, Number.MAX_SAFE_INTEGER);
  if (typeof price === 'number' && price >= 0) return { items, price };
  throw new ValidationException(`snapshots.price must be a number, 0 or more, not ${price}.`);
}

function completeHome(given: Partial<Home>): Home {
  const home = { partition: 'aws', region: 'us-east-1', account: '000000000000', qualifier: '$LATEST', ...given };
  // Parts that make no ARN are refused here, not at the first start.
  formatExecutionArn({ ...home, functionName: '-', name: '-', id: '-' });
  return home;
}

function defined(given: FunctionHome): Partial<Home> {
  return Object.fromEntries(Object.entries(given).filter(([, part]) => part != null));
}
