/** An error and its causes, as text. */
export function causes(error: unknown): string[] {
  return error instanceof Error ? [`${error.name}: ${error.message}`, ...causes(error.cause)] : [];
}

/** What a promise is rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`It was not rejected: ${JSON.stringify(value)}`);
}
