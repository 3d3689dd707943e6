import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Functions } from '@middy-durable/backend';
import type { HandlerEntry, HandlerModule } from './invoker-options.ts';

/** Where a handler is found. */
export interface HandlerTarget {
  /** URL. */
  module: string;
  exportName: string;
}

export function handlerTarget(handler: HandlerModule | HandlerEntry): HandlerTarget {
  const { module, export: exportName = 'handler' } = entryOf(handler);
  const isUrl = module instanceof URL || module.startsWith('file:');
  return { module: isUrl ? String(module) : pathToFileURL(resolve(module)).href, exportName };
}

/** The handlers as functions that chained invokes may call: plain data, which also goes to other processes. */
export function targetsOf(handlers: Readonly<Record<string, HandlerModule | HandlerEntry>>): Functions {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const { durable = true, executionTimeout } = entryOf(handler);
      return [name, { durable, ...(executionTimeout !== undefined && { executionTimeout }) }];
    }),
  );
}

function entryOf(handler: HandlerModule | HandlerEntry): HandlerEntry {
  if (typeof handler === 'string' || handler instanceof URL) return { module: handler };
  if (!Array.isArray(handler)) return handler;
  const [module, exportName] = handler;
  return { module, export: exportName };
}
