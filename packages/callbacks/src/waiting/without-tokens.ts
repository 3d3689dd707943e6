const MOST_CAUSES = 10;

/** The same error without these secrets in its texts, its causes' included. What is no error becomes one. */
export function withoutTokens(thrown: unknown, secrets: readonly string[]): Error {
  const clean = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  const error = thrown instanceof Error ? thrown : new Error(clean(String(thrown)));
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < MOST_CAUSES; depth++) {
    for (const key of new Set(['message', 'stack', ...Object.keys(cause)])) {
      const text = (cause as unknown as Record<string, unknown>)[key];
      if (typeof text === 'string' && clean(text) !== text) replace(cause, key, clean(text));
    }
    cause = cause.cause;
  }
  return error;
}

function replace(error: Error, key: string, text: string): void {
  const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
  // Some errors have members that can only be read.
  Object.defineProperty(error, key, { value: text, configurable: true, writable: true, enumerable });
}
