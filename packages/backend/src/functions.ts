import { InvalidParameterValueException } from '@middy-durable/protocol';
import type { InvocationContext } from './service.ts';

/** A function that chained invokes may call. */
export interface FunctionTarget {
  /**
   * True (default) for a durable function: each call is an execution of its own. False for an ordinary one: it is called
   * once with the plain event, and again when the process that called it died.
   */
  durable?: boolean | undefined;
  /** Seconds until an execution of a durable function times out. Default: the backend's. */
  executionTimeout?: number | undefined;
  /** What an ordinary function does, in this process. Default: the service's `invoke` gets its calls, with the plain event. */
  handler?: ((event: unknown, context: InvocationContext) => unknown) | undefined;
}

/** Functions by name. */
export type Functions = Readonly<Record<string, FunctionTarget>>;

const NAME: RegExp = /^[a-zA-Z0-9_-]{1,64}$/;

/** The functions that a backend knows. Its services add theirs. */
export class FunctionDirectory {
  readonly #targets = new Map<string, FunctionTarget>();

  constructor(functions: Functions = {}) {
    this.add(functions);
  }

  /** Takes functions in; a name that is there already means the new one. Throws for what can be no function's name. */
  add(functions: Functions): void {
    for (const name of Object.keys(functions)) {
      if (NAME.test(name)) continue;
      throw new InvalidParameterValueException(
        `functions: '${name}' is no name of a function: use 1 to 64 letters, digits, '-' and '_', without a qualifier.`,
      );
    }
    for (const [name, target] of Object.entries(functions)) this.#targets.set(name, target);
  }

  find(name: string): FunctionTarget | undefined {
    return this.#targets.get(name);
  }
}
