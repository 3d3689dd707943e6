/**
 * Whether what a key was to be made of is nothing, by the rules of Powertools for Python: null, an empty text, and a list or an
 * object without any member that is not null. Numbers and booleans are keys, 0 and false too.
 */
export function isMissingKey(data: unknown): boolean {
  if (data === undefined || data === null || data === '') return true;
  if (typeof data !== 'object') return false;
  return Object.values(data).every((value) => value === undefined || value === null);
}
