/** A function, by what tells it from others. */
interface Known {
  name: string;
  text: string;
}

/** The functions whose keys begin alike, by store and prefix. */
const scopes = new WeakMap<object, Map<string, Known>>();

/**
 * Refuses a second function whose keys could not be told from another one's: with equal data it would get the other one's
 * result. Powertools gives every function of a Lambda function the same prefix. The same code made idempotent again, as by a
 * factory, is the same function.
 * @throws TypeError
 */
export function registerScope(store: object, prefix: string | undefined, fn: { readonly name: string }): void {
  const functions = scopes.get(store) ?? new Map<string, Known>();
  scopes.set(store, functions);
  const known: Known = { name: fn.name, text: String(fn) };
  const other = functions.get(prefix ?? '') ?? known;
  functions.set(prefix ?? '', other);
  if (other.name === known.name && other.text === known.text) return;
  throw new TypeError(
    `makeIdempotent: the functions ${nameOf(other)} and ${nameOf(known)} would have the same keys for equal data, and get each ` +
      "other's results. Give each a keyPrefix (or functionName) of its own.",
  );
}

function nameOf({ name }: Known): string {
  return name || '(without a name)';
}
