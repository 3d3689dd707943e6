import { MAX_CALLBACK_TIMEOUT_SECONDS, MAX_DURATION_SECONDS } from '@middy-durable/protocol';
import { describeValue } from './describe-value.ts';

/**
 * A length of time: at least one of days, hours, minutes and seconds, added up. Parts may be fractions as long as the
 * sum is whole seconds. Where a length is allowed, the operation says; waits take 1 second to 366 days.
 * @example durationSeconds({ hours: 1, minutes: 30 }, 'wait "cool-down"') // => 5400
 */
export type Duration =
  | { days: number; hours?: number | undefined; minutes?: number | undefined; seconds?: number | undefined }
  | { hours: number; minutes?: number | undefined; seconds?: number | undefined }
  | { minutes: number; seconds?: number | undefined }
  | { seconds: number };

const SECONDS_IN = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;
type Unit = keyof typeof SECONDS_IN;

/**
 * The sum of a duration's parts in seconds, fractions and 0 included.
 * @throws TypeError when it is no duration; RangeError when a part is negative or not finite
 */
export function totalSeconds(duration: unknown, what: string): number {
  const parts = (typeof duration === 'object' && duration !== null ? duration : {}) as Partial<Record<Unit, unknown>>;
  let total: number | undefined;
  for (const unit in SECONDS_IN) {
    const part = parts[unit as Unit] ?? undefined;
    if (part === undefined) continue;
    if (typeof part !== 'number') throw new TypeError(complaint(what, duration, `${unit} must be a number`));
    if (!(part >= 0 && part < Number.POSITIVE_INFINITY)) {
      throw new RangeError(complaint(what, duration, `${unit} is ${part}, but must be 0 or more`));
    }
    total = (total ?? 0) + part * SECONDS_IN[unit as Unit];
  }
  if (total === undefined) {
    throw new TypeError(complaint(what, duration, 'pass days, hours, minutes or seconds, such as { minutes: 5 }'));
  }
  return total;
}

/**
 * A duration in whole seconds, checked against what the operation takes.
 * @param what the operation, as messages name it: `wait "cool-down"`
 * @param range inclusive, in seconds; default 1 to 31,622,400 (366 days)
 * @throws TypeError when it is no duration; RangeError when it is not whole seconds in the range
 * @example durationSeconds({ minutes: 3 }, 'wait "cool-down"') // => 180
 */
export function durationSeconds(
  duration: unknown,
  what: string,
  range?: { readonly min?: number | undefined; readonly max?: number | undefined },
): number {
  const total = totalSeconds(duration, what);
  const whole = Math.round(total);
  const min = range?.min ?? 1;
  const max = range?.max ?? MAX_DURATION_SECONDS;
  // 1.1 minutes are 66.00000000000001 seconds in floating point: whole enough.
  if (Math.abs(total - whole) > 1e-6 || whole < min || whole > max) {
    throw new RangeError(
      complaint(what, duration, `${total} s is not a whole number of seconds from ${min} to ${max}`),
    );
  }
  return whole;
}

/**
 * A duration of `count` seconds.
 * @throws TypeError or RangeError when `count` is no whole number of seconds, or is negative
 * @example seconds(30) // => { seconds: 30 }
 */
export function seconds(count: number): { readonly seconds: number } {
  return checked('seconds', { seconds: count });
}

/**
 * A duration of `count` minutes.
 * @throws TypeError or RangeError when `count` minutes are no whole number of seconds, or negative
 * @example minutes(3) // => { minutes: 3 }
 */
export function minutes(count: number): { readonly minutes: number } {
  return checked('minutes', { minutes: count });
}

/**
 * A duration of `count` hours.
 * @throws TypeError or RangeError when `count` hours are no whole number of seconds, or negative
 * @example hours(1.5) // => { hours: 1.5 }
 */
export function hours(count: number): { readonly hours: number } {
  return checked('hours', { hours: count });
}

/**
 * A duration of `count` days.
 * @throws TypeError or RangeError when `count` days are no whole number of seconds, or negative
 * @example days(7) // => { days: 7 }
 */
export function days(count: number): { readonly days: number } {
  return checked('days', { days: count });
}

/**
 * The four makers of durations under one name, the name of their type.
 * @example Duration.fromMinutes(3) // => { minutes: 3 }
 */
export const Duration: {
  readonly fromSeconds: typeof seconds;
  readonly fromMinutes: typeof minutes;
  readonly fromHours: typeof hours;
  readonly fromDays: typeof days;
} = { fromSeconds: seconds, fromMinutes: minutes, fromHours: hours, fromDays: days };

function checked<D extends Duration>(unit: Unit, duration: D): D {
  durationSeconds(duration, unit, { min: 0, max: MAX_CALLBACK_TIMEOUT_SECONDS });
  return duration;
}

function complaint(what: string, duration: unknown, problem: string): string {
  return `${what}: bad duration ${describeValue(duration)}: ${problem}`;
}
