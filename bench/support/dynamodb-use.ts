import type { SentRequest } from '../../test/support/faulty-dynamodb.ts';

/** What requests asked of a table. */
export interface TableUse {
  requests: number;
  writeUnits: number;
  readUnits: number;
  /** Of items that were put. */
  bytes: number;
}

type Attribute = Record<string, unknown>;

/** Partition of the wake-up function's sign of life. */
const BEAT = 'w#beat';
/** And of its right to stay until its next tick. */
const CLAIM = 'w#claim';

/** Sums up the requests that are made for executions. */
export function useOf(sent: readonly SentRequest[]): TableUse {
  return sumOf(sent.filter((one) => !isShared(one)));
}

/** Sums up the requests that the wake-up function makes once for all executions: its looks, its beat, whether it may stay. */
export function sharedUseOf(sent: readonly SentRequest[]): TableUse {
  return sumOf(sent.filter(isShared));
}

function isShared({ request, input }: SentRequest): boolean {
  const { pk } = (input.Key ?? input.Item ?? {}) as Record<string, Attribute>;
  return input.IndexName !== undefined || pk?.S === BEAT || (pk?.S === CLAIM && request === 'GetItem');
}

function sumOf(counted: readonly SentRequest[]): TableUse {
  const use: TableUse = { requests: counted.length, writeUnits: 0, readUnits: 0, bytes: 0 };
  for (const one of counted) {
    const isRead = one.request === 'Query' || one.request === 'GetItem';
    use[isRead ? 'readUnits' : 'writeUnits'] += unitsOf(one);
    use.bytes += itemBytes((one.input.Item ?? {}) as Record<string, Attribute>);
  }
  return use;
}

/** dynalite counts no index: there each entry that is made or removed is one unit, and one that is moved is two. */
function unitsOf({ input, capacity }: SentRequest): number {
  const table = capacity?.CapacityUnits ?? 0;
  if (capacity?.Table !== undefined && table > (capacity.Table.CapacityUnits ?? 0)) return table;
  if (capacity?.GlobalSecondaryIndexes !== undefined) return table;
  const change = String(input.UpdateExpression ?? '');
  const isEntry = (input.Item as Record<string, Attribute> | undefined)?.gsi1pk !== undefined;
  if (isEntry || /REMOVE [^S]*#gsi1pk/.test(change)) return table + 1;
  return /SET .*#gsi1pk/.test(change) ? table + 2 : table;
}

/** Bytes of an item as DynamoDB counts them. */
export function itemBytes(item: Record<string, Attribute>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);
}

function valueBytes({ S, N, B, L }: Attribute): number {
  if (S !== undefined) return Buffer.byteLength(S as string);
  if (B !== undefined) return (B as Uint8Array).length;
  if (L !== undefined) return (L as Attribute[]).reduce((sum, one) => sum + 1 + valueBytes(one), 3);
  return N === undefined ? 1 : Math.ceil((N as string).length / 2) + 1;
}
