import { InvalidParameterValueException, ServiceException, ValidationException } from '@middy-durable/protocol';

/** The service's error for a member of a request that breaks a constraint. `member` in lower camel case. */
export function violation(value: unknown, member: string, constraint: string): ValidationException {
  const shown = value === undefined || value === null ? 'null' : `'${String(value)}'`;
  return new ValidationException(
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Refuses anything but a text of 1 to `longest` characters that fits `pattern`. */
export function checkText(value: unknown, member: string, longest: number, pattern?: RegExp): string {
  if (value === undefined || value === null) throw violation(value, member, 'Member must not be null');
  if (typeof value !== 'string') throw violation(value, member, 'Member must be a string');
  if (value.length < 1) throw violation(value, member, 'Member must have length greater than or equal to 1');
  if (value.length > longest)
    throw violation(value, member, `Member must have length less than or equal to ${longest}`);
  if (pattern && !pattern.test(value)) {
    throw violation(value, member, `Member must satisfy regular expression pattern: ${pattern.source}`);
  }
  return value;
}

/** Refuses a text of more than `most` bytes of UTF-8. `what` begins the service's message: "CALLBACK payload" ... */
export function checkBytes(text: string, what: string, most: number): void {
  if (typeof text !== 'string')
    throw new ValidationException(`${what} must be a string, not ${typeof text}: serialize it.`);
  if (Buffer.byteLength(text) <= most) return;
  throw new InvalidParameterValueException(`${what} size must be less than or equal to ${most} bytes.`);
}

/** Runs a request's work; what the store throws becomes the service's 500, so that clients try again. */
export async function served<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (typeof (error as { $metadata?: unknown } | undefined)?.$metadata === 'object') throw error;
    const detail = (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.');
    // A StoreError says itself what to do: a damaged file does not heal by waiting.
    const advice = (error as Error | undefined)?.name === 'StoreError' ? '' : ' The same request may succeed later.';
    throw new ServiceException(`The store of executions failed: ${detail}${advice}`, { cause: error });
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
