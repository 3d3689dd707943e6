/** Marks a line of a stored stack trace that stands for a cause. Other runtimes write such lines too. */
const CAUSE_LINE = /^Caused by: (.*?): ([\s\S]*)$/;
/** Causes that are stored: a chain may be a ring. */
const MAX_CAUSES = 10;

/**
 * The causes of an error, nearest first, as lines of its stored stack trace: the one place that the record has for them, and
 * one that the official SDK does not read anything into.
 * @param isOwn tells the engine's own errors: one that was built from a record without causes has itself, as a plain error,
 *   for its cause
 */
export function causeLines(error: Error, isOwn: (link: Error) => boolean): string[] {
  const lines: string[] = [];
  let outer = error;
  for (let depth = 0; outer.cause instanceof Error && depth < MAX_CAUSES; depth++) {
    const link = outer.cause;
    const itself = isOwn(outer) && !isOwn(link) && link.name === outer.name;
    if (!itself) lines.push(`Caused by: ${link.name}: ${link.message}`);
    outer = link;
  }
  return lines;
}

/** The chain of causes that lines of a stored stack trace stand for. @param make an error of that name, message and cause */
export function causesFromLines(
  lines: readonly string[] | undefined,
  make: (name: string, message: string, cause: Error | undefined) => Error,
): Error | undefined {
  let cause: Error | undefined;
  for (const line of [...(lines ?? [])].reverse()) {
    const [, name, message = ''] = CAUSE_LINE.exec(line) ?? [];
    if (name !== undefined) cause = make(name, message, cause);
  }
  return cause;
}
