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
  const { record, rawId, id, parentId, kind } = call;
  if (!record) {
    // A virtual context has no record, and what belongs to the execution no place; inside a context that is over,
    // everything else must have one.
    if (!rebuilding || kind.unrecorded || kind.ownId) return undefined;
    return new NonDeterministicExecutionError(
      `Operation "${rawId}" (${kind.method}) was added to a context that has finished: it has no record there. ` +
        'This indicates non-deterministic control flow in your workflow code.',
      { operationId: parentId ?? id, found: described(kind.type, kind.name, kind.subType) },
    );
  }
  const mismatch = (property: 'type' | 'name' | 'subtype', expected?: string, actual?: string) =>
    operationMismatch(property, rawId, expected, actual, {
      operationId: id,
      expected: described(record.Type, record.Name, record.SubType),
      found: described(kind.type, kind.name, kind.subType),
    });
  if (record.Type !== kind.type) return mismatch('type', record.Type, kind.type);
  // A record that went through JSON may say null for what it does not have.
  const { Name, SubType } = record;
  if ((Name ?? undefined) !== kind.name) return mismatch('name', Name, kind.name);
  if ((SubType ?? undefined) !== kind.subType) return mismatch('subtype', SubType, kind.subType);
  return undefined;
}

/** An operation as people look for it: `STEP "charge" (Step)`. */
function described(type: string, name: string | undefined, subType: string | undefined): string {
  return [type, ...(name ? [`"${name}"`] : []), ...(subType ? [`(${subType})`] : [])].join(' ');
}
