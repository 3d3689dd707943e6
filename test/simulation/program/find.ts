import { familyOf } from '../families/index.ts';
import type { Node, Program } from './program.ts';

/** The operation with this key, wherever it stands. */
export function find({ body }: Program, key: string): Node | undefined {
  let level: readonly Node[] = body;
  while (level.length > 0) {
    const found = level.find((node) => node.key === key);
    if (found) return found;
    level = level.flatMap((node) => familyOf(node).inner?.(node) ?? []);
  }
  return undefined;
}
