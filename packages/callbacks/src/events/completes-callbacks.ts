import type { CallbackClient } from '../client/callback-client.ts';
import type { CallbackClientError } from '../client/callback-errors.ts';
import { usableClient } from '../client/usable-client.ts';
import { type Consumer, completeEvent, type EventCompletion, mergedFailures } from './complete-event.ts';
import { type EventRecord, recordsOf } from './event-records.ts';

/** Options of {@link completesCallbacks}. */
export interface CompletesCallbacksOptions<Data = unknown> {
  /**
   * What a record completes: `undefined` for one that completes nothing and is left to the handler. One that throws has failed, and
   * comes again.
   */
  completion(record: EventRecord<Data>): EventCompletion | undefined | Promise<EventCompletion | undefined>;
  /** How callbacks are completed. Default: on the Lambda service. */
  client?: CallbackClient | undefined;
  /**
   * Told of a record that completes nothing, however often it comes: its callback is unknown, completed by somebody else, or timed
   * out. The record counts as done unless this throws. Default: a warning on the console.
   */
  onRefused?: ((error: CallbackClientError, record: EventRecord<Data>) => unknown) | undefined;
}

/** A middleware of middy's, of version 4 or later. */
export interface CompletesCallbacksMiddleware {
  before(request: { event: unknown; internal: Record<string, unknown> }): Promise<unknown>;
  after(request: { response: unknown; internal: Record<string, unknown> }): Promise<void>;
}

const FAILED = '@middy-durable/callbacks/failed';

/**
 * A middleware that completes callbacks by what a consumer receives: messages of SQS and SNS, events of EventBridge, changes of a
 * DynamoDB table. Records that complete a callback do not reach the handler; when none is left, the handler is not called.
 *
 * Of a queue and a stream only what failed comes again: the event source mapping needs `FunctionResponseTypes:
 * [ReportBatchItemFailures]`. A stream goes on in order: after the first failure the rest is left to the next delivery. SNS and
 * EventBridge deliver one event; a failure rejects the invocation. A record that comes again is no error: the same completion is
 * recognized.
 *
 * @throws TypeError for options that can't be right
 * @example
 * export const handler = middy(async () => ({ batchItemFailures: [] })).use(
 *   completesCallbacks<{ callbackId: string; result: unknown }>({
 *     client: callbackClient({ backend }),
 *     completion: ({ data }) => ({ callbackId: data.callbackId, result: data.result }),
 *   }),
 * );
 */
export function completesCallbacks<Data = unknown>(
  options: CompletesCallbacksOptions<Data>,
): CompletesCallbacksMiddleware {
  const { completion, onRefused } = options;
  if (typeof completion !== 'function') throw new TypeError('completesCallbacks: option completion must be a function');
  if (onRefused !== undefined && typeof onRefused !== 'function') {
    throw new TypeError('completesCallbacks: option onRefused must be a function');
  }
  const client = usableClient(options.client, 'completesCallbacks');
  // What the data really is, the mapping finds out.
  const consumer = { completion, client, onRefused: onRefused ?? warn } as Consumer;
  return {
    async before(request) {
      const records = recordsOf(request.event);
      if (records === undefined) return undefined;
      const { rest, failed: own } = await completeEvent(consumer, records);
      // There may be several of these in a row, each with the records that the one before left.
      const failed = [...((request.internal[FAILED] as string[] | undefined) ?? []), ...own];
      request.internal[FAILED] = failed;
      if (rest.length === records.length) return undefined;
      // Handlers of a queue and of a stream answer alike; others are not asked.
      if (rest.length === 0) return mergedFailures(undefined, failed);
      request.event = { ...(request.event as object), Records: rest.map(({ record }) => record) };
      return undefined;
    },
    async after(request) {
      const failed = request.internal[FAILED] as string[] | undefined;
      if (failed?.length) request.response = mergedFailures(request.response, failed);
    },
  };
}

function warn(error: CallbackClientError, { source, itemIdentifier }: EventRecord): void {
  console.warn(
    `completesCallbacks: a record of ${source} (${itemIdentifier ?? 'without an id'}) completed nothing: ${error.message}`,
  );
}
