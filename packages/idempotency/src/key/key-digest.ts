import { createHash } from 'node:crypto';

/** The key as it goes where keys do not: hex, always as long. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
