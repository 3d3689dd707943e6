import { EXECUTION_OWNER, type StoredRecord } from './record.ts';

/**
 * When a record may be written over what is there:
 *  - `claim`: nothing is there, or it has expired, or it is a claim of this very owner, or one that has run out and is no
 *    execution's;
 *  - `replace`: it is still the claim of that owner, who has ended;
 *  - `settle`: nothing is there, or it is a claim of this very owner.
 */
export type WriteCondition =
  | { readonly kind: 'claim'; readonly owner: string; readonly now: number }
  | { readonly kind: 'replace'; readonly owner: string }
  | { readonly kind: 'settle'; readonly owner: string };

/**
 * Whether a record may be written. For stores that compare and set by a version of their own; others put the same into the
 * condition of the write.
 * @param existing what is stored, `undefined` for nothing
 * @example
 * permits(undefined, { kind: 'settle', owner: 'a' }) // => true
 * permits({ key: 'k', status: 'INPROGRESS', owner: 'b' }, { kind: 'settle', owner: 'a' }) // => false
 */
export function permits(existing: StoredRecord | undefined, condition: WriteCondition): boolean {
  if (existing === undefined) return condition.kind !== 'replace';
  const isClaimOf = (owner: string): boolean => existing.status === 'INPROGRESS' && existing.owner === owner;
  if (condition.kind !== 'claim') return isClaimOf(condition.owner);
  if (isClaimOf(condition.owner)) return true;
  return isOver(existing, condition.now) && !(existing.status === 'INPROGRESS' && isOfExecution(existing));
}

/** The claim's end by the clock is not its end: see `EXECUTION_OWNER`. */
export function isOfExecution({ owner }: StoredRecord): boolean {
  return owner?.startsWith(EXECUTION_OWNER) === true;
}

/** A claim that has run out, or a record that has expired. A claim's own end counts before that of its record. */
export function isOver({ status, expiresAt, claimExpiresAt }: StoredRecord, now: number): boolean {
  const end = status === 'INPROGRESS' ? (claimExpiresAt ?? expiresAt) : expiresAt;
  return end !== undefined && end < now;
}
