import { ID_PATTERN, MAX_NAME_LENGTH, MAX_SUBTYPE_LENGTH, NAME_PATTERN } from '@middy-durable/protocol';
import { describeValue } from './describe-value.ts';

/**
 * How error messages name an operation.
 * @example operationLabel('step', 'charge') // => 'step "charge"'
 */
export function operationLabel(method: string, name: string | undefined): string {
  return name === undefined ? method : `${method} "${name}"`;
}

/** Rejects an operation name that the wire can't carry. `method` names the call in the message: `step`. */
export function checkName(name: unknown, method: string): asserts name is string | undefined {
  if (name === undefined) return;
  if (typeof name !== 'string') throw complaint(TypeError, method, 'the name must be a string or left out', name);
  if (name.length > MAX_NAME_LENGTH || !NAME_PATTERN.test(name)) {
    const rule = `the name must be 1 to ${MAX_NAME_LENGTH} printable ASCII characters`;
    throw complaint(RangeError, method, name.length > MAX_NAME_LENGTH ? `${rule}, not ${name.length}` : rule, name);
  }
}

/** Rejects a subtype that the wire can't carry. `what` is the operation, see {@link operationLabel}. */
export function checkSubType(subType: unknown, what: string): asserts subType is string | undefined {
  if (subType === undefined) return;
  if (typeof subType !== 'string' || subType.length > MAX_SUBTYPE_LENGTH || !ID_PATTERN.test(subType)) {
    const rule = `subType must be 1 to ${MAX_SUBTYPE_LENGTH} letters, digits, hyphens or underscores`;
    throw complaint(typeof subType === 'string' ? RangeError : TypeError, what, rule, subType);
  }
}

/** Rejects what is not a function; `role` says which one: `the body`. */
// biome-ignore lint/complexity/noBannedTypes: any function passes; the caller's own types say which one it is
export function checkFunction(value: unknown, what: string, role: string): asserts value is Function {
  if (typeof value !== 'function') throw complaint(TypeError, what, `${role} must be a function`, value);
}

/**
 * What an option may be: a `typeof` (`object` also takes functions), `serdes` or `deserializer` for an object with those
 * methods, or the list of its values.
 */
export type OptionKind =
  | 'function'
  | 'object'
  | 'boolean'
  | 'number'
  | 'string'
  | 'serdes'
  | 'deserializer'
  | readonly string[];

/**
 * Rejects options of the wrong type. Nothing, `undefined` and `null` mean the default; options that `kinds` doesn't list
 * pass, as in the official SDK.
 */
export function checkOptions(options: unknown, kinds: Readonly<Record<string, OptionKind>>, what: string): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object') throw complaint(TypeError, what, 'the options must be an object', options);
  for (const key in kinds) {
    const value = (options as Record<string, unknown>)[key];
    const kind = kinds[key] as OptionKind;
    if (value !== undefined && value !== null && !fits(value, kind)) {
      throw complaint(TypeError, what, `option ${key} must be ${wanted(kind)}`, value);
    }
  }
}

function fits(value: unknown, kind: OptionKind): boolean {
  if (Array.isArray(kind)) return kind.includes(value);
  if (kind === 'object') return typeof value === 'object' || typeof value === 'function';
  if (kind !== 'serdes' && kind !== 'deserializer') return typeof value === kind;
  const { serialize, deserialize } = value as Record<string, unknown>;
  return typeof deserialize === 'function' && (kind === 'deserializer' || typeof serialize === 'function');
}

function wanted(kind: OptionKind): string {
  if (Array.isArray(kind)) return `one of ${kind.join(', ')}`;
  if (kind === 'deserializer') return 'an object with a deserialize function';
  if (kind === 'serdes') return 'an object with the functions serialize and deserialize';
  return kind === 'object' ? 'an object' : `a ${kind}`;
}

function complaint(Kind: new (message: string) => Error, what: string, rule: string, value: unknown): Error {
  return new Kind(`${what}: ${rule}; got ${describeValue(value)}`);
}
