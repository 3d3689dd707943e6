import { createHash } from 'node:crypto';
import { ID_PATTERN, MAX_EXECUTION_NAME_LENGTH } from '@middy-durable/protocol';

/**
 * The text itself where it can be the name of an execution, else its SHA-256 in hex.
 * @example fittingName('order-42') // => 'order-42'
 */
export function fittingName(text: string): string {
  return text.length <= MAX_EXECUTION_NAME_LENGTH && ID_PATTERN.test(text) ? text : hashed(text);
}

/**
 * The name of what goes by these parts: a single one stands for itself, several are hashed. A single part that looks like
 * such a hash is hashed too, so nobody who chooses a key can spell the name that belongs to somebody else's parts.
 */
export function nameOf(parts: readonly string[] | undefined): string | undefined {
  if (parts === undefined) return undefined;
  const [only = ''] = parts;
  return parts.length === 1 && !/^[0-9a-f]{64}$/.test(only) ? fittingName(only) : hashed(JSON.stringify(parts));
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
