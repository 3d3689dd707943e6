import { describeValue } from '../describe-value.ts';
import { type GenericSerdes, genericSerdes } from '../serdes.ts';
import { readExtended } from './extended-reader.ts';
import { writeExtended } from './extended-writer.ts';

/** Options of {@link createExtendedSerdes}. */
export interface ExtendedSerdesOptions {
  /** Whether stack traces of errors are stored; they show paths of the deployed code. Default: false. */
  includeStack?: boolean | undefined;
  /** How many objects may stand inside each other, 1 to 1000. Default: 100. */
  maxDepth?: number | undefined;
  /** Longest text that is written or read, in bytes. Default: 64 MiB. What a checkpoint takes is less, see there. */
  maxBytes?: number | undefined;
}

const DEFAULT_MAX_DEPTH = 100;
const MOST_DEPTH = 1000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;

/**
 * JSON that also keeps what JSON loses. The types are a closed list, so that text from outside can make nothing else:
 * `Date`, `bigint`, `Map`, `Set`, `Uint8Array`, `Buffer`, `ArrayBuffer`, `URL`, `Error` (name, message, cause, own data,
 * `errors` of an `AggregateError`; the built-in error classes come back as themselves, others as `Error` with their name),
 * `undefined`, `NaN`, `Infinity`, `-Infinity` and `-0`.
 *
 * Other instances are stored as JSON does it: what their `toJSON` returns, or their own members. What would be lost is
 * refused with its place in the value: functions, symbols, promises, circular references, regular expressions (a stored
 * one could hang who uses it), other binary views, weak collections.
 *
 * Format, version 1. A value that JSON keeps is its plain JSON, so payloads of the default serdes stay readable. Any other
 * is `{"$extended":1,"value":...}`, and in there an object whose only key starts with `$` is a tag: `{"$date":"<ISO>"}`
 * (`null` for an invalid one), `{"$bigint":"<decimal>"}`, `{"$number":"NaN"}`, `{"$undefined":true}`,
 * `{"$map":[[key,value],...]}`, `{"$set":[...]}`, `{"$bytes":"<base64>"}`, `{"$buffer":"<base64>"}`,
 * `{"$arraybuffer":"<base64>"}`, `{"$url":"<href>"}`, `{"$error":{name,message,stack?,cause?,errors?,data?}}`. An object
 * of the user's own that looks like one has a `$` more in front of its key. Unknown tags and versions are refused.
 *
 * @throws RangeError at once for an option out of range. When used: TypeError for what can't be stored or is not of this
 *   format, RangeError past `maxDepth` or `maxBytes`, SyntaxError for no JSON; each fails the operation.
 * @example
 * const serdes = createExtendedSerdes();
 * const context = { entityId: '1', durableExecutionArn: 'arn:example' };
 * await serdes.serialize({ total: 12 }, context) // => '{"total":12}'
 * const text = await serdes.serialize({ paid: 12n, at: new Date(0) }, context);
 * text // => '{"$extended":1,"value":{"paid":{"$bigint":"12"},"at":{"$date":"1970-01-01T00:00:00.000Z"}}}'
 * await serdes.deserialize(text, context) // => { paid: 12n, at: new Date(0) }
 */
export function createExtendedSerdes(options?: ExtendedSerdesOptions): GenericSerdes {
  const { includeStack = false, maxDepth = DEFAULT_MAX_DEPTH, maxBytes = DEFAULT_MAX_BYTES } = options ?? {};
  checkLimit('maxDepth', maxDepth, MOST_DEPTH);
  checkLimit('maxBytes', maxBytes, Number.MAX_SAFE_INTEGER);
  return genericSerdes({
    async serialize(value) {
      return value === undefined ? undefined : writeExtended(value, { includeStack, maxDepth, maxBytes });
    },
    async deserialize(text) {
      return text === undefined ? undefined : readExtended(text, { maxDepth, maxBytes });
    },
  });
}

function checkLimit(name: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  const rule = `must be a whole number from 1 to ${most}`;
  throw new RangeError(`createExtendedSerdes: option ${name} ${rule}; got ${describeValue(value)}`);
}
