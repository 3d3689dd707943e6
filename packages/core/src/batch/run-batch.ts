import { isFinal, operationId, rawOperationId } from '@middy-durable/protocol';
import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { ChildContextError, type CompletionReason } from '../errors.ts';
import { childContext, type InnerFunc, runChild } from '../operations/child-context.ts';
import type { Serdes } from '../serdes.ts';
import type { ConcurrencyConfig } from '../types.ts';
import { checkName, checkOptions } from '../validation.ts';
import { batchSerdes, readOutcome, summarize } from './batch-record.ts';
import { Batch } from './batch-result.ts';
import { Completion, checkCompletion } from './completion.ts';
import type { BatchItem, BatchResult } from './types.ts';

const OPTIONS = {
  serdes: 'serdes',
  itemSerdes: 'serdes',
  summaryGenerator: 'function',
  completionConfig: 'object',
  nesting: ['NESTED', 'FLAT'],
} as const;

/** What tells a map from a parallel. */
export interface BatchKind {
  method: string;
  kind: 'Map' | 'Parallel';
  itemSubType: string;
}

/** One item: its name on record and its body. */
export interface BatchTask<R> {
  name: string;
  /** The name that the user gave it, for custom completions. */
  givenName: string | undefined;
  run: InnerFunc<R>;
}

/** Runs tasks as one context: each a child, started in order, ended early when the completion says so. */
export function runBatch<R>(
  context: Context,
  name: string | undefined,
  kind: BatchKind,
  tasksOf: (label: string) => BatchTask<R>[],
  config: ConcurrencyConfig<R> | undefined,
): DurablePromise<BatchResult<R>> {
  let tasks: BatchTask<R>[];
  const itemSerdes = config?.itemSerdes ?? (context.settings.serdes as Serdes<R>);
  const { summaryGenerator } = config ?? {};
  return childContext<BatchResult<R>>(
    context,
    name,
    (child, call) => new BatchRun(child, call, kind, tasks, config).result(),
    {
      subType: kind.kind,
      serdes: config?.serdes ?? batchSerdes(itemSerdes),
      summaryGenerator: (batch) => summarize(kind.kind, batch, summaryGenerator?.(batch)),
    },
    {
      method: kind.method,
      check(label) {
        checkOptions(config, OPTIONS, label);
        checkCompletion(config?.completionConfig, label);
        checkConcurrency(config?.maxConcurrency, label);
        tasks = tasksOf(label);
        for (const task of tasks) checkName(task.name, `${label}: item`);
      },
      after: (_call, batch) => batch,
    },
  );
}

function checkConcurrency(value: unknown, label: string): void {
  if (value === undefined || value === null || value === Number.POSITIVE_INFINITY) return;
  if (Number.isInteger(value) && (value as number) > 0) return;
  throw new RangeError(
    `${label}: Invalid maxConcurrency: ${value}. Must be a positive number or undefined for unlimited concurrency.`,
  );
}

class BatchRun<R> {
  readonly #context: Context;
  readonly #call: OperationCall;
  readonly #kind: BatchKind;
  readonly #tasks: BatchTask<R>[];
  readonly #config: ConcurrencyConfig<R>;
  readonly #completion: Completion;
  readonly #items: BatchItem<R>[] = [];
  #next = 0;
  #active = 0;
  /** What the batch is has been decided: items that end later change nothing any more. */
  #over = false;
  #resolve!: (result: BatchResult<R>) => void;

  constructor(
    context: Context,
    call: OperationCall,
    kind: BatchKind,
    tasks: BatchTask<R>[],
    config: ConcurrencyConfig<R> | undefined,
  ) {
    this.#context = context;
    this.#call = call;
    this.#kind = kind;
    this.#tasks = tasks;
    this.#config = config ?? {};
    this.#completion = new Completion(
      config?.completionConfig,
      tasks.length,
      tasks.map(({ givenName }) => givenName),
    );
  }

  result(): Promise<BatchResult<R>> {
    // The engine's own frame: it waits for its items and for nothing else.
    this.#context.frame.park();
    const { record } = this.#call;
    if (record && isFinal(record.Status)) return this.#rebuild(record.ContextDetails?.Result);
    this.#completion.begin();
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#advance();
    });
  }

  #advance(): void {
    const { maxConcurrency } = this.#config;
    const limit = maxConcurrency ?? Number.POSITIVE_INFINITY;
    while (this.#active < limit && this.#next < this.#tasks.length && this.#completion.goesOn)
      this.#start(this.#next++);
    // Nothing runs and nothing may start: an empty batch, or a completion that wanted nothing.
    if (this.#active === 0) this.#finish();
  }

  #start(index: number): void {
    this.#active++;
    this.#items[index] = { index, status: 'STARTED' };
    this.#completion.started(index);
    this.#perform(index).then(
      (result) => this.#ended({ result, index, status: 'SUCCEEDED' }),
      (error: unknown) => this.#ended({ error: itemError(error), index, status: 'FAILED' }),
    );
  }

  #ended(item: BatchItem<R>): void {
    if (this.#over) return;
    this.#active--;
    this.#items[item.index] = item;
    try {
      this.#completion.ended(item.index, item.status as 'SUCCEEDED' | 'FAILED');
    } catch (error) {
      // The custom completion threw: nobody knows what it wanted.
      this.#over = true;
      this.#resolve(Promise.reject(error) as never);
      return;
    }
    if (this.#completion.complete || !this.#completion.goesOn) this.#finish();
    else this.#advance();
  }

  #finish(): void {
    this.#over = true;
    this.#resolve(new Batch(this.#items, this.#completion.reason));
  }

  #perform(index: number): Promise<R> {
    const { name, run } = this.#tasks[index] as BatchTask<R>;
    const virtual = this.#config.nesting === 'FLAT';
    return this.#context.perform(
      () => ({
        method: this.#kind.method,
        type: 'CONTEXT',
        subType: this.#kind.itemSubType,
        name,
        unrecorded: virtual,
      }),
      (call) =>
        runChild(this.#context, call, run, {
          serdes: this.#config.itemSerdes,
          virtualContext: virtual,
        }),
    );
  }

  /** The batch ended in an earlier invocation, too large to be recorded: its items' records tell what it was. */
  async #rebuild(recorded: string | undefined): Promise<BatchResult<R>> {
    const { reason, statuses } = readOutcome(recorded);
    const outcomes = await Promise.all(
      Array.from({ length: Math.min(statuses?.length ?? this.#tasks.length, this.#tasks.length) }, (_, index) => {
        const mark = statuses?.[index];
        const ended = mark === undefined ? this.#hasEnded(index) : mark !== '-' && this.#mayHaveEnded(index);
        if (!ended) {
          this.#context.skip();
          return mark === undefined ? undefined : { index, status: 'STARTED' as const };
        }
        return this.#perform(index).then(
          (result): BatchItem<R> => ({ result, index, status: 'SUCCEEDED' }),
          (error: unknown): BatchItem<R> => ({ error: itemError(error), index, status: 'FAILED' }),
        );
      }),
    );
    const all = outcomes.filter((item) => item !== undefined);
    return new Batch(all, reason ?? this.#reasonOf(all));
  }

  #reasonOf(items: BatchItem<R>[]): CompletionReason {
    this.#completion.begin();
    for (const { index, status } of items) if (status !== 'STARTED') this.#completion.ended(index, status);
    return this.#completion.reason;
  }

  #mayHaveEnded(index: number): boolean {
    const record = this.#call.invocation.log.get(operationId(rawOperationId(this.#call.rawId, index + 1)));
    return record === undefined || isFinal(record.Status);
  }

  /** Without a list of statuses: an item has ended when its record has, or, without a record, all operations in it have. */
  #hasEnded(index: number): boolean {
    const { log } = this.#call.invocation;
    const rawId = rawOperationId(this.#call.rawId, index + 1);
    const record = log.get(operationId(rawId));
    if (record) return isFinal(record.Status);
    for (let position = 1; ; position++) {
      const inner = log.get(operationId(rawOperationId(rawId, position)));
      if (!inner) return position > 1;
      if (!isFinal(inner.Status)) return false;
    }
  }
}

function itemError(error: unknown): ChildContextError {
  return error instanceof ChildContextError
    ? error
    : new ChildContextError(error instanceof Error ? error.message : String(error), error as Error);
}
