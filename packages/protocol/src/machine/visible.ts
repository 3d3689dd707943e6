import { isFinal } from '../wire.ts';
import type { OperationRecord, RunState } from './run-state.ts';

/**
 * The operations that an invocation loads, in order of start. What happened inside a finished context is left out,
 * with everything below it, unless the context asked to keep its children (`ReplayChildren`): its result is enough.
 */
export function visibleOperations(state: RunState): OperationRecord[] {
  const visible: OperationRecord[] = [];
  // Holds every context whose children are left out. A parent always stands before its children, so one pass is enough.
  const closedContexts = new Set<string>();
  for (const operation of state.operations.values()) {
    const hidden = operation.ParentId !== undefined && closedContexts.has(operation.ParentId);
    if (!hidden) visible.push(operation);
    if (operation.Type === 'CONTEXT' && (hidden || hidesChildren(operation))) closedContexts.add(operation.Id);
  }
  return visible;
}

function hidesChildren(context: OperationRecord): boolean {
  return isFinal(context.Status) && context.ContextDetails?.ReplayChildren !== true;
}
