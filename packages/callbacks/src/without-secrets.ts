import { inspect, types } from 'node:util';

/** Members that errors have without showing them: what failed together, and what the AWS SDK was answered. */
const HIDDEN = ['message', 'stack', 'cause', 'errors', '$response'];
const REMOVED = '[removed: it holds a secret]';

/**
 * The same error without these secrets: none in its texts, those of its causes and members included. A member that holds one deeper
 * down (a mail, a request) is taken off: it may still be in use elsewhere. What can't be changed, and what is no error, becomes one
 * that says the same.
 */
export function withoutSecrets(thrown: unknown, secrets: readonly string[]): Error {
  const spellings = secrets.flatMap((secret) => [...new Set([secret, encodeURIComponent(secret)])]);
  const clean = (text: string): string => spellings.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  // Causes may go round in circles.
  const done = new Map<Error, Error>();

  function cleanError(error: Error): Error {
    const known = done.get(error);
    if (known) return known;
    done.set(error, error);
    const members = error as unknown as Record<string, unknown>;
    for (const key of new Set([...HIDDEN, ...Object.keys(error)])) {
      const value = cleanMember(members[key]);
      if (value === members[key] || replace(error, key, value)) continue;
      const copy = new Error(clean(error.message));
      const { name, stack = '', $metadata } = error as Error & { $metadata?: unknown };
      Object.assign(
        copy,
        { name, stack: clean(stack) },
        $metadata !== undefined && { $metadata: cleanMember($metadata) },
      );
      done.set(error, copy);
      return copy;
    }
    return error;
  }

  function cleanMember(value: unknown): unknown {
    if (typeof value === 'string') return clean(value);
    if (isError(value)) return cleanError(value);
    if (Array.isArray(value) && value.some(isError)) {
      const parts = value.map(cleanMember);
      return parts.every((part, index) => part === value[index]) ? value : parts;
    }
    if (typeof value !== 'object' || value === null) return value;
    const text = inspect(value, { depth: 8, maxArrayLength: null, maxStringLength: null });
    return spellings.some((secret) => text.includes(secret)) ? REMOVED : value;
  }

  return isError(thrown) ? cleanError(thrown) : new Error(clean(String(thrown)));
}

/** Those of another realm are errors, too. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function replace(error: Error, key: string, value: unknown): boolean {
  const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
  // Some errors have members that can only be read.
  return Reflect.defineProperty(error, key, { value, configurable: true, writable: true, enumerable });
}
