/** True for a member that is there: JSON writes an absent one as null as well. */
export function isPresent<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}
