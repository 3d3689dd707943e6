import { describeValue } from '../describe-value.ts';
import {
  checkBytes,
  ERROR_MEMBERS,
  type ExtendedLimits,
  MARK,
  MAX_BIGINT_DIGITS,
  tooDeep,
  VERSION,
} from './extended-format.ts';

/**
 * The value of a text of the extended format, or of plain JSON. The text may come from an enemy: it can make nothing but
 * the types of the format, and reaches no prototype.
 * @throws TypeError for tags that are unknown or wrongly filled, RangeError past a limit, SyntaxError for no JSON
 */
export function readExtended(text: string, limits: ExtendedLimits): unknown {
  checkBytes(text, limits.maxBytes);
  const data: unknown = JSON.parse(text);
  const marked = isRecord(data) && Object.hasOwn(data, MARK);
  if (!marked) return new Reader(limits, false).read(data, 0);
  if (data[MARK] !== VERSION || Object.keys(data).length !== 2 || !Object.hasOwn(data, 'value')) {
    const form = `{"${MARK}":${VERSION},"value":...}`;
    throw new TypeError(
      `The payload begins as the extended format but is not ${form}: another version wrote it; deploy that one to read it`,
    );
  }
  return new Reader(limits, true).read(data.value, 0);
}

type Fields = Record<string, unknown>;

class Reader {
  readonly #maxDepth: number;
  readonly #tags: boolean;

  constructor({ maxDepth }: ExtendedLimits, tags: boolean) {
    this.#maxDepth = maxDepth;
    this.#tags = tags;
  }

  /** Changes what JSON.parse made in place. @param depth objects around the value */
  read(value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (!isRecord(value)) return value;
    const [key, another] = Object.keys(value);
    if (!this.#tags || another !== undefined || !key?.startsWith('$')) return this.#fields(value, depth);
    if (!key.startsWith('$$')) return this.#tagged(key, value[key], depth);
    return this.#fields({ [key.slice(1)]: value[key] }, depth);
  }

  #list(items: unknown[], depth: number): unknown[] {
    this.#enter(depth);
    for (const [index, item] of items.entries()) items[index] = this.read(item, depth + 1);
    return items;
  }

  /** Every key is an own member already, `__proto__` too, so that writing to it reaches no setter. */
  #fields(fields: Fields, depth: number): Fields {
    this.#enter(depth);
    for (const key of Object.keys(fields)) fields[key] = this.read(fields[key], depth + 1);
    return fields;
  }

  #enter(depth: number): void {
    if (depth >= this.#maxDepth) throw tooDeep(this.#maxDepth);
  }

  #tagged(tag: string, payload: unknown, depth: number): unknown {
    const value = this.#valueOf(tag, payload, depth);
    if (value !== WRONG) return value;
    throw new TypeError(
      `The payload holds {${JSON.stringify(tag)}:${describeValue(payload)}}, which stands for no value`,
    );
  }

  /** A closed list: what is not named here can't be made. */
  #valueOf(tag: string, payload: unknown, depth: number): unknown {
    switch (tag) {
      case '$undefined':
        return payload === true ? undefined : WRONG;
      case '$number':
        return ['NaN', 'Infinity', '-Infinity', '-0'].includes(payload as string) ? Number(payload) : WRONG;
      case '$set':
        return Array.isArray(payload) ? new Set(this.#list(payload, depth)) : WRONG;
      case '$map':
        return Array.isArray(payload) && payload.every(isPair) ? this.#map(payload, depth) : WRONG;
      case '$error':
        return isRecord(payload) ? this.#error(payload, depth) : WRONG;
      case '$date':
        return payload === null ? new Date(Number.NaN) : typeof payload === 'string' ? toDate(payload) : WRONG;
      default:
        return typeof payload === 'string' ? fromText(tag, payload) : WRONG;
    }
  }

  #map(pairs: [unknown, unknown][], depth: number): Map<unknown, unknown> {
    this.#enter(depth);
    return new Map(pairs.map(([key, value]) => [this.read(key, depth + 1), this.read(value, depth + 1)]));
  }

  #error({ name, message, stack, errors, data = {}, ...rest }: Fields, depth: number): unknown {
    this.#enter(depth);
    if (typeof name !== 'string' || typeof message !== 'string' || !isRecord(data)) return WRONG;
    const aggregate = Array.isArray(errors);
    const Type = aggregate ? Error : (BUILT_IN.find((type) => type.name === name) ?? Error);
    const error = aggregate ? new AggregateError(this.#list(errors, depth + 1), message) : new Type(message);
    for (const key of Object.keys(data)) {
      if (!ERROR_MEMBERS.includes(key)) define(error, key, this.read(data[key], depth + 1), true);
    }
    if ('cause' in rest) define(error, 'cause', this.read(rest.cause, depth + 1));
    if (error.name !== name) define(error, 'name', name);
    // Where it was read is not where it was thrown.
    define(error, 'stack', typeof stack === 'string' ? stack : `${name}: ${message}`);
    return error;
  }
}

/** A payload that does not fit its tag. */
const WRONG = Symbol('wrong');
const BUILT_IN: readonly ErrorConstructor[] = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

function fromText(tag: string, text: string): unknown {
  switch (tag) {
    case '$bigint':
      return text.length <= MAX_BIGINT_DIGITS && /^-?\d+$/.test(text) ? BigInt(text) : WRONG;
    case '$url':
      return URL.canParse(text) ? new URL(text) : WRONG;
    case '$buffer':
      return toBytes(text);
    case '$bytes': {
      const bytes = toBytes(text);
      return bytes === WRONG ? WRONG : new Uint8Array(bytes as Buffer);
    }
    case '$arraybuffer': {
      const bytes = toBytes(text);
      return bytes === WRONG ? WRONG : new Uint8Array(bytes as Buffer).buffer;
    }
    default:
      return WRONG;
  }
}

function toBytes(base64: string): Buffer | typeof WRONG {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : WRONG;
}

function toDate(text: string): unknown {
  const date = new Date(text);
  return !Number.isNaN(+date) && date.toISOString() === text ? date : WRONG;
}

function define(target: object, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}
