import { familyOf } from '../families/index.ts';
import type { Node, Program } from './program.ts';

/** The program without the operations of these keys, and all that is in them. */
export function without(program: Program, keys: ReadonlySet<string>): Program {
  return keys.size === 0 ? program : { ...program, body: kept(program.body, keys) };
}

/** The keys of all operations, outer ones first: whoever drops them in this order drops much at once. */
export function keysOf(program: Program): string[] {
  const keys: string[] = [];
  let level: readonly Node[] = program.body;
  while (level.length > 0) {
    keys.push(...level.map(({ key }) => key));
    level = level.flatMap((node) => familyOf(node).inner?.(node) ?? []);
  }
  return keys;
}

function kept(nodes: readonly Node[], keys: ReadonlySet<string>): Node[] {
  return nodes
    .filter(({ key }) => !keys.has(key))
    .map((node) => {
      const { inner, withInner } = familyOf(node);
      return inner && withInner ? withInner(node, kept(inner(node), keys)) : node;
    });
}
