/** JSON text that is the same for equal values: members of objects in the order of their names. Takes parsed JSON. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    // fromEntries defines members and never assigns them, so `__proto__` is a name like any other.
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * Serializes what must be JSON. Members that are `undefined` are left out, `toJSON` counts; what JSON would lose without a
 * word (a Map, a promise, NaN) is refused.
 *
 * @param what names the value in the message: `option input`
 * @throws TypeError when it is no JSON
 */
export function jsonText(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_key, member: unknown) => {
      const lost = lostInJson(member);
      if (lost !== undefined) throw new TypeError(`it is or holds ${lost}`);
      return member;
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${what} must be a value of JSON: ${detail}`, { cause: error });
  }
  if (text === undefined) throw new TypeError(`${what} must be a value of JSON, not undefined`);
  return text;
}

/** By its tag, not its class: an object of another realm is as good. */
function lostInJson(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return tag === 'Object' ? undefined : `an object of kind ${tag}`;
}
