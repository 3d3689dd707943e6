import type { DurableContext, DurableExecutionHandler } from '@middy-durable/core';
import { familyOf } from '../families/index.ts';
import type { Hooks, Node, Program, Scope } from './program.ts';

/** The handler that performs a program. `hooksFor` is asked once for each invocation. */
export function handlerOf(program: Program, hooksFor: () => Hooks): DurableExecutionHandler<unknown, unknown> {
  return async (_event, context) => {
    context.configureLogger({ customLogger: SILENT });
    return scopeOf(context, hooksFor(), '').block(program.body);
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
