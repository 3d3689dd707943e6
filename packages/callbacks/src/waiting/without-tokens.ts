const MOST_ERRORS = 100;

/** The same error without these secrets in its texts, those of its causes and members included. What is no error becomes one. */
export function withoutTokens(thrown: unknown, secrets: readonly string[]): Error {
  const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  const clean = (text: string): string => spellings.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  const error = thrown instanceof Error ? thrown : new Error(clean(String(thrown)));
  const found = new Set<Error>([error]);
  // A set hands out what is added meanwhile, and nothing twice: causes may go round in circles.
  for (const one of found) {
    for (const key of new Set(['message', 'stack', 'cause', ...Object.keys(one)])) {
      const value = (one as unknown as Record<string, unknown>)[key];
      if (typeof value === 'string' && clean(value) !== value) replace(one, key, clean(value));
      if (value instanceof Error && found.size < MOST_ERRORS) found.add(value);
    }
    const { errors } = one as Partial<AggregateError>;
    for (const [index, part] of Array.isArray(errors) ? errors.entries() : []) {
      if (typeof part === 'string') (errors as unknown[])[index] = clean(part);
      if (part instanceof Error && found.size < MOST_ERRORS) found.add(part);
    }
  }
  return error;
}

function replace(error: Error, key: string, text: string): void {
  const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
  // Some errors have members that can only be read.
  Object.defineProperty(error, key, { value: text, configurable: true, writable: true, enumerable });
}
