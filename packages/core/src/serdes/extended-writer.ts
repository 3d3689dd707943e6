import { util } from '../node-util.ts';
import {
  checkBytes,
  ERROR_MEMBERS,
  type ExtendedLimits,
  MARK,
  MAX_BIGINT_DIGITS,
  tooDeep,
  tooLong,
  VERSION,
} from './extended-format.ts';

export interface WriteOptions extends ExtendedLimits {
  includeStack: boolean;
}

/**
 * A value as text of the extended format.
 * @throws TypeError for what the format does not hold, RangeError past a limit
 */
export function writeExtended(value: unknown, options: WriteOptions): string {
  const writer = new Writer(options);
  const json = writer.write(value, '');
  const text = writer.tagged ? `{"${MARK}":${VERSION},"value":${json}}` : json;
  checkBytes(text, options.maxBytes);
  return text;
}

type Members = Record<string, unknown>;

const LONGEST_PLACE = 200;

class Writer {
  /** Something was written that plain JSON does not hold, or that would be read as something else. */
  tagged = false;
  readonly #options: WriteOptions;
  /** A value whose parts are shared can be far longer as text: what is too long is given up before it fills the memory. */
  #charactersLeft: number;
  /** How to get from the root to the current value, and the objects on that way. */
  readonly #path: string[] = [];
  readonly #around = new Set<object>();

  constructor(options: WriteOptions) {
    this.#options = options;
    this.#charactersLeft = options.maxBytes;
  }

  /**
   * @param key under which JSON finds the value: `toJSON` is told
   * @param asIs the value is what a `toJSON` returned, and is not asked again
   */
  write(value: unknown, key: string, asIs = false): string {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'boolean':
        return this.#spend(String(value));
      case 'undefined':
        return this.#tag('undefined', 'true');
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return this.#spend(String(value));
        return this.#tag('number', `"${value === 0 ? '-0' : value}"`);
      case 'bigint':
        return this.#bigint(value);
      case 'object':
        return value === null ? this.#spend('null') : this.#object(value, key, asIs);
      default:
        throw this.#refusal(`a ${typeof value}`);
    }
  }

  #bigint(value: bigint): string {
    const digits = String(value);
    if (digits.length > MAX_BIGINT_DIGITS) throw this.#refusal(`a BigInt of more than ${MAX_BIGINT_DIGITS} digits`);
    return this.#tag('bigint', `"${this.#spend(digits)}"`);
  }

  #object(value: object, key: string, asIs: boolean): string {
    if (util.types.isDate(value)) return this.#tag('date', Number.isNaN(+value) ? 'null' : `"${value.toISOString()}"`);
    if (value instanceof URL) return this.#tag('url', this.#text(value.href));
    if (util.types.isNativeError(value) || value instanceof Error) return this.#tag('error', this.#error(value));
    if (util.types.isUint8Array(value)) return this.#bytes(Buffer.isBuffer(value) ? 'buffer' : 'bytes', value);
    if (util.types.isArrayBuffer(value)) return this.#bytes('arraybuffer', new Uint8Array(value));
    if (util.types.isMap(value)) return this.#tag('map', this.#map(value));
    if (util.types.isSet(value)) return this.#tag('set', this.#list(value, [...value]));
    if (isUnstorable(value)) {
      throw this.#refusal(`a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`);
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (!asIs && typeof toJSON === 'function') return this.write(toJSON.call(value, key), key, true);
    if (Array.isArray(value)) return this.#list(value, value);
    if (util.types.isBoxedPrimitive(value)) return this.write(value.valueOf(), key);
    return this.#inside(value, () => this.#members(value as Members));
  }

  #members(members: Members): string {
    const keys = Object.keys(members);
    const looksLikeTag = keys.length === 1 && (keys[0] as string).startsWith('$');
    if (looksLikeTag || (this.#path.length === 0 && Object.hasOwn(members, MARK))) this.tagged = true;
    return this.#record(looksLikeTag ? '$' : '', keys, members);
  }

  #record(prefix: string, keys: readonly string[], members: Members): string {
    const written = keys.map((key) => `${this.#text(prefix + key)}:${this.#child(`.${key}`, members[key], key)}`);
    return `{${written.join()}}`;
  }

  #list(holder: object, items: readonly unknown[]): string {
    return this.#inside(holder, () => {
      const written: string[] = [];
      // Not map(): it leaves holes out.
      for (let index = 0; index < items.length; index++) {
        written.push(this.#child(`[${index}]`, items[index], String(index)));
      }
      return `[${written.join()}]`;
    });
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    return this.#inside(map, () => {
      const written = [...map].map(([key, value], index) => {
        const at = `[${index}]`;
        return `[${this.#child(at, key, '0')},${this.#child(at, value, '1')}]`;
      });
      return `[${written.join()}]`;
    });
  }

  #error(error: Error & { errors?: unknown }): string {
    return this.#inside(error, () => {
      const { name, message, stack } = error;
      const parts = [`"name":${this.#text(String(name))}`, `"message":${this.#text(String(message))}`];
      if (this.#options.includeStack && typeof stack === 'string') parts.push(`"stack":${this.#text(stack)}`);
      if (Object.hasOwn(error, 'cause')) parts.push(`"cause":${this.#child('.cause', error.cause, 'cause')}`);
      const aggregate = error instanceof AggregateError;
      if (aggregate) parts.push(`"errors":${this.#child('.errors', [...error.errors], 'errors')}`);
      const own = Object.keys(error).filter((key) => !ERROR_MEMBERS.includes(key) && !(aggregate && key === 'errors'));
      if (own.length > 0) parts.push(`"data":${this.#record('', own, error as unknown as Members)}`);
      return `{${parts.join()}}`;
    });
  }

  #bytes(tag: string, { buffer, byteOffset, byteLength }: Uint8Array): string {
    const base64 = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
    return this.#tag(tag, `"${this.#spend(base64)}"`);
  }

  #tag(name: string, payload: string): string {
    this.tagged = true;
    this.#spend(name);
    return `{"$${name}":${payload}}`;
  }

  #text(value: string): string {
    return this.#spend(JSON.stringify(value));
  }

  #spend(text: string): string {
    this.#charactersLeft -= text.length;
    if (this.#charactersLeft < 0) throw tooLong('more bytes than are allowed', this.#options.maxBytes);
    return text;
  }

  #child(step: string, value: unknown, key: string): string {
    this.#path.push(step);
    const text = this.write(value, key);
    this.#path.pop();
    return text;
  }

  #inside(holder: object, write: () => string): string {
    if (this.#around.has(holder)) throw this.#refusal('one of the objects that hold it, a circle');
    if (this.#around.size >= this.#options.maxDepth) throw tooDeep(this.#options.maxDepth);
    this.#spend('{}');
    this.#around.add(holder);
    const text = write();
    this.#around.delete(holder);
    return text;
  }

  #refusal(what: string): TypeError {
    const path = this.#path.join('');
    const place = path.length > LONGEST_PLACE ? `$...${path.slice(-LONGEST_PLACE)}` : `$${path}`;
    return new TypeError(
      `The value can't be stored: ${place} is ${what}; leave it out, or return plain data in its place`,
    );
  }
}

/** What JSON would store as `{}` or as a list of numbers. */
function isUnstorable(value: unknown): boolean {
  return (
    util.types.isPromise(value) ||
    util.types.isRegExp(value) ||
    ArrayBuffer.isView(value) ||
    util.types.isSharedArrayBuffer(value) ||
    util.types.isWeakMap(value) ||
    util.types.isWeakSet(value) ||
    util.types.isGeneratorObject(value) ||
    util.types.isMapIterator(value) ||
    util.types.isSetIterator(value)
  );
}
