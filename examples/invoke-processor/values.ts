/** What is wrong with what should be values to work on, for whoever sent them; undefined when they are right. */
export function problemWith(values: unknown): string | undefined {
  if (!Array.isArray(values)) return `values must be an array of numbers, not ${described(values)}`;
  if (values.length === 0) return 'values must hold at least one number';
  const index = values.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? undefined : `values[${index}] must be a finite number, not ${described(values[index])}`;
}

function described(value: unknown): string {
  if (value === null || typeof value === 'number') return String(value);
  return typeof value;
}
