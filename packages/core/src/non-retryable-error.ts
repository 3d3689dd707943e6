/** The marker of the class: what survives when an error is stored and built again, or comes from another copy of us. */
const NAME = 'NonRetryableError';
/** Causes looked at before the search ends: a chain may be a ring. */
const MAX_DEPTH = 10;

/**
 * Thrown by a step, ends the step at once whatever its retry strategy says. The same holds for an error that has one
 * among its causes, also after the error came back from a stored record.
 * @example
 * const error = new NonRetryableError('card was reported stolen', { cause: new Error('declined') });
 * error.name // => 'NonRetryableError'
 */
export class NonRetryableError extends Error {
  static override readonly name: string = NAME;

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** True for a {@link NonRetryableError} and for an error with one among its first 10 causes. */
export function isNonRetryable(error: unknown): boolean {
  let link = error as Partial<Error> | null | undefined;
  for (let depth = 0; depth <= MAX_DEPTH && typeof link === 'object' && link !== null; depth++) {
    if (link instanceof NonRetryableError || link.name === NAME) return true;
    link = link.cause as Partial<Error> | undefined;
  }
  return false;
}
