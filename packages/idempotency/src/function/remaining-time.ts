import type { RemainingTime } from '../config/idempotency-config.ts';

/** The longest that Lambda lets an invocation take: a call that does not say how long it has is over by then. Milliseconds. */
const LONGEST_INVOCATION_MS = 900_000;

/**
 * How long the caller may still take, by whoever says so. 0 is an answer: it is about to end. Less than that is none: a context
 * of an invocation that is over says nothing about the one that runs, whose claim would end before it began.
 */
export function remainingMs(...sources: unknown[]): number {
  for (const source of sources) {
    const remaining = lambdaContextIn(source)?.getRemainingTimeInMillis();
    if (remaining !== undefined && remaining >= 0) return remaining;
  }
  return LONGEST_INVOCATION_MS;
}

/** A Lambda context, or one inside a durable context. */
function lambdaContextIn(value: unknown): RemainingTime | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { lambdaContext } = value as { lambdaContext?: unknown };
  return [lambdaContext, value].find(isRemainingTime);
}

function isRemainingTime(value: unknown): value is RemainingTime {
  return typeof (value as Partial<RemainingTime> | null | undefined)?.getRemainingTimeInMillis === 'function';
}
