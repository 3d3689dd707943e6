import { isDurableInvocation } from '@middy-durable/protocol';
import { reportedFailures } from './batch-item-failures.ts';
import { checkFunction, checkOptions } from './validation.ts';

export interface PerRecordOptions {
  /** How many records are worked on at once: a whole number, 1 or more. Default 10. */
  concurrency?: number | undefined;
}

/** A message of a queue, as far as it decides what happens to it. */
interface QueueRecord {
  messageId: string;
  eventSourceARN?: string;
  attributes?: { MessageGroupId?: string };
}

const METHOD = 'perRecord';
const DEFAULT_CONCURRENCY = 10;

/**
 * Gives each message of an SQS batch an execution of its own: one that fails is delivered again alone and goes on where it
 * failed, whatever the batch it comes in. Takes a durable handler with a `backend`; it gets one event with one record for
 * each message, and its other events unchanged.
 *
 * The event source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda does not read the
 * answer, and failed messages are deleted like the others. Reported as failed are the messages whose invocation rejected or
 * whose own answer has `batchItemFailures`; each is a line on `console.error`.
 *
 * A message whose execution is suspended counts as done for the queue: it is deleted, and the execution goes on by itself.
 * Messages of a FIFO queue's group are worked on one after the other; after the first failure the rest of the group is
 * reported without being tried, so that the order holds. A message that comes twice in a batch is worked on once.
 *
 * @returns a handler that answers a batch with `{ batchItemFailures }`, also when all of it failed, and everything else with
 *   what `handler` answers
 * @throws TypeError or RangeError when the handler or an option can't be right
 * @example
 * export const handler = perRecord(
 *   withDurableExecution(
 *     async ({ Records: [record] }: SQSEvent, context: DurableContext) => {
 *       const order = JSON.parse(record.body);
 *       const payment = await context.step('pay', () => pay(order));
 *       await context.step('confirm', () => confirm(payment));
 *     },
 *     { backend: dynamoDBBackend({ tableName }) },
 *   ),
 *   { concurrency: 5 },
 * );
 */
export function perRecord<TEvent, TContext>(
  handler: (event: TEvent, context: TContext) => Promise<unknown>,
  options?: PerRecordOptions,
): (event: TEvent, context: TContext) => Promise<unknown> {
  checkFunction(handler, METHOD, 'the handler');
  checkOptions(options, { concurrency: 'number' }, METHOD);
  const concurrency = options?.concurrency ?? DEFAULT_CONCURRENCY;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    const rule = 'option concurrency must be a whole number, 1 or more';
    throw new RangeError(`${METHOD}: ${rule}; got ${concurrency}`);
  }
  return async (event, context) => {
    if (isDurableInvocation(event) || !isBatch(event)) return handler(event, context);
    const all = withoutRepeats(event.Records);
    const failed = new Set<string>();
    await inTurns(queuesOf(all), concurrency, async (records) => {
      for (const [index, record] of records.entries()) {
        if (await succeeds(record, (single) => handler(single as TEvent, context))) continue;
        for (const { messageId } of records.slice(index)) failed.add(messageId);
        break;
      }
    });
    const reported = all.filter(({ messageId }) => failed.has(messageId));
    return { batchItemFailures: reported.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function withoutRepeats(records: readonly QueueRecord[]): QueueRecord[] {
  const seen = new Set<string>();
  return records.filter(({ messageId }) => !seen.has(messageId) && seen.add(messageId));
}

/** Messages that wait for each other, in the order they came: those of one group, or a message alone. */
function queuesOf(records: readonly QueueRecord[]): QueueRecord[][] {
  const queues = new Map<string, QueueRecord[]>();
  for (const record of records) {
    const group = groupOf(record);
    const key = JSON.stringify(group === undefined ? [record.messageId] : [record.eventSourceARN, group]);
    const queue = queues.get(key);
    if (queue) queue.push(record);
    else queues.set(key, [record]);
  }
  return [...queues.values()];
}

/** Standard queues have groups too, without an order. */
function groupOf({ eventSourceARN, attributes }: QueueRecord): string | undefined {
  return eventSourceARN?.endsWith('.fifo') ? attributes?.MessageGroupId : undefined;
}

async function succeeds(record: QueueRecord, handle: (event: unknown) => Promise<unknown>): Promise<boolean> {
  const failed = `${METHOD}: message ${record.messageId} failed and is left to the queue`;
  try {
    const answer = await handle({ Records: [record] });
    if (reportedFailures(answer).length === 0) return true;
    console.error(`${failed}: the handler reported it in batchItemFailures`);
  } catch (error) {
    console.error(failed, error);
  }
  return false;
}

/** Works on all of them, at most `concurrency` at once. `work` does not reject. */
async function inTurns<T>(all: readonly T[], concurrency: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values(); // One for all workers: each takes the next.
  const worker = async (): Promise<void> => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, all.length) }, worker));
}

function isBatch(event: unknown): event is { Records: QueueRecord[] } {
  const records: unknown = (event as { Records?: unknown } | null | undefined)?.Records;
  return Array.isArray(records) && records.length > 0 && records.every(isQueueRecord);
}

function isQueueRecord(record: unknown): record is QueueRecord {
  const { eventSource, messageId } = (record ?? {}) as { eventSource?: unknown; messageId?: unknown };
  return eventSource === 'aws:sqs' && typeof messageId === 'string' && messageId !== '';
}
