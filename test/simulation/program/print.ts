import { familyOf } from '../families/index.ts';
import type { Node, Program } from './program.ts';

/** The program as text, one line for each operation. */
export function printProgram(program: Program): string {
  const timeout = program.executionTimeout === undefined ? '' : ` (execution timeout ${program.executionTimeout} s)`;
  const size = program.kilobytes === undefined ? '' : ` (${program.kilobytes} KiB in its result)`;
  return [`program${timeout}${size}`, ...printed(program.body, '  ')].join('\n');
}

function printed(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node) => {
    const family = familyOf(node);
    return [`${indent}${node.key}: ${family.print(node)}`, ...printed(family.inner?.(node) ?? [], `${indent}  `)];
  });
}
