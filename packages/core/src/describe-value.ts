/** Longest text that {@link describeValue} gives, before the dots. */
const LONGEST = 80;

/**
 * A short text of any value, for error messages. Never throws and never runs on: what JSON can't show is named by its type.
 */
export function describeValue(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'function' ? `function ${value.name}`.trim() : JSON.stringify(value);
  } catch {
    // Circular, a BigInt or a hostile getter: the type says enough.
  }
  // String() would throw on an object without a prototype; a primitive is always printable.
  text ??= typeof value === 'object' ? 'an object' : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
