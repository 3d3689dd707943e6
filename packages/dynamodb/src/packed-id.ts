import type { Attributes } from './layout.ts';

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})/;
const UUID_BYTES = 16;

/** A text as an attribute; one that begins with a UUID takes 20 bytes less as bytes. */
export function packId(text: string): Attributes[string] {
  const uuid = text.isWellFormed() ? UUID.exec(text) : null;
  if (uuid === null) return { S: text };
  const head = Buffer.from(uuid.slice(1).join(''), 'hex');
  return { B: Buffer.concat([head, Buffer.from(text.slice(uuid[0].length))]) };
}

export function unpackId(attribute: Attributes[string] | undefined): string {
  if (attribute?.B === undefined) return attribute?.S ?? '';
  const bytes = Buffer.from(attribute.B);
  const hex = bytes.toString('hex', 0, UUID_BYTES);
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return uuid + bytes.toString('utf8', UUID_BYTES);
}
