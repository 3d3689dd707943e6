import { BASE64_PATTERN } from './limits.ts';

/** A JSON list of values in base64: the form of our tokens and callback ids. */
export function encodeList(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64');
}

/**
 * The list in `text`, or undefined unless `encodeList` makes exactly this text: one id has one spelling. Never throws,
 * whatever it is given.
 */
export function decodeList(text: unknown, maxLength: number): unknown[] | undefined {
  if (typeof text !== 'string' || text.length > maxLength || !BASE64_PATTERN.test(text)) return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
    return Array.isArray(values) && encodeList(values) === text ? values : undefined;
  } catch {
    return undefined;
  }
}
