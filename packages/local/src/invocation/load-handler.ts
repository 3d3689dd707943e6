import { InvocationError } from './invocation-error.ts';

/** A function as Lambda calls it. */
export type Handler = (event: unknown, context: unknown) => unknown;

/**
 * Imports a handler. An export's name with dots leads into the export, as a handler's name does on Lambda.
 *
 * @throws InvocationError with Lambda's types: `Runtime.ImportModuleError` (no such module, or it threw while it loaded),
 *   `Runtime.UserCodeSyntaxError`, `Runtime.HandlerNotFound` (no such export), `Runtime.HandlerNotFunction`
 */
export async function loadHandler(module: string, exportName: string): Promise<Handler> {
  const exported = memberOf(await load(module), exportName);
  if (typeof exported === 'function') return exported as Handler;
  throw exported === undefined
    ? failure(
        'Runtime.HandlerNotFound',
        `${module} has no export '${exportName}'. Export the handler, or name its export.`,
      )
    : failure('Runtime.HandlerNotFunction', `Export '${exportName}' of ${module} is not a function.`);
}

function memberOf(exports: Record<string, unknown>, path: string): unknown {
  let found: unknown = exports;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

async function load(module: string): Promise<Record<string, unknown>> {
  try {
    return await import(module);
  } catch (error) {
    const type = error instanceof SyntaxError ? 'Runtime.UserCodeSyntaxError' : 'Runtime.ImportModuleError';
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    throw failure(type, `The handler's module ${module} did not load: ${message}`, stack);
  }
}

function failure(errorType: string, errorMessage: string, stack?: string): InvocationError {
  return new InvocationError({ errorType, errorMessage, stackTrace: stack?.split('\n') ?? [] });
}
