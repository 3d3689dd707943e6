import { createHash } from 'node:crypto';

/**
 * Ids in the form of random UUIDs that repeat with the seed.
 *
 * @example
 * const nextId = seededIds('order-test');
 * nextId(); // the same text in every process
 */
export function seededIds(seed: string | number): () => string {
  let count = 0;
  return () => {
    count += 1;
    const hex = createHash('sha256').update(`${seed}:${count}`).digest('hex');
    // Version 4, variant 1: what checks the form of an id takes these.
    const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
