import { ValidationException } from '@middy-durable/protocol';

/** Refuses a number of seconds, or another count, that is no whole number in its range. */
export function checkWhole(value: number, name: string, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ValidationException(`${name} must be a whole number from ${least} to ${most}, not ${value}.`);
}
