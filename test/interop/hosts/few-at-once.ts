/**
 * Enough to keep a processor busy. With all at once each would take as long as all together, and short waits would be over
 * before anything suspends for them.
 */
const AT_ONCE = 6;

/** Does `work` with every item, a few at a time. */
export async function fewAtOnce<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
