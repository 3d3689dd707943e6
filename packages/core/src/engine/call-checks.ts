import { ContextUsageError, NonDeterministicExecutionError, operationMismatch } from '../errors.ts';
import { type Frame, scopes } from './frame.ts';
import type { OperationCall } from './operation-call.ts';

/**
 * A context may be used in its own frame, and in a sibling's (a queue that both share calls it there). In a step's body, or
 * in the frame of a child, its ids would depend on timing.
 */
export function misuse(frame: Frame, method: string): ContextUsageError | undefined {
  const scope = scopes.getStore();
  // A queue of the module may run the call in the scope of another execution.
  if (!scope?.frame.isBeside(frame) || (scope.frame === frame && !scope.body)) return undefined;
  const own = frame.call?.rawId;
  if (scope.body) return new ContextUsageError(method, scope.body.call.rawId, own);
  for (let ancestor = scope.frame.parent; ancestor; ancestor = ancestor.parent) {
    if (ancestor === frame) return new ContextUsageError(method, scope.frame.call?.rawId ?? 'root', own);
  }
  return undefined;
}

/** The record at this call's place is another operation's: the code took another path than before. */
export function divergence(call: OperationCall, rebuilding: boolean): NonDeterministicExecutionError | undefined {
  const { record, rawId, kind } = call;
  if (!record) {
    // A virtual context has no record; inside a context that is over, everything else must have one.
    if (!rebuilding || kind.unrecorded) return undefined;
    return new NonDeterministicExecutionError(
      `Operation "${rawId}" (${kind.method}) was added to a context that has finished: it has no record there. ` +
        'This indicates non-deterministic control flow in your workflow code.',
    );
  }
  if (record.Type !== kind.type) return operationMismatch('type', rawId, record.Type, kind.type);
  // A record that went through JSON may say null for what it does not have.
  const { Name, SubType } = record;
  if ((Name ?? undefined) !== kind.name) return operationMismatch('name', rawId, Name, kind.name);
  if ((SubType ?? undefined) !== kind.subType) return operationMismatch('subtype', rawId, SubType, kind.subType);
  return undefined;
}
