import type { CodeEvent } from '../events.ts';
import type { NonDeterminism } from '../wire.ts';
import type { RunState } from './run-state.ts';

/**
 * What is to be recorded before the first operations that `code` calls, undefined where the newest ones are its own. The
 * event gets a moment of its own, later than all that has started.
 *
 * @param at Epoch milliseconds: now, and no earlier than the run's newest event.
 * @param lastAt Moment of that event.
 */
export function codeChange(state: RunState, code: string, at: number, lastAt: number): CodeEvent | undefined {
  if (state.codes.at(-1)?.code === code) return undefined;
  // Nothing but the execution itself has started.
  const isFirst = state.operations.size === 1;
  return { type: 'CodeChanged', at: isFirst ? at : Math.max(at, lastAt + 1), code };
}

/**
 * Whether other code than the one that reports it recorded what the call does not fit. A writer that did not say what code
 * it runs is another one: who reports would have said it.
 */
export function isOfOtherCode(state: RunState, { OperationId, Expected, CodeVersion }: NonDeterminism): boolean {
  const record = state.operations.get(OperationId);
  // A call too many in a finished context contradicts its end.
  const at = Expected === undefined ? (record?.EndTimestamp ?? record?.StartTimestamp) : record?.StartTimestamp;
  return codeAt(state, at) !== CodeVersion;
}

function codeAt({ codes }: RunState, at = 0): string | undefined {
  return codes.findLast(({ since }) => since <= at)?.code;
}
