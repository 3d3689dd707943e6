/** What writer and reader of the extended format agree on; the format itself is described at `createExtendedSerdes`. */

/** Key that tells an extended text from plain JSON; its value is the version. */
export const MARK = '$extended';
export const VERSION = 1;

export interface ExtendedLimits {
  maxDepth: number;
  maxBytes: number;
}

/** Printing and parsing a number takes time that grows much faster than its digits. */
export const MAX_BIGINT_DIGITS = 10_000;

/** Members of an error that are not its own data. */
export const ERROR_MEMBERS: readonly string[] = ['name', 'message', 'stack', 'cause'];

export function checkBytes(text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw tooLong(`${bytes} bytes`, maxBytes);
}

export function tooLong(size: string, maxBytes: number): RangeError {
  return new RangeError(`The value takes ${size} and the limit is ${maxBytes}: store less, or raise option maxBytes`);
}

export function tooDeep(maxDepth: number): RangeError {
  return new RangeError(`The value is nested deeper than ${maxDepth} objects: flatten it, or raise option maxDepth`);
}
