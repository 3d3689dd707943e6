import type { ObservedInvocation } from '@middy-durable/core/middleware';

type Keys = Record<string, unknown>;

/** Powertools drops these with a warning, in a line too. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

const keys = new WeakMap<object, WeakMap<ObservedInvocation, Keys>>();

/**
 * The temporary keys of a logger in one invocation. Powertools keeps one set for the whole process: what an execution leaves
 * there, or adds while another one runs, would stand in the lines of others.
 */
export function keysOf(logger: object, invocation: ObservedInvocation): Readonly<Keys> | undefined {
  return keys.get(logger)?.get(invocation);
}

/** Adds keys; nested ones are merged, as Powertools does. Gives those that are reserved, which are not added. */
export function addKeys(logger: object, invocation: ObservedInvocation, added: Keys): Keys | undefined {
  const byInvocation = keys.get(logger) ?? new WeakMap<ObservedInvocation, Keys>();
  keys.set(logger, byInvocation);
  const own = byInvocation.get(invocation) ?? {};
  byInvocation.set(invocation, own);
  let reserved: Keys | undefined;
  for (const [key, value] of Object.entries(added)) {
    if (RESERVED.has(key)) reserved = { ...reserved, [key]: value };
    else put(own, key, value);
  }
  return reserved;
}

export function removeKeys(logger: object, invocation: ObservedInvocation, removed: readonly string[]): void {
  const own = keys.get(logger)?.get(invocation);
  if (own) for (const key of removed) delete own[key];
}

export function clearKeys(logger: object, invocation: ObservedInvocation): void {
  keys.get(logger)?.delete(invocation);
}

/** Fields of others that a line can take. */
export function isReserved(key: string): boolean {
  return RESERVED.has(key);
}

function put(target: Keys, key: string, value: unknown): void {
  // A field of that name would change what the object is.
  if (key === '__proto__') return;
  const before = target[key];
  if (isPlain(value)) {
    const merged: Keys = isPlain(before) ? before : {};
    for (const [name, inner] of Object.entries(value)) put(merged, name, inner);
    target[key] = merged;
  } else if (value !== undefined || before === undefined) target[key] = value;
}

function isPlain(value: unknown): value is Keys {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
