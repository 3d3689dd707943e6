import {
  BatchCompletionError,
  type BatchItem,
  BatchItemStatus,
  type BatchResult,
  type ChildContextError,
  type CompletionConfig,
  type CompletionDecision,
  type CompletionItemStatus,
  CompletionOutcome,
  type CompletionReason,
  type CompletionStatus,
  type ConcurrencyConfig,
  type ConcurrentExecutionItem,
  type ConcurrentExecutor,
  type CustomCompletionConfig,
  completeBatch,
  continueBatch,
  type DurableContext,
  type DurableLogger,
  type MapConfig,
  type MapFunc,
  NestingType,
  type Serdes,
  type ThresholdCompletionConfig,
} from '@aws/durable-execution-sdk-js';

interface Row {
  id: number;
}
declare const rows: Row[];
declare const batchSerdes: Serdes<BatchResult<string>>;
declare const itemSerdes: Serdes<string>;

const thresholds: ThresholdCompletionConfig = {
  minSuccessful: 8,
  toleratedFailureCount: 2,
  toleratedFailurePercentage: 20,
};
const custom: CustomCompletionConfig = {
  shouldComplete: ({ successCount, failureCount, completedCount, totalCount, items }: CompletionStatus) => {
    const first: CompletionItemStatus | undefined = items[0];
    if (first?.status === BatchItemStatus.FAILED) return completeBatch(CompletionOutcome.FAILED);
    if (first?.name === 'skip' || successCount + failureCount === completedCount) return continueBatch();
    return completedCount * 2 > totalCount ? completeBatch() : { complete: false };
  },
};
const decisions: CompletionDecision[] = [
  { complete: true, outcome: CompletionOutcome.SUCCEEDED },
  { complete: true },
  { complete: false },
];
const completions: CompletionConfig[] = [thresholds, custom, {}, { minSuccessful: 1 }];

const mapConfig: MapConfig<Row, string> = {
  maxConcurrency: 10,
  itemNamer: (row, index) => `row-${row.id}-${index}`,
  serdes: batchSerdes,
  itemSerdes,
  completionConfig: thresholds,
  summaryGenerator: (result) => `${result.successCount} of ${result.totalCount}`,
  nesting: NestingType.FLAT,
};
const importRow: MapFunc<Row, string, DurableLogger> = async (context, row, index, all) =>
  context.step(`import ${index}/${all.length}`, async () => String(row.id));

export async function maps(context: DurableContext): Promise<unknown> {
  const named: BatchResult<string> = await context.map('rows', rows, importRow, mapConfig);
  const anonymous = await context.map(rows, importRow);
  const inferred = await context.map('inferred', [1, 2, 3], async (child, item, index) => {
    await child.wait({ seconds: 1 });
    return { double: item * 2, index };
  });
  const doubles: number[] = inferred.getResults().map(({ double }) => double);
  const explicit = await context.map<Row, string>(undefined, rows, async (_child, row) => `${row.id}`, {
    completionConfig: custom,
  });
  const flat = await context.map(rows, async (child, row) => child.step(async () => row.id), {
    nesting: NestingType.NESTED,
  });
  return [report(named), anonymous.all, doubles, explicit.totalCount, flat.getResults(), decisions, completions];
}

function report(batch: BatchResult<string>): string[] {
  batch.throwIfError();
  const lines = batch.succeeded().map(({ index, result }) => `${index}: ${result.toUpperCase()}`);
  for (const { index, error } of batch.failed()) lines.push(`${index}: ${error.message} ${error.cause?.name}`);
  for (const { index, status } of batch.started()) {
    const still: BatchItemStatus.STARTED = status;
    lines.push(`${index}: ${still}`);
  }
  const errors: ChildContextError[] = batch.getErrors();
  const reason: CompletionReason = batch.completionReason;
  const status: BatchItemStatus.SUCCEEDED | BatchItemStatus.FAILED = batch.status;
  const items: BatchItem<string>[] = batch.all;
  const counts: number = batch.successCount + batch.failureCount + batch.startedCount;
  const [first] = items;
  if (first?.status === BatchItemStatus.SUCCEEDED && first.result !== undefined) lines.push(first.result);
  if (batch.hasFailure) lines.push(`${errors.length} ${reason} ${status} ${counts}`);
  return lines;
}

export async function parallels(context: DurableContext): Promise<unknown[]> {
  const same = await context.parallel('same', [async (child) => child.step(async () => 1), async () => 2]);
  const numbers: number[] = same.getResults();
  const anonymous = await context.parallel<string>([async () => 'a', { name: 'b', func: async () => 'b' }]);
  const named = await context.parallel('named', [
    { name: 'stock', func: async (child: DurableContext) => child.step('check', async () => true) },
    { name: 'credit', func: async () => false },
  ]);
  const flags: boolean[] = named.getResults();
  const mixed = await context.parallel('mixed', [
    async (child: DurableContext) => child.step(async () => 1),
    async () => 'text',
    { name: 'date', func: async () => ({ at: 'now' }) },
  ]);
  const either: (number | string | { at: string })[] = mixed.getResults();
  const mixedAnonymous = await context.parallel([async () => 1, async () => 'two']);
  const union: (number | string)[] = mixedAnonymous.getResults();
  const [id, valid] = (
    await context.parallel([
      async (child: DurableContext) => child.step('id', async () => ({ id: 'r-1' })),
      async (child: DurableContext) => child.step('valid', async () => ({ valid: true })),
    ])
  ).getResults() as [{ id: string }, { valid: boolean }];
  const constant = [async () => 1, async () => 'x'] as const;
  const fromConstant: BatchResult<number | string> = await context.parallel('constant', constant);
  const configured = await context.parallel(undefined, [async () => 'x'], {
    maxConcurrency: 2,
    serdes: batchSerdes,
    itemSerdes,
    completionConfig: { minSuccessful: 1 },
    summaryGenerator: ({ totalCount }) => `${totalCount}`,
    nesting: NestingType.FLAT,
  });
  return [
    numbers,
    anonymous.getResults(),
    flags,
    either,
    union,
    id.id,
    valid.valid,
    fromConstant.all,
    configured.status,
  ];
}

export const concurrency: ConcurrencyConfig<string> = {
  maxConcurrency: 3,
  topLevelSubType: 'Fleet',
  iterationSubType: 'Ship',
  summaryGenerator: (result) => String(result.totalCount),
  serdes: batchSerdes,
  itemSerdes,
  completionConfig: { toleratedFailureCount: 1 },
  nesting: NestingType.NESTED,
};
export const item: ConcurrentExecutionItem<Row> = { id: 'i', data: { id: 1 }, index: 0, name: 'first' };
export const executor: ConcurrentExecutor<Row, string, DurableLogger> = async ({ data, name }, child) =>
  child.step(name, async () => String(data.id));

export function ended(error: unknown): string | undefined {
  return error instanceof BatchCompletionError ? `${error.completionReason}: ${error.errorType}` : undefined;
}
const counted: Record<BatchItemStatus, number> = {
  [BatchItemStatus.SUCCEEDED]: 0,
  [BatchItemStatus.FAILED]: 0,
  [BatchItemStatus.STARTED]: 0,
};
export function count(batch: BatchResult<unknown>): typeof counted {
  for (const { status } of batch.all) counted[status] += 1;
  return counted;
}
