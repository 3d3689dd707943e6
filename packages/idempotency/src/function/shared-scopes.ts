/** Names of the functions whose keys begin alike, by store and prefix. */
const scopes = new WeakMap<object, Map<string, string>>();

/**
 * Refuses a second function whose keys could not be told from another one's: with equal data it would get the other one's
 * result. Powertools gives every function of a Lambda function the same prefix.
 * @throws TypeError
 */
export function registerScope(
  store: object,
  keyPrefix: string | undefined,
  functionName: string | undefined,
  fnName: string,
): void {
  if (fnName === '') return;
  const prefix = keyPrefix ?? functionName ?? '';
  const names = scopes.get(store) ?? new Map<string, string>();
  scopes.set(store, names);
  const other = names.get(prefix) ?? fnName;
  names.set(prefix, other);
  if (other === fnName) return;
  throw new TypeError(
    `makeIdempotent: the functions ${other} and ${fnName} would have the same keys for equal data, and get each other's ` +
      'results. Give each a keyPrefix (or functionName) of its own.',
  );
}
