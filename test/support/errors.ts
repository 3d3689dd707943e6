/** The name of what was caught. */
export function nameOf(error: unknown): string {
  return (error as Error).name;
}

/** What stands behind an error. */
export function causeOf(error: unknown): unknown {
  return (error as Error).cause;
}
