import { type Duration, durationSeconds } from '@middy-durable/core';
import type { CallbackClient } from '../client/callback-client.ts';
import { CallbackClosedError, UnknownCallbackError } from '../client/callback-errors.ts';

/** What work under a heartbeat is given. */
export interface HeartbeatWork {
  /** Aborted when the callback takes no completion any more: the work is for nobody. Its reason is the client's error. */
  readonly signal: AbortSignal;
}

/** Runs `callback` once, in that many milliseconds; the returned function takes it back. */
export type Schedule = (callback: () => void, milliseconds: number) => () => void;

/**
 * Does long work for a callback and says in between that it is alive, so that the callback's `heartbeatTimeout` begins anew. The
 * first heartbeat is sent before the work begins: for a callback that is completed, timed out or unknown none begins. One that
 * does not arrive is sent again at its next turn: let `every` be a third of the timeout, or less.
 *
 * @param every whole seconds
 * @returns what `work` returns; completing the callback with it is the caller's
 * @throws what `work` throws; CallbackClosedError or UnknownCallbackError when there is nothing to work for
 * @example
 * const film = await withHeartbeat(client, callbackId, { seconds: 20 }, ({ signal }) => encode(source, { signal }));
 * await client.sendSuccess(callbackId, film);
 */
export async function withHeartbeat<Result>(
  client: Pick<CallbackClient, 'sendHeartbeat'>,
  callbackId: string,
  every: Duration,
  work: (work: HeartbeatWork) => Promise<Result> | Result,
  schedule: Schedule = usualSchedule,
): Promise<Result> {
  const pause = 1000 * durationSeconds(every, 'withHeartbeat: every');
  if (typeof work !== 'function') throw new TypeError('withHeartbeat: the work must be a function');
  const abort = new AbortController();
  let cancel = (): void => {};
  let over = false;
  const beat = async (): Promise<void> => {
    try {
      await client.sendHeartbeat(callbackId);
    } catch (error) {
      // Anything else may be better at the next turn.
      if (isClosed(error)) abort.abort(error);
    }
    if (!over && !abort.signal.aborted) cancel = schedule(() => void beat(), pause);
  };
  await beat();
  abort.signal.throwIfAborted();
  try {
    return await work({ signal: abort.signal });
  } finally {
    over = true;
    cancel();
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof CallbackClosedError || error instanceof UnknownCallbackError;
}

/** Longest time of a timer of the process; a longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

function usualSchedule(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_MS));
  return () => clearTimeout(timer);
}
