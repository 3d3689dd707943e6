import { IdempotencyPromiseError } from '../errors.ts';
import { isDurableContext } from '../misplaced.ts';

/** What begins an operation, or asks the record of the execution. */
const OPERATIONS: ReadonlySet<PropertyKey> = new Set([
  'step',
  'wait',
  'createCallback',
  'waitForCallback',
  'runInChildContext',
  'waitForCondition',
  'invoke',
  'map',
  'parallel',
  'promise',
  'now',
  'version',
]);

/**
 * The arguments of a call that is a step. A durable context among them can still be asked for the remaining time, the logger
 * and what else a Lambda context has; what begins an operation throws an error that says what to use.
 */
export function argumentsForStep(args: unknown[], fnName: string): unknown[] {
  return args.map((arg) => (isDurableContext(arg) ? withoutOperations(arg, fnName) : arg));
}

function withoutOperations(context: object, fnName: string): object {
  return new Proxy(context, {
    get(target, name) {
      if (OPERATIONS.has(name)) {
        throw new IdempotencyPromiseError(
          `makeIdempotent: ${fnName || 'a function'} uses context.${String(name)}, and its call is a step, in which no durable ` +
            'operation can begin. Make a whole handler idempotent with idempotentExecution(...), and one effect in it with ' +
            'idempotentStep(...).',
        );
      }
      // Its members are of the object itself.
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
