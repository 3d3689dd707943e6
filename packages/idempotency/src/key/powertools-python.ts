import { createHash } from 'node:crypto';

/** The hash that Powertools for Python makes of the same value: of `json.dumps(value, sort_keys=True)`, in hexadecimal. */
export function pythonHash(value: unknown, hashFunction: string): string {
  return createHash(hashFunction).update(pythonJson(value)).digest('hex');
}

/**
 * A value of JSON as `json.dumps(value, sort_keys=True)` of Python writes it: spaces after separators, ASCII only, names in
 * the order of their code points, exponents of two digits. One thing can't be told here: whether a whole number was written
 * with a decimal point (Python keeps `1.0`), it is taken for an integer.
 * @example pythonJson({ b: [1, 1e-7], a: 'é' }) // => '{"a": "\\u00e9", "b": [1, 1e-07]}'
 */
export function pythonJson(value: unknown): string {
  if (typeof value === 'string') return asciiText(value);
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([name, member]) => `${asciiText(name)}: ${pythonJson(member)}`);
  return `{${members.join(', ')}}`;
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python changes to exponents below 1e-4 and from 1e16 on; JavaScript below 1e-6 and from 1e21 on. */
function pythonNumber(value: number): string {
  if (Object.is(value, -0)) return '0';
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return BigInt(value).toString();
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}

function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
