/** The errors of the function's side: what user code meets, and what ends an invocation. */
export * from './errors/client-error.ts';
export * from './errors/control-errors.ts';
export * from './errors/error-object.ts';
export * from './errors/operation-errors.ts';
