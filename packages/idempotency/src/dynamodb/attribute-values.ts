import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Levels of lists and maps that DynamoDB takes, less those around the value. */
const DEEPEST = 30;
/** Numbers that DynamoDB takes, apart from 0. */
const LEAST_NUMBER = 1e-130;
const GREATEST_NUMBER = 9.9e125;
const MOST_NAME_BYTES = 65_536;

/** A value of JSON as DynamoDB's own, which Powertools reads; `undefined` for one that DynamoDB can't hold as it is. */
export function toAttribute(value: unknown, depth = 0): AttributeValue | undefined {
  if (value === null) return { NULL: true };
  // DynamoDB's text is UTF-8, which has no lone surrogates. JSON has, escaped.
  if (typeof value === 'string') return value.isWellFormed() ? { S: value } : undefined;
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number') {
    const size = Math.abs(value);
    const fits = size === 0 || (size >= LEAST_NUMBER && size <= GREATEST_NUMBER);
    return fits ? { N: String(value) } : undefined;
  }
  if (typeof value !== 'object' || depth >= DEEPEST) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => toAttribute(item, depth + 1));
    return items.includes(undefined) ? undefined : { L: items as AttributeValue[] };
  }
  const members: [string, AttributeValue][] = [];
  for (const [name, member] of Object.entries(value)) {
    const attribute = toAttribute(member, depth + 1);
    if (attribute === undefined || !canBeName(name)) return undefined;
    members.push([name, attribute]);
  }
  return { M: Object.fromEntries(members) };
}

/** DynamoDB wants 1 byte to 64 KB. And clients that assign members would lose `__proto__`. */
function canBeName(name: string): boolean {
  return name !== '' && name !== '__proto__' && name.isWellFormed() && Buffer.byteLength(name) < MOST_NAME_BYTES;
}

/** What Powertools wrote, as a value of JSON: a set is a list, bytes are base64. */
export function fromAttribute(attribute: AttributeValue): unknown {
  const { S, N, BOOL, L, M, SS, NS, B, BS } = attribute;
  if (S !== undefined) return S;
  if (N !== undefined) return Number(N);
  if (BOOL !== undefined) return BOOL;
  if (L !== undefined) return L.map(fromAttribute);
  if (M !== undefined) return Object.fromEntries(Object.entries(M).map(([name, one]) => [name, fromAttribute(one)]));
  if (SS !== undefined) return SS;
  if (NS !== undefined) return NS.map(Number);
  if (BS !== undefined) return BS.map(base64);
  return B === undefined ? null : base64(B);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Bytes that DynamoDB counts for a value, or a little more. */
export function sizeOf({ S, N, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return N.length + 2;
  if (L !== undefined) return L.reduce((sum, item) => sum + 1 + sizeOf(item), 3);
  if (M === undefined) return 1;
  return Object.entries(M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOf(one), 3);
}
