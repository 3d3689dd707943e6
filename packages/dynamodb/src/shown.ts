/** A refused value as its message shows it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 100)}'` : String(value);
}
