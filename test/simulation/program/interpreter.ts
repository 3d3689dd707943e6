import type { DurableContext, DurableExecutionHandler } from '@middy-durable/core';
import { familyOf } from '../families/index.ts';
import { filler } from './outcome.ts';
import type { Hooks, Node, Program, Scope } from './program.ts';

/** The handler that performs a program. `hooksFor` is asked once for each invocation, by the execution's name. */
export function handlerOf(
  program: Program,
  hooksFor: (name: string) => Hooks,
): DurableExecutionHandler<unknown, unknown> {
  return async (_event, context) => {
    context.configureLogger({ customLogger: SILENT });
    const values = await scopeOf(context, hooksFor(context.executionContext.executionName), '').block(program.body);
    return program.kilobytes === undefined ? values : { values, filler: filler(program.kilobytes) };
  };
}

function scopeOf(context: DurableContext, hooks: Hooks, prefix: string): Omit<Scope, 'path'> {
  const run = (node: Node): Promise<unknown> => {
    const path = prefix + node.key;
    return familyOf(node).run(node, { ...scope, path });
  };
  const scope: Omit<Scope, 'path'> = {
    context,
    hooks,
    run,
    async block(nodes, inner, more) {
      if (inner !== undefined || more !== undefined) {
        return scopeOf(inner ?? context, hooks, prefix + (more ?? '')).block(nodes);
      }
      const values: unknown[] = [];
      for (const node of nodes) values.push(await run(node));
      return values;
    },
  };
  return scope;
}

const ignore = (): void => {};
const SILENT = { log: ignore, error: ignore, warn: ignore, info: ignore, debug: ignore };
