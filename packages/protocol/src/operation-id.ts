/**
 * Ids of operations. A raw id is the position of a call in its context ("2", then "2-1" inside context "2"); the wire
 * carries 16 hex digits of its MD5, the scheme of the official SDK, so that executions move between the engines.
 */

type Hash = (algorithm: string, data: string, encoding: 'hex') => string;
let hash: Hash | undefined;

/** Ids already made: every replay asks for the same ones again. Emptied when full; an entry takes about 100 bytes. */
const made = new Map<string, string>();
const MAX_MADE = 32_768;

/**
 * Wire id of a raw id.
 * @example operationId('1') // 'c4ca4238a0b92382'
 */
export function operationId(rawId: string): string {
  const known = made.get(rawId);
  if (known !== undefined) return known;
  // node:crypto costs about 3 ms to load: it is fetched at the first operation, not at import.
  hash ??= process.getBuiltinModule('node:crypto').hash as Hash;
  const id = hash('md5', rawId, 'hex').slice(0, 16);
  if (made.size === MAX_MADE) made.clear();
  made.set(rawId, id);
  return id;
}

/** Raw id of the n-th call (from 1) in the context whose own raw id is `prefix` (empty for the root). */
export function rawOperationId(prefix: string, position: number): string {
  return prefix === '' ? String(position) : `${prefix}-${position}`;
}
