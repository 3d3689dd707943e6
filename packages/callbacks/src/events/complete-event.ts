import type { CallbackClient } from '../client/callback-client.ts';
import { CallbackClientError, CallbackNotSentError } from '../client/callback-errors.ts';
import { type Completion, sendCompletion } from '../client/completion.ts';
import type { EventRecord } from './event-records.ts';

/** What a record does to a callback. */
export type EventCompletion = {
  readonly callbackId: string;
  /** The callback's execution: only the Lambda service needs it, to recognize a record that comes again. */
  readonly durableExecutionArn?: string | undefined;
} & (Completion | { readonly heartbeat: true });

export interface Consumer {
  readonly client: CallbackClient;
  completion(record: EventRecord): EventCompletion | undefined | Promise<EventCompletion | undefined>;
  onRefused(error: CallbackClientError, record: EventRecord): unknown;
}

export interface CompletedEvent {
  /** Records that are for the handler. */
  readonly rest: readonly EventRecord[];
  /** What must come again. */
  readonly failed: readonly string[];
}

/** @throws what a record failed with, where its source takes back only the whole event */
export async function completeEvent(consumer: Consumer, records: readonly EventRecord[]): Promise<CompletedEvent> {
  const rest: EventRecord[] = [];
  const failed: string[] = [];
  for (const [index, record] of records.entries()) {
    try {
      if (!(await completes(consumer, record))) rest.push(record);
    } catch (error) {
      const { itemIdentifier, source } = record;
      if (itemIdentifier === undefined) throw error;
      console.error(
        `completesCallbacks: a record of ${source} (${itemIdentifier}) failed and comes again: ${(error as Error)?.message}`,
      );
      failed.push(itemIdentifier);
      if (!isOrdered(record)) continue;
      // Whoever reads on from here gets all that follows again.
      const later = records.slice(index + 1);
      if (source === 'sqs') failed.push(...later.flatMap((one) => one.itemIdentifier ?? []));
      break;
    }
  }
  return { rest, failed };
}

/** Whether the record is done: false for one that completes nothing. */
async function completes({ client, completion, onRefused }: Consumer, record: EventRecord): Promise<boolean> {
  const done = await completion(record);
  if (done === undefined || done === null) return false;
  const { callbackId, durableExecutionArn } = done;
  try {
    if ('heartbeat' in done) await client.sendHeartbeat(callbackId);
    else await sendCompletion(client, callbackId, done, { durableExecutionArn });
  } catch (error) {
    // What was not sent may be sent later; everything else stays as it is.
    if (error instanceof CallbackNotSentError || !(error instanceof CallbackClientError)) throw error;
    await onRefused(error, record);
  }
  return true;
}

/** Records of a stream, and of a queue that keeps an order. */
function isOrdered({ source, record }: EventRecord): boolean {
  if (source === 'dynamodb') return true;
  const { eventSourceARN } = record as { eventSourceARN?: unknown };
  return typeof eventSourceARN === 'string' && eventSourceARN.endsWith('.fifo');
}

/** The handler's own failures and those of callbacks, each once. An answer that is none stays one for the handler's records. */
export function mergedFailures(response: unknown, failed: readonly string[]): object {
  const { batchItemFailures: own, ...more } = (response ?? {}) as { batchItemFailures?: unknown };
  const listed = Array.isArray(own) ? own : [];
  const names = new Set(listed.map((item: { itemIdentifier?: unknown } | null) => item?.itemIdentifier));
  const added = failed.filter((name) => !names.has(name)).map((itemIdentifier) => ({ itemIdentifier }));
  return { ...more, batchItemFailures: [...listed, ...added] };
}
