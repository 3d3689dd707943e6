import { describeValue } from '../describe-value.ts';
import type { Context } from '../engine/context.ts';
import { scopes } from '../engine/frame.ts';
import { never } from '../engine/invocation.ts';
import { sha256 } from '../engine/seeded.ts';
import { checkFunction, checkName, checkOptions, operationLabel } from '../validation.ts';
import { argumentsJson } from './arguments-json.ts';

/** What a wrapped function is on record, and where it may be called. */
export interface AmbientNaming {
  /**
   * Name on record: 1 to 256 printable ASCII characters. Default: the function's own. Executions in flight find their
   * results by it: give one where a bundler shortens the names of functions.
   */
  name?: string | undefined;
  /** Refuses calls outside of a durable execution. Default: false, they are plain calls. */
  required?: boolean | undefined;
}

/** What every ambient operation can be told. */
export interface AmbientOptions<Args extends unknown[], This = unknown> extends AmbientNaming {
  /**
   * Tells calls of one context apart that may come in another order on replay; equal ones are counted. Has the `this` of the
   * call. Default: a hash of the arguments' JSON, without `this`, Lambda contexts, and what a queue adds to each delivery of
   * a message (`receiptHandle`, `attributes`).
   */
  key?: ((this: This, ...args: Args) => string) | undefined;
}

/** What can be wrapped: any function. */
export type AnyFunction = (this: never, ...args: never[]) => unknown;

/** A wrapped function: parameters, and `this` where it has one, are those of the function. */
export type AmbientCall<Fn extends AnyFunction, Result> =
  unknown extends ThisParameterType<Fn>
    ? (...args: Parameters<Fn>) => Result
    : (this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => Result;

/** A function in whose call the ambient context counts. */
export class AmbientFunction {
  readonly name: string;
  /** As messages call it: `durableStep "charge"`. */
  readonly label: string;
  readonly #required: boolean;
  readonly #key: AmbientOptions<never, never>['key'];

  /** @param method the wrapper's name, for messages */
  constructor(method: string, fn: unknown, options: AmbientOptions<never, never> | undefined) {
    checkFunction(fn, method, 'what is wrapped');
    checkOptions(
      options,
      { name: 'string', key: 'function', required: 'boolean' },
      operationLabel(method, fn.name || undefined),
    );
    this.name = options?.name ?? fn.name;
    if (this.name === '') {
      throw new TypeError(`${method}: a function without a name needs option name: its records are found by that`);
    }
    checkName(this.name, method);
    this.label = operationLabel(method, this.name);
    this.#required = options?.required ?? false;
    this.#key = options?.key;
  }

  /**
   * Calls it. Plainly outside of durable executions and in bodies, which are recorded as a whole; else as `operate` does it
   * in the current context. Code that a suspension or an ending left behind does nothing more.
   */
  run<T>(plainly: () => Promise<T>, operate: (context: Context) => Promise<T>): Promise<T> {
    const scope = scopes.getStore();
    if (!scope) return this.#required ? Promise.reject(this.#outside()) : plainly();
    if (!scope.context.live) return never();
    return scope.body ? plainly() : operate(scope.context);
  }

  /** The wrapper: `call` gets the call's own function, and what tells it from others of the same name. */
  wrap<Fn extends AnyFunction, Result>(
    fn: Fn,
    call: (body: () => Promise<Awaited<ReturnType<Fn>>>, key: () => string) => Result,
  ): AmbientCall<Fn, Result> {
    const { name } = this;
    const keyOf = (self: unknown, args: unknown[]) => this.#keyOf(self, args);
    function wrapper(this: unknown, ...args: unknown[]): Result {
      const body = async (): Promise<unknown> => fn.apply(this as never, args as never);
      return call(body as () => Promise<Awaited<ReturnType<Fn>>>, () => keyOf(this, args));
    }
    return Object.defineProperty(wrapper, 'name', { value: name, configurable: true }) as AmbientCall<Fn, Result>;
  }

  #keyOf(self: unknown, args: unknown[]): string {
    if (!this.#key) return sha256(this.#toJson(args));
    const key: unknown = this.#key.apply(self as never, args as never);
    if (typeof key === 'string') return key;
    throw new TypeError(`${this.label}: key must return a string; got ${describeValue(key)}`);
  }

  #toJson(args: unknown[]): string {
    const misfit = args.find((arg) => typeof arg === 'function' || typeof arg === 'symbol');
    if (misfit !== undefined) throw this.#noKey(`got ${describeValue(misfit)}`);
    try {
      return argumentsJson(args);
    } catch (error) {
      throw this.#noKey(error instanceof Error ? error.message : describeValue(error), error);
    }
  }

  #noKey(reason: string, cause?: unknown): TypeError {
    return new TypeError(
      `${this.label}: its arguments are no JSON (${reason}), so they don't tell its calls apart: pass option key, ` +
        'a function of the arguments that gives a string',
      cause === undefined ? undefined : { cause },
    );
  }

  #outside(): Error {
    return new Error(
      `${this.label}: called outside of a durable execution, where option required allows no call: call it in a handler ` +
        'that runs durably, in the asynchronous context of that handler',
    );
  }
}
