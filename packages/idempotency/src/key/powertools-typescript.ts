import { createHash } from 'node:crypto';

/**
 * The hash that Powertools for TypeScript makes of the same value: of its JSON, members of objects in the order of their names
 * regardless of case, in base64. Names that differ only by case have an order too, so equal values have one hash.
 */
export function typescriptHash(value: unknown, hashFunction: string): string {
  return createHash(hashFunction)
    .update(JSON.stringify(sorted(value)))
    .digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines members and never assigns them, so `__proto__` is a name like any other.
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
