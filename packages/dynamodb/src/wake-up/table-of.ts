import { ValidationException } from '@middy-durable/protocol';
import type { Table } from '../table.ts';

const tables = new WeakMap<object, Table>();

/** Notes which table a store lies on, for the parts of this package that are no store. */
export function rememberTable(store: object, table: Table): void {
  tables.set(store, table);
}

/** Throws ValidationException for what `dynamoDBStore` of this package did not make. */
export function tableOf(store: object): Table {
  const table = tables.get(store);
  if (table !== undefined) return table;
  throw new ValidationException('backend must be one that dynamoDBBackend() of this package returned.');
}
