import type { Functions } from '@middy-durable/backend';
import type { TimeSpan } from '../time/time-span.ts';

/** A function that the handler under test may call with `context.invoke`. */
export interface TestFunction {
  /** True (default) for a durable one, wrapped as such; false for an ordinary one, which gets the plain event. */
  durable?: boolean | undefined;
  /** Typed as widely as handlers of the official SDK and of middy need it. */
  handler: (event: never, context: never) => unknown;
  /** Until an execution of it times out. Default: the runner's limit of 366 days. */
  executionTimeout?: TimeSpan | undefined;
}

/** Calls an ordinary function. */
export type CallOrdinary = NonNullable<Functions[string]['handler']>;

/** The functions as a service takes them, the one under test among them. */
export function serviceFunctions(
  functionName: string,
  functions: Readonly<Record<string, TestFunction>>,
  callOrdinary: (name: string) => CallOrdinary,
  seconds: (span: TimeSpan | undefined, what: string) => number | undefined,
): Functions {
  const registered = Object.entries(functions).map(([name, { durable = true, handler, executionTimeout }]) => {
    if (typeof handler !== 'function') {
      throw new TypeError(`createTestRunner: functions.${name}.handler is ${typeof handler}, but must be a function.`);
    }
    if (name === functionName) {
      throw new TypeError(`createTestRunner: functions.${name} has the name of the function under test. Rename one.`);
    }
    if (!durable) return [name, { durable, handler: callOrdinary(name) }];
    return [name, { durable, executionTimeout: seconds(executionTimeout, `functions.${name}.executionTimeout`) }];
  });
  return { ...Object.fromEntries(registered), [functionName]: { durable: true } };
}
