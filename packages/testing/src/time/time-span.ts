/** A length of virtual time: at least one member, added up. Fractions are allowed; the sum is rounded to milliseconds. */
export interface TimeSpan {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

const MILLISECONDS_IN = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
} as const;

/**
 * A span in milliseconds.
 *
 * @param what as messages name it: `advance`
 * @throws TypeError when it is no span; RangeError when a member is negative or not finite
 */
export function spanMilliseconds(span: TimeSpan, what: string): number {
  let total: number | undefined;
  for (const [unit, factor] of Object.entries(MILLISECONDS_IN)) {
    const part: unknown = (span as Record<string, unknown> | null | undefined)?.[unit];
    if (part === undefined) continue;
    if (typeof part !== 'number' || !(part >= 0 && part < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${what}: ${unit} is ${String(part)}, but must be a number of 0 or more.`);
    }
    total = (total ?? 0) + part * factor;
  }
  if (total === undefined) {
    throw new TypeError(`${what}: pass days, hours, minutes, seconds or milliseconds, such as { minutes: 5 }.`);
  }
  return Math.round(total);
}
