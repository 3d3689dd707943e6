import type { Passing } from '@middy-durable/core/middleware';

/** What counts now, and what waits until its place is passed. @param all nothing of the execution runs again */
export function splitByPassed<T extends { place: Passing }>(
  added: readonly T[],
  all: boolean,
): { counting: T[]; waiting: T[] } {
  const counting: T[] = [];
  const waiting: T[] = [];
  for (const one of added) (all || one.place.passed ? counting : waiting).push(one);
  return { counting, waiting };
}
