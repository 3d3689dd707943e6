import type { OperationUpdate } from '../wire.ts';
import type { Draft } from './draft.ts';
import { isPresent } from './present.ts';

/** Why the batch as a whole is refused, or undefined: at most one update of the execution, and only as the last. */
export function executionUpdateProblem(updates: readonly OperationUpdate[]): string | undefined {
  let position = -1;
  for (const [index, { Type }] of updates.entries()) {
    if (Type !== 'EXECUTION') continue;
    if (position >= 0) return 'Cannot checkpoint multiple EXECUTION updates.';
    position = index;
  }
  return position >= 0 && position < updates.length - 1 ? 'EXECUTION checkpoint must be the last update.' : undefined;
}

/** Finds operations that a batch updates twice. Allowed is only START of a step or context, then one update that isn't. */
export class RepeatGuard {
  readonly #seen = new Map<string, OperationUpdate | 'complete'>();

  /** Why the update may not follow those before it, or undefined. */
  problem(update: OperationUpdate): string | undefined {
    const earlier = this.#seen.get(update.Id);
    this.#seen.set(update.Id, earlier === undefined ? update : 'complete');
    return earlier === undefined || (earlier !== 'complete' && follows(earlier, update))
      ? undefined
      : 'Cannot update the same operation twice in a single request.';
  }
}

function follows(earlier: OperationUpdate, update: OperationUpdate): boolean {
  const startable = update.Type === 'STEP' || update.Type === 'CONTEXT';
  return startable && earlier.Type === update.Type && earlier.Action === 'START' && update.Action !== 'START';
}

/** Why the update does not fit the operations that are there, or undefined: its parent, then what it says of itself. */
export function identityProblem(update: OperationUpdate, draft: Draft): string | undefined {
  if (isPresent(update.ParentId) && draft.get(update.ParentId)?.Type !== 'CONTEXT') {
    return 'Invalid parent operation id.';
  }
  const stored = draft.get(update.Id);
  if (stored === undefined) return undefined;
  if (update.Type !== stored.Type) return 'Inconsistent operation type.';
  if (differs(update.SubType, stored.SubType)) return 'Inconsistent operation subtype.';
  if (differs(update.Name, stored.Name)) return 'Inconsistent operation name.';
  if (differs(update.ParentId, stored.ParentId)) return 'Inconsistent parent operation id.';
  return undefined;
}

/** An update need not repeat what its operation's first one said; what it says must be the same. */
function differs(said: string | undefined, stored: string | undefined): boolean {
  return isPresent(said) && said !== stored;
}
