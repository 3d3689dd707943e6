import type { BatchResult, CompletionConfig, NestingType } from './batch/types.ts';
import type { DurablePromise } from './durable-promise.ts';
import type { Duration } from './duration.ts';
import type { DurableOperationError } from './errors.ts';
import type { LambdaContext } from './lambda-context.ts';
import type { DurableContextLogger, DurableLogger, LoggerConfig } from './logging/types.ts';
import type { RetryStrategy } from './retry.ts';
import type { Serdes, SerdesConfig } from './serdes.ts';

/** When a step that died in the middle may run again. */
export const StepSemantics = {
  /** An interrupted attempt is used up: the retry strategy decides whether the step runs again. */
  AtMostOncePerRetry: 'AT_MOST_ONCE_PER_RETRY',
  /** An interrupted attempt runs again. The default. */
  AtLeastOncePerRetry: 'AT_LEAST_ONCE_PER_RETRY',
} as const;
export type StepSemantics = (typeof StepSemantics)[keyof typeof StepSemantics];
export declare namespace StepSemantics {
  export type AtMostOncePerRetry = 'AT_MOST_ONCE_PER_RETRY';
  export type AtLeastOncePerRetry = 'AT_LEAST_ONCE_PER_RETRY';
}

/** What every body of user code below a context is given. */
export interface OperationContext<Logger = DurableContextLogger> {
  /** Prints always: a body only runs when it really runs. */
  readonly logger: Logger;
}

/** What the body of a step is given. */
export interface StepContext<TLogger extends DurableLogger = DurableLogger>
  extends OperationContext<DurableContextLogger<TLogger>> {
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the attempt overran its `timeout`, or its context ended before it. */
  readonly signal: AbortSignal;
  /**
   * The same for every attempt and replay of this step, another one for every other step: hand it to the API behind the
   * step, so that an attempt whose answer was lost is not performed twice. 64 hex digits.
   */
  readonly idempotencyKey: string;
}

/** Body of a step. Its result is recorded; everything that is not deterministic belongs into one. */
export type StepFunc<T, TLogger extends DurableLogger = DurableLogger> = (context: StepContext<TLogger>) => Promise<T>;

/** What became of an interrupted attempt, as a `onInterrupted` function found out. */
export type InterruptedOutcome<T> =
  /** It had its effect: this is its result. The step succeeds without running again. */
  | { readonly outcome: 'succeeded'; readonly result: T }
  /** It failed for good. */
  | { readonly outcome: 'failed'; readonly error: Error }
  /** It had no effect: run it again, as the retry strategy allows. */
  | { readonly outcome: 'retry' };

/** Makes a step happen once for a business key, across executions: `stepIdempotency(...)` of `@middy-durable/idempotency`. */
export interface StepIdempotency {
  /** Performs the step, with operations of its own context. */
  perform<T>(step: GuardedStep<T>): Promise<T>;
}

/** A step that a business key guards. */
export interface GuardedStep<T> {
  /** The step's own: what it is made of stands there on record. */
  readonly context: DurableContext;
  /** The same in every invocation, another one for every other step of the execution. */
  readonly id: string;
  readonly name: string | undefined;
  readonly fn: StepFunc<T>;
  /** Without `idempotency`; `serdes` is always there. */
  readonly config: StepConfig<T> & { readonly serdes: Serdes<T> };
}

/** Options of a step. `undefined` always means the default. */
export interface StepConfig<T> {
  /** Asked after each failed attempt. Default: `retryPresets.default`, 6 attempts with exponential backoff. */
  retryStrategy?: RetryStrategy | undefined;
  /** Default: `StepSemantics.AtLeastOncePerRetry`. */
  semantics?: StepSemantics | undefined;
  /** How the result is written and read. Default: the context's, JSON. */
  serdes?: Serdes<T> | undefined;
  /**
   * Longest time for one attempt, 1 second or more. An overrun aborts `signal` and is a failed attempt (`StepTimeoutError`);
   * so is an attempt in which the process died. Default: none.
   */
  timeout?: Duration | undefined;
  /**
   * What to do about an attempt that started but whose end is not recorded: `'retry'` counts it as failed and asks the
   * retry strategy, `'fail'` fails the step, a function finds out what happened. Default: at-most-once steps and steps with
   * a timeout do as with `'retry'`; others run the attempt again.
   */
  onInterrupted?: 'retry' | 'fail' | ((context: StepContext) => Promise<InterruptedOutcome<T>>) | undefined;
  /**
   * Who else performs this effect: with `stepIdempotency(...)` of `@middy-durable/idempotency` it happens once per business
   * key, whichever execution comes first, and the others get its result. Default: every execution performs it.
   */
  idempotency?: StepIdempotency | undefined;
}

/** Options of a child context. */
export interface ChildConfig<T> {
  /** How the result is written and read. Default: the context's, JSON. */
  serdes?: Serdes<T> | undefined;
  /** Recorded kind of the context: 1 to 32 letters, digits, hyphens, underscores. Default: `RunInChildContext`. */
  subType?: string | undefined;
  /** Text stored in place of a result above 256 KiB. Default: empty. */
  summaryGenerator?: ((result: T) => string) | undefined;
  /** Makes the error that surfaces from the recorded one, live and on replay. Default: wraps it in `ChildContextError`. */
  errorMapper?: ((error: DurableOperationError) => DurableOperationError) | undefined;
  /** No record of its own: its operations belong to the context around it, and the body runs again on each replay. Default: false. */
  virtualContext?: boolean | undefined;
}

export type ChildFunc<T, TLogger extends DurableLogger = DurableLogger> = (
  context: DurableContext<TLogger>,
) => Promise<T>;

/** Options of a callback. */
export interface CreateCallbackConfig<T = string> {
  /** Until the callback times out, 1 second or more. Default: none. Give one: a callback without waits for ever. */
  timeout?: Duration | undefined;
  /** Longest pause between heartbeats, 1 second or more. Default: none are asked for. */
  heartbeatTimeout?: Duration | undefined;
  /** How the result is read. Default: the context's, which hands on the raw text. */
  serdes?: Omit<Serdes<T>, 'serialize'> | undefined;
}

/**
 * A created callback: its result and its id, as a tuple and by name.
 * @example
 * const callback = await context.createCallback('approval');
 * await context.step('ask', () => mail(callback.callbackId));
 * const answer = await callback.result();
 */
export type CreateCallbackResult<T = string> = [DurablePromise<T>, string] & {
  readonly callbackId: string;
  result(): DurablePromise<T>;
};

export interface WaitForConditionContext<TLogger extends DurableLogger = DurableLogger> extends StepContext<TLogger> {}

/** One check: gets the state so far, resolves to the new one. Runs as a step's body. */
export type WaitForConditionCheckFunc<T, TLogger extends DurableLogger = DurableLogger> = (
  state: T,
  context: WaitForConditionContext<TLogger>,
) => Promise<T>;

/** Whether polling goes on, and after which pause. */
export type WaitForConditionDecision =
  | { shouldContinue: true; delay: Duration }
  | { shouldContinue: false; delay?: Duration | undefined };

/** Decides after each check. `attempt` counts checks from 1; `progress` says how long polling has taken so far. */
export type WaitForConditionWaitStrategyFunc<T> = (
  state: T,
  attempt: number,
  progress?: { readonly elapsedSeconds: number },
) => WaitForConditionDecision;

export interface WaitForConditionConfig<T> {
  /** Decides after each check: see `createWaitStrategy`. What it throws fails the operation. */
  waitStrategy: WaitForConditionWaitStrategyFunc<T>;
  /** State for the first check; not `undefined`. */
  initialState: T;
  /** How the state is written and read. Default: the context's, JSON. */
  serdes?: Serdes<T> | undefined;
}

/** Options of an invoke. */
export interface InvokeConfig<I, O> {
  /** How the input is written. Default: the context's, JSON. */
  payloadSerdes?: Serdes<I> | undefined;
  /** How the result is read. Default: the context's, JSON. */
  resultSerdes?: Serdes<O> | undefined;
  /** Tenant of a function with tenant isolation. */
  tenantId?: string | undefined;
  /** Longest wait for the result, 1 second or more; the invoked function itself goes on. Default: none. */
  timeout?: Duration | undefined;
}

/** Body of a map, for one item. */
export type MapFunc<I, O, TLogger extends DurableLogger = DurableLogger> = (
  context: DurableContext<TLogger>,
  item: I,
  index: number,
  array: I[],
) => Promise<O>;

/** A branch of a parallel. */
export type ParallelFunc<T, TLogger extends DurableLogger = DurableLogger> = (
  context: DurableContext<TLogger>,
) => Promise<T>;

export interface NamedParallelBranch<T, TLogger extends DurableLogger = DurableLogger> {
  /** Default: `parallel-branch-<index>`. */
  name?: string | undefined;
  func: ParallelFunc<T, TLogger>;
}

/** Options that map and parallel share. */
export interface ParallelConfig<T> {
  /** Items that run at the same time: 1 or more. Default: all. */
  maxConcurrency?: number | undefined;
  /** How the whole result is written and read. Default: JSON that keeps errors, and items by `itemSerdes`. */
  serdes?: Serdes<BatchResult<T>> | undefined;
  /** How an item's result is written and read. Default: the context's, JSON. */
  itemSerdes?: Serdes<T> | undefined;
  /** When the batch ends. Default: with the first failure; see `allCompleted()`, `firstSuccessful()`. */
  completionConfig?: CompletionConfig | undefined;
  /** Text stored as `summary` with a result above 256 KiB. Default: none. */
  summaryGenerator?: ((result: BatchResult<T>) => string) | undefined;
  /** Whether each item has a record of its own. Default: `NestingType.NESTED`. */
  nesting?: NestingType | undefined;
}

export interface MapConfig<I, O> extends ParallelConfig<O> {
  /** Names an item on record. Must be the same on replay. Default: `map-item-<index>`. */
  itemNamer?: ((item: I, index: number) => string) | undefined;
}

/** What map and parallel are made of. */
export interface ConcurrencyConfig<T> extends ParallelConfig<T> {
  /** Recorded kind of the batch's own context. */
  topLevelSubType?: string | undefined;
  /** Recorded kind of each item's context. */
  iterationSubType?: string | undefined;
}

/** One item of a batch, as a {@link ConcurrentExecutor} gets it. */
export interface ConcurrentExecutionItem<T> {
  id: string;
  data: T;
  index: number;
  name?: string | undefined;
}

/** What a batch does with one item. */
export type ConcurrentExecutor<Item, Result, TLogger extends DurableLogger = DurableLogger> = (
  item: ConcurrentExecutionItem<Item>,
  childContext: DurableContext<TLogger>,
) => Promise<Result>;

/** What the submitter of a callback is given. */
export interface WaitForCallbackContext<TLogger extends DurableLogger = DurableLogger>
  extends OperationContext<DurableContextLogger<TLogger>> {
  /** When the callback times out. Default: never. */
  readonly callbackEndsAt?: Date | undefined;
}

/** Hands the callback's id to whoever completes it. Runs as a step. */
export type WaitForCallbackSubmitterFunc<TLogger extends DurableLogger = DurableLogger> = (
  callbackId: string,
  context: WaitForCallbackContext<TLogger>,
) => Promise<void>;

export interface WaitForCallbackConfig<T = string> extends CreateCallbackConfig<T> {
  /** For the step that runs the submitter. Default: `retryPresets.default`. */
  retryStrategy?: StepConfig<void>['retryStrategy'];
}

/** What is known of the execution. */
export interface DurableExecutionContext {
  readonly durableExecutionArn: string;
  /** The execution's name: the part of the ARN that whoever started it chose. */
  readonly executionName: string;
  /** True while no operation of this execution had been recorded when the invocation began. */
  readonly isFirstInvocation: boolean;
  /** From 1. `undefined` where the backend does not report it: on Lambda durable functions. */
  readonly invocationCount: number | undefined;
}

/**
 * What a durable handler works with: an ordinary Lambda context with durable operations. Every method that returns a `DurablePromise` is a durable operation: its outcome is
 * recorded once, and a later invocation gets it from the record instead of doing it again. Names may be left out.
 */
export interface DurableContext<TLogger extends DurableLogger = DurableLogger> extends LambdaContext {
  /** The Lambda context of this invocation, as Lambda gave it. Its members stand on the durable context too. */
  readonly lambdaContext: LambdaContext;
  readonly executionContext: DurableExecutionContext;
  /** Prints each line once: silent while the context replays what it did before. */
  readonly logger: DurableContextLogger<TLogger>;
  /** Aborted when the invocation suspends or ends, or when this context ended while its code still runs. */
  readonly signal: AbortSignal;
  /** True while the context's next operation is one that is already recorded. */
  readonly isReplaying: boolean;

  /**
   * Runs a function, records its result, retries it when it fails.
   * @throws `StepError` when no attempt succeeded (`cause.name` is the original error's name)
   * @example const total = await context.step('total', async () => add(order.lines));
   */
  step<T>(name: string | undefined, fn: StepFunc<T, TLogger>, config?: StepConfig<T>): DurablePromise<T>;
  step<T>(fn: StepFunc<T, TLogger>, config?: StepConfig<T>): DurablePromise<T>;

  /**
   * Waits, 1 second to 366 days, without keeping the function running.
   * @example await context.wait('cool-down', { hours: 2 });
   */
  wait(name: string | undefined, duration: Duration): DurablePromise<void>;
  wait(duration: Duration): DurablePromise<void>;

  /**
   * Makes a callback that somebody outside completes by its id.
   * @throws from the result: `CallbackTimeoutError`, or `CallbackExternalError` when it was failed from outside
   * @example const [answer, callbackId] = await context.createCallback('approval', { timeout: { days: 3 } });
   */
  createCallback<T = string>(
    name: string | undefined,
    config?: CreateCallbackConfig<T>,
  ): DurablePromise<CreateCallbackResult<T>>;
  createCallback<T = string>(config?: CreateCallbackConfig<T>): DurablePromise<CreateCallbackResult<T>>;

  /**
   * Makes a callback, hands its id to `submitter` (in a step), and waits for the result.
   * @throws as `createCallback`, and `CallbackSubmitterError` when the submitter failed for good
   * @example const answer = await context.waitForCallback('approval', (id) => mail(id), { timeout: { days: 3 } });
   */
  waitForCallback<T = string>(
    name: string | undefined,
    submitter: WaitForCallbackSubmitterFunc<TLogger>,
    config?: WaitForCallbackConfig<T>,
  ): DurablePromise<T>;
  waitForCallback<T = string>(
    submitter: WaitForCallbackSubmitterFunc<TLogger>,
    config?: WaitForCallbackConfig<T>,
  ): DurablePromise<T>;

  /**
   * Runs a function with a context of its own: operations that belong together, with one recorded result.
   * @throws `ChildContextError`, or what `errorMapper` makes
   * @example const sent = await context.runInChildContext('notify', async (child) => child.step('mail', sendMail));
   */
  runInChildContext<T>(name: string | undefined, fn: ChildFunc<T, TLogger>, config?: ChildConfig<T>): DurablePromise<T>;
  runInChildContext<T>(fn: ChildFunc<T, TLogger>, config?: ChildConfig<T>): DurablePromise<T>;

  /**
   * Polls until `waitStrategy` has seen enough; between checks the execution suspends.
   * @throws `WaitForConditionError` when a check or the strategy throws
   * @example
   * const job = await context.waitForCondition('job', async (state) => readJob(state.id), {
   *   initialState: { id, status: 'running' },
   *   waitStrategy: createWaitStrategy({ shouldContinuePolling: (state) => state.status === 'running' }),
   * });
   */
  waitForCondition<T>(
    name: string | undefined,
    check: WaitForConditionCheckFunc<T, TLogger>,
    config: WaitForConditionConfig<T>,
  ): DurablePromise<T>;
  waitForCondition<T>(
    check: WaitForConditionCheckFunc<T, TLogger>,
    config: WaitForConditionConfig<T>,
  ): DurablePromise<T>;

  /**
   * Calls another function and waits for its result. Two strings are a name and a function: for a text as input say the
   * name too, or `undefined` in its place.
   * @throws `InvokeError`; `cause.name` is the type of the remote error
   * @example const quote = await context.invoke<Order, Quote>('quote', 'quote-service:live', order);
   */
  invoke<I, O>(name: string | undefined, functionId: string, input?: I, config?: InvokeConfig<I, O>): DurablePromise<O>;
  invoke<I, O>(functionId: string, input?: I, config?: InvokeConfig<I, O>): DurablePromise<O>;

  /**
   * Runs a function for each item, each in a context of its own. Resolves also when items failed: see `throwIfError()`.
   * @example
   * const batch = await context.map('import', rows, async (child, row) => child.step('row', () => importRow(row)), {
   *   maxConcurrency: 10,
   *   completionConfig: allCompleted(),
   * });
   */
  map<I, O>(
    name: string | undefined,
    items: I[],
    fn: MapFunc<I, O, TLogger>,
    config?: MapConfig<I, O>,
  ): DurablePromise<BatchResult<O>>;
  map<I, O>(items: I[], fn: MapFunc<I, O, TLogger>, config?: MapConfig<I, O>): DurablePromise<BatchResult<O>>;

  /**
   * Runs several functions side by side, each in a context of its own. Resolves also when branches failed.
   * @example const batch = await context.parallel('checks', [checkStock, { name: 'credit', func: checkCredit }]);
   */
  parallel<T>(
    name: string | undefined,
    branches: (ParallelFunc<T, TLogger> | NamedParallelBranch<T, TLogger>)[],
    config?: ParallelConfig<T>,
  ): DurablePromise<BatchResult<T>>;
  parallel<T>(
    branches: (ParallelFunc<T, TLogger> | NamedParallelBranch<T, TLogger>)[],
    config?: ParallelConfig<T>,
  ): DurablePromise<BatchResult<T>>;
  /** Branches of different types: the result is of any of them. */
  parallel<Branches extends readonly unknown[]>(
    name: string | undefined,
    branches: Branches,
    config?: ParallelConfig<BranchResult<Branches[number]>>,
  ): DurablePromise<BatchResult<BranchResult<Branches[number]>>>;
  parallel<Branches extends readonly unknown[]>(
    branches: Branches,
    config?: ParallelConfig<BranchResult<Branches[number]>>,
  ): DurablePromise<BatchResult<BranchResult<Branches[number]>>>;

  /** Combinators whose outcome is recorded. Who lost a race goes on; its later outcome is recorded too. */
  readonly promise: {
    all<T>(name: string | undefined, promises: DurablePromise<T>[]): DurablePromise<T[]>;
    all<T>(promises: DurablePromise<T>[]): DurablePromise<T[]>;
    allSettled<T>(name: string | undefined, promises: DurablePromise<T>[]): DurablePromise<PromiseSettledResult<T>[]>;
    allSettled<T>(promises: DurablePromise<T>[]): DurablePromise<PromiseSettledResult<T>[]>;
    any<T>(name: string | undefined, promises: DurablePromise<T>[]): DurablePromise<T>;
    any<T>(promises: DurablePromise<T>[]): DurablePromise<T>;
    race<T>(name: string | undefined, promises: DurablePromise<T>[]): DurablePromise<T>;
    race<T>(promises: DurablePromise<T>[]): DurablePromise<T>;
  };

  /**
   * The time, recorded: the same on every replay.
   * @example const startedAt = await context.now();
   */
  now(): DurablePromise<Date>;
  /**
   * Marks a changed path, so that code can be changed while executions are in flight: true in an execution that comes here for
   * the first time with the new code, false in one whose older code has passed here: what it recorded behind this place says
   * so. The answer is recorded, and is the same in the whole execution, for every call with this name. Only where places run
   * side by side (items of a map), one that older code had passed keeps its old path.
   *
   * The mark and the old path can go when no execution is left that began before the deployment; an execution that holds a
   * mark does not miss it. Never use its name again for another change.
   *
   * An addition of ours: executions that have a mark do not move back to the official SDK.
   * @throws TypeError or RangeError when `changeId` is not 1 to 256 printable ASCII characters
   * @example
   * if (await context.version('charge-after-reserve')) {
   *   await context.step('reserve', () => reserve(order));
   * }
   * await context.step('charge', () => charge(order));
   */
  version(changeId: string): DurablePromise<boolean>;
  /** A number from 0 up to 1, the same on every replay: it depends on the execution, the context and how often it was asked. */
  random(): number;
  /** A UUID, the same on every replay, as `random`. Not a secret: who knows the ARN can compute it. */
  uuid(): string;

  /** Replaces the logger of this context and of children made later; only the members given change. */
  configureLogger(config: LoggerConfig<TLogger>): void;
  /** Replaces default serdes of this context and of children made later; only the members given change. */
  configureSerdes(config: SerdesConfig): void;
}

/** What a branch of a parallel resolves to. */
export type BranchResult<Branch> = Branch extends (...args: never[]) => Promise<infer T>
  ? T
  : Branch extends { func: (...args: never[]) => Promise<infer T> }
    ? T
    : never;

/** A handler that runs durably. */
export type DurableExecutionHandler<
  // biome-ignore lint/suspicious/noExplicitAny: an event without a type is usable as it is with the official SDK
  TEvent = any,
  TResult = unknown,
  TLogger extends DurableLogger = DurableLogger,
> = (event: TEvent, context: DurableContext<TLogger>) => Promise<TResult>;
