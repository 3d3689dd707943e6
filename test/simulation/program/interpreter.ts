import type { DurableContext, DurableExecutionHandler } from '@middy-durable/core';
import type { ContestedInvokeNode } from '../families/contested-invoke.ts';
import { familyOf } from '../families/index.ts';
import { answerDurably, type CallInput, type InvokeNode } from '../families/invoke.ts';
import { find } from './find.ts';
import { filler } from './outcome.ts';
import type { Hooks, Node, Program, Scope } from './program.ts';

/** The handler that performs a program. `hooksFor` is asked once for each invocation, by its context. */
export function handlerOf(
  program: Program,
  hooksFor: (context: DurableContext) => Hooks,
): DurableExecutionHandler<unknown, unknown> {
  return async (_event, context) => {
    context.configureLogger({ customLogger: SILENT });
    const hooks = hooksFor(context);
    try {
      const values = await scopeOf(context, hooks, '', false).block(program.body);
      return program.kilobytes === undefined ? values : { values, filler: filler(program.kilobytes) };
    } finally {
      hooks.handlerEnded();
    }
  };
}

/** The handler of the durable functions that a program calls. */
export function calledHandlerOf(
  program: Program,
  hooksFor: (context: DurableContext) => Hooks,
): DurableExecutionHandler<CallInput, unknown> {
  return async ({ key }, context) => {
    context.configureLogger({ customLogger: SILENT });
    const node = find(program, key) as InvokeNode | ContestedInvokeNode;
    const hooks = hooksFor(context);
    try {
      return await answerDurably(node, scopeOf(context, hooks, '', false));
    } finally {
      hooks.handlerEnded();
    }
  };
}

function scopeOf(context: DurableContext, hooks: Hooks, prefix: string, mayBeLeft: boolean): Omit<Scope, 'path'> {
  const scope: Omit<Scope, 'path'> = {
    context,
    hooks,
    mayBeLeft,
    run: (node) => familyOf(node).run(node, { ...scope, path: prefix + node.key }),
    leave: (node) => scopeOf(context, hooks, prefix, true).run(node),
    async block(nodes, inner, more, left) {
      const other = inner || more || left;
      const { run } = other ? scopeOf(inner ?? context, hooks, prefix + (more ?? ''), left || mayBeLeft) : scope;
      const values: unknown[] = [];
      // Behind what is not durable nothing says whether an earlier invocation has come so far.
      let mayRepeat = false;
      for (const node of nodes) {
        values.push(await run(node));
        mayRepeat ||= hasPlainWork(node);
        hooks.line(prefix + (more ?? '') + node.key, { mayBeLeft: left || mayBeLeft, mayRepeat });
      }
      return values;
    },
  };
  return scope;
}

function hasPlainWork(node: Node): boolean {
  const { plainWork, inner } = familyOf(node);
  return plainWork === true || (inner?.(node) ?? []).some(hasPlainWork);
}

const ignore = (): void => {};
const SILENT = { log: ignore, error: ignore, warn: ignore, info: ignore, debug: ignore };
