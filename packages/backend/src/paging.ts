import { DEFAULT_PAGE_ITEMS, InvalidParameterValueException, MAX_PAGE_ITEMS } from '@middy-durable/protocol';
import { violation } from './request-shape.ts';

/** Items of a page: 0 and nothing mean the default. Throws ValidationException outside 0 to 1000. */
export function pageSize(maxItems: number | undefined): number {
  if (maxItems === undefined) return DEFAULT_PAGE_ITEMS;
  if (!Number.isInteger(maxItems)) throw violation(maxItems, 'maxItems', 'Member must be an integer');
  if (maxItems < 0) throw violation(maxItems, 'maxItems', 'Member must have value greater than or equal to 0');
  if (maxItems > MAX_PAGE_ITEMS) {
    throw violation(maxItems, 'maxItems', `Member must have value less than or equal to ${MAX_PAGE_ITEMS}`);
  }
  return maxItems === 0 ? DEFAULT_PAGE_ITEMS : maxItems;
}

/** Where the next page begins. `scope` names what is paged: a marker of another listing is refused. */
export type Position = readonly (string | number)[];

export function encodeMarker(scope: string, position: Position): string {
  return Buffer.from(JSON.stringify([scope, ...position])).toString('base64url');
}

/** The position in a marker, undefined for none. Throws `Invalid Marker` for anything that `shape` does not fit. */
export function decodeMarker(
  scope: string,
  marker: string | null | undefined,
  shape: readonly ('string' | 'number')[],
): Position | undefined {
  if (marker === undefined || marker === null || marker === '') return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(marker, 'base64url').toString());
  } catch {
    throw invalidMarker();
  }
  if (!Array.isArray(parts) || parts[0] !== scope || parts.length !== shape.length + 1) throw invalidMarker();
  const position = parts.slice(1);
  if (position.some((part, index) => typeof part !== shape[index])) throw invalidMarker();
  return position;
}

function invalidMarker(): InvalidParameterValueException {
  return new InvalidParameterValueException('Invalid Marker');
}
