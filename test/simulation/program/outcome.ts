/** An error as far as a program may depend on it: the same live, on replay and after any crash. */
export interface ErrorSummary {
  name: string;
  message: string;
  cause?: ErrorSummary;
}

export function errorSummary(error: unknown): ErrorSummary {
  if (!(error instanceof Error) && typeof (error as Error | undefined)?.message !== 'string') {
    return { name: typeof error, message: String(error) };
  }
  const { name, message, cause } = error as Error;
  return cause === undefined ? { name, message } : { name, message, cause: errorSummary(cause) };
}

/** All names of an error and its causes. */
export function errorNames(error: unknown): string[] {
  const names: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) names.push(current.name);
  return names;
}

/** Filler of a result that is to be large; a summary of it stands in the program's result. */
export function filler(kilobytes: number): string {
  return 'x'.repeat(kilobytes * 1024);
}
